#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/rearrangement.h"

namespace crema {

namespace {

// Darknet's reorg layer: with a stride s, (N, C, H, W) becomes (N, C s^2, H / s, W / s), or with
// `reverse` (N, C / s^2, H s, W s). As there, the order is not that of blocks of the image: the
// bottom is taken for (N, C / s^2, H s, W s), whose blocks become the channels of (N, C, H, W), and
// the values of that get the top's shape.
class ReorgLayer : public RearrangingLayer {
 public:
  using RearrangingLayer::RearrangingLayer;

 protected:
  Order Arrange(const Blob& bottom, Shape& top) const override {
    const auto& reorg = param().reorg_param();
    Require(bottom.num_axes() == 4, "Expected a bottom of 4 axes but found shape ",
            ShapeString(bottom.shape()));
    Require(reorg.has_stride() && reorg.stride() >= 1 && reorg.stride() <= INT16_MAX,
            "Expected a stride from 1 to ", INT16_MAX, " but found ", reorg.stride());
    const int64_t s = reorg.stride(), n = bottom.shape(0), c = bottom.shape(1), h = bottom.shape(2),
                  w = bottom.shape(3);
    Require(c % (s * s) == 0, "Expected channels that ", s * s, ", the square of the stride, ",
            "divides, but found ", c);
    const int64_t few = c / (s * s);
    const auto length = [](int64_t value) {
      Require(value <= INT32_MAX, "Expected an axis of at most 2147483647 but found ", value);
      return static_cast<int>(value);
    };
    if (reorg.reverse()) {
      top = {length(n), length(few), length(h * s), length(w * s)};
      return {{n, few, h, s, w, s}, {c * h * w, h * w, w, s * few * h * w, 1, few * h * w}};
    }
    Require(h % s == 0 && w % s == 0, "Expected a height and width that the stride, ", s,
            ", divides, but found ", h, " and ", w);
    top = {length(n), length(c * s * s), length(h / s), length(w / s)};
    return {{n, s, s, few, h, w}, {c * h * w, w * s, 1, h * w * s * s, w * s * s, s}};
  }
};

}  // namespace

std::unique_ptr<Layer> MakeReorg(const caffe::LayerParameter& param) {
  return std::make_unique<ReorgLayer>(param);
}

}  // namespace crema
