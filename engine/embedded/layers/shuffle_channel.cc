#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/rearrangement.h"

namespace crema {

namespace {

// The channels of `group` groups dealt out in turn: https://arxiv.org/abs/1707.01083.
class ShuffleChannelLayer : public RearrangingLayer {
 public:
  using RearrangingLayer::RearrangingLayer;

 protected:
  Order Arrange(const Blob& bottom, Shape& top) const override {
    Require(bottom.num_axes() >= 2, "Expected a bottom of 2 axes or more but found shape ",
            ShapeString(bottom.shape()));
    const int64_t groups = param().shuffle_channel_param().group(), channels = bottom.shape(1);
    Require(groups >= 1 && channels % groups == 0, "Expected a group that divides the ", channels,
            " channels but found ", groups);
    top = bottom.shape();
    const int64_t each = channels / groups, inner = bottom.count(2);
    return {{bottom.shape(0), each, groups, inner}, {channels * inner, inner, each * inner, 1}};
  }
};

}  // namespace

std::unique_ptr<Layer> MakeShuffleChannel(const caffe::LayerParameter& param) {
  return std::make_unique<ShuffleChannelLayer>(param);
}

}  // namespace crema
