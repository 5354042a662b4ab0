#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// y = x sigmoid(beta x): https://arxiv.org/abs/1710.05941.
class SwishLayer : public NeuronLayer {
 public:
  explicit SwishLayer(const caffe::LayerParameter& param)
      : NeuronLayer(param), beta_(param.swish_param().beta()) {}

  Kept LeavesInPlace() const override { return beta_ >= 0.0f ? Kept::kSigns : Kept::kNone; }

 protected:
  void Compute(Storage& in, Storage& out) const override {
    const float beta = beta_;
    Map(SpanOf(in, out), kCostlyGrain, [beta](float x) { return x * VectorSigmoid(beta * x); });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    const float beta = beta_;
    Map(SpanOf(in, top_diff, bottom_diff), kCostlyGrain, [beta](float x, float diff) {
      const float sigmoid = VectorSigmoid(beta * x), y = beta * (x * sigmoid);
      return diff * (y + sigmoid * (1.0f - y));
    });
  }

 private:
  const float beta_;
};

}  // namespace

std::unique_ptr<Layer> MakeSwish(const caffe::LayerParameter& param) {
  return std::make_unique<SwishLayer>(param);
}

}  // namespace crema
