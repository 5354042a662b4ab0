#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// log(1 + e) for e from 0 to 1. A rounding error in 1 + e changes its logarithm and e alike, so
// that it cancels out.
inline float LogOnePlus(float e) {
  const float sum = 1.0f + e, rounded = sum - 1.0f;
  return rounded == 0.0f ? e : VectorLog(sum) * (e / rounded);
}

// The binomial normal log likelihood, y = log(1 + exp(x)).
class BnllLayer : public NeuronLayer {
 public:
  using NeuronLayer::NeuronLayer;

 protected:
  void Compute(Storage& in, Storage& out) const override {
    Map(DenseSpanOf(in, out), kCostlyGrain,
        [](float x) { return (x > 0.0f ? x : 0.0f) + LogOnePlus(VectorExp(-std::fabs(x))); });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    Map(SpanOf(in, top_diff, bottom_diff), kCostlyGrain,
        [](float x, float diff) { return diff * VectorSigmoid(x); });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeBnll(const caffe::LayerParameter& param) {
  return std::make_unique<BnllLayer>(param);
}

}  // namespace crema
