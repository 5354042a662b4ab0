#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"

namespace crema {

namespace {

// y = x min(max(x + 3, 0), 6) / 6: https://arxiv.org/abs/1905.02244.
class HardSwishLayer : public NeuronLayer {
 public:
  using NeuronLayer::NeuronLayer;

 protected:
  void Compute(Storage& in, Storage& out) const override {
    Map(SpanOf(in, out), kCheapGrain, [](float x) {
      const float part = x + 3.0f < 0.0f ? 0.0f : x + 3.0f > 6.0f ? 6.0f : x + 3.0f;
      return x * part / 6.0f;
    });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain, [](float x, float diff) {
      return diff * (x <= -3.0f ? 0.0f : x >= 3.0f ? 1.0f : (2.0f * x + 3.0f) / 6.0f);
    });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeHardSwish(const caffe::LayerParameter& param) {
  return std::make_unique<HardSwishLayer>(param);
}

}  // namespace crema
