#include "engine/embedded/layers/convolution_layer.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// Each output channel is the sum over the input channels of its group of their cross-correlation
// with a kernel, plus a bias.
class Convolution : public ConvolutionLayer {
 public:
  explicit Convolution(const caffe::LayerParameter& param) : ConvolutionLayer(param, false) {}

  bool MayRectify() const override { return true; }
  bool CanRectify() const override { return passes_.CanRectify(); }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top[0]->count() == 0) return;
    for (size_t i = 0; i < bottom.size(); ++i) {
      passes_.Forward(bottom[i]->data(), weights(), bias(), top[i]->data(), rectifies());
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (top[0]->count() == 0) return;
    const bool wants_weights = param_propagate_down(0);
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (wants_weights || wants_bias()) {
        passes_.BackwardWeights(bottom[i]->data(), top[i]->diff(), weights(), wants_weights, bias(),
                                wants_bias());
      }
      if (propagate_down[i]) passes_.Backward(top[i]->diff(), weights(), bottom[i]->diff());
    }
  }

 protected:
  void Plan(const Blob& bottom, const Blob& top) override {
    passes_.Plan(geometry(), bottom, top, weights(), bias(), training(), tuning());
  }
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const caffe::LayerParameter& param) {
  return std::make_unique<Convolution>(param);
}

}  // namespace crema
