#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"

namespace crema {

namespace {

// y = min(max(alpha x + beta, 0), 1).
class HardSigmoidLayer : public NeuronLayer {
 public:
  explicit HardSigmoidLayer(const caffe::LayerParameter& param)
      : NeuronLayer(param),
        alpha_(param.hard_sigmoid_param().alpha()),
        beta_(param.hard_sigmoid_param().beta()) {}

 protected:
  void Compute(Storage& in, Storage& out) const override {
    const float alpha = alpha_, beta = beta_;
    Map(DenseSpanOf(in, out), kCheapGrain, [=](float x) {
      const float y = alpha * x + beta;
      return y <= 0.0f ? 0.0f : y > 1.0f ? 1.0f : y;
    });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    const float alpha = alpha_, beta = beta_;
    Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain, [=](float x, float diff) {
      const float y = alpha * x + beta;
      return y > 0.0f && y < 1.0f ? diff * alpha : 0.0f;
    });
  }

 private:
  const float alpha_, beta_;
};

}  // namespace

std::unique_ptr<Layer> MakeHardSigmoid(const caffe::LayerParameter& param) {
  return std::make_unique<HardSigmoidLayer>(param);
}

}  // namespace crema
