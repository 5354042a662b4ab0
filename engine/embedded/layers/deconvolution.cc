#include <algorithm>
#include <optional>
#include <vector>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/convolution_layer.h"
#include "engine/embedded/layers/depthwise_deconvolution.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// The transpose of a convolution: each input value adds the kernels of its channel, multiplied by
// it, to the output channels of its group, plus a bias. Its forward is the gradient of the
// convolution with the same weights.
class Deconvolution : public ConvolutionLayer {
 public:
  explicit Deconvolution(const caffe::LayerParameter& param) : ConvolutionLayer(param, true) {}

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top[0]->count() == 0) return;
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (depthwise_) {
        depthwise_->Forward(bottom[i]->data().Read(), weights().data().Read(),
                            top[i]->data().Write());
      } else {
        passes_.Backward(bottom[i]->data(), weights(), top[i]->data());
      }
      if (bias() != nullptr) AddBias(*top[i]);
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (top[0]->count() == 0) return;
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (wants_bias()) AddBiasDiff(*top[i]);
      if (depthwise_) {
        const float* delta = top[i]->diff().Read();
        if (param_propagate_down(0)) {
          depthwise_->BackwardWeights(bottom[i]->data().Read(), delta,
                                      weights().diff().ReadWrite());
        }
        if (propagate_down[i]) {
          depthwise_->BackwardData(delta, weights().data().Read(), bottom[i]->diff().Write());
        }
        continue;
      }
      if (param_propagate_down(0)) {
        passes_.BackwardWeights(top[i]->diff(), bottom[i]->data(), weights(), true, nullptr, false);
      }
      if (propagate_down[i]) {
        passes_.Forward(top[i]->diff(), weights(), nullptr, bottom[i]->diff());
      }
    }
  }

 protected:
  void Plan(const Blob& bottom, const Blob& top) override {
    const int axis = geometry().channel_axis;
    shape_ = {top.count(0, axis), top.shape(axis), top.count(axis + 1)};
    depthwise_.reset();
    if (DepthwiseDeconvolution::Suits(geometry(), bottom, top)) {
      depthwise_.emplace(geometry(), bottom, top);
    } else {
      passes_.Plan(geometry(), top, bottom, weights(), nullptr, training(), tuning());
    }
  }

 private:
  void AddBias(Blob& top) {
    layout_.Choose(top.data(), top.data(), top.dims(), shape_);
    const ChannelView& view = layout_.view();
    padded_bias_.assign(static_cast<size_t>(view.padded_channels()), 0.0f);
    std::copy_n(bias()->data().Read(), shape_.channels, padded_bias_.begin());
    // Read brings the values into the layout, which Write then keeps.
    layout_.Read(top.data());
    float* out = layout_.Write(top.data());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* b = padded_bias_.data() + piece.channel;
      float* y = out + piece.offset;
      ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) { y[i] += b[l]; });
    });
  }

  void AddBiasDiff(Blob& top) {
    layout_.Choose(top.diff(), top.diff(), top.dims(), shape_);
    const ChannelView& view = layout_.view();
    sums_.Reserve(view);
    const float* diff = layout_.Read(top.diff());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* dy = diff + piece.offset;
      SumValues(lanes, piece.positions, sums_.piece(view, index),
                [=](int64_t i, int64_t) { return dy[i]; });
    });
    sums_.Total(view);
    sums_.Give(bias()->diff(), shape_.channels, true);
  }

  // Set if it is faster than the passes of a convolution.
  std::optional<DepthwiseDeconvolution> depthwise_;
  ChannelShape shape_;
  ChannelLayout layout_;
  ChannelSums sums_;
  // The bias, padded with zeros to whole blocks.
  std::vector<float> padded_bias_;
};

}  // namespace

std::unique_ptr<Layer> MakeDeconvolution(const caffe::LayerParameter& param) {
  return std::make_unique<Deconvolution>(param);
}

}  // namespace crema
