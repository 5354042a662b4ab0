#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"

namespace crema {

namespace {

// y = |x|. At 0 the gradient is 0. As in Caffe, not in place.
class AbsValLayer : public NeuronLayer {
 public:
  using NeuronLayer::NeuronLayer;

  void SetUp(const Blobs& bottom, const Blobs& top) override {
    Require(bottom[0] != top[0], "Expected a top other than the bottom but found AbsVal in place");
  }

 protected:
  void Compute(Storage& in, Storage& out) const override {
    Map(SpanOf(in, out), kCheapGrain, [](float x) { return std::fabs(x); });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain, [](float x, float diff) {
      return diff * (x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f);
    });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeAbsVal(const caffe::LayerParameter& param) {
  return std::make_unique<AbsValLayer>(param);
}

}  // namespace crema
