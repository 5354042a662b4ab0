#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// y = 1 / (1 + exp(-x)).
class SigmoidLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.tops = Kept::kAll};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override { top[0]->ReshapeLike(*bottom[0]); }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    Map(DenseSpanOf(bottom[0]->data(), top[0]->data()), kCostlyGrain,
        [](float x) { return VectorSigmoid(x); });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    Map(SpanOf(top[0]->data(), top[0]->diff(), bottom[0]->diff()), kCheapGrain,
        [](float y, float diff) { return diff * y * (1.0f - y); });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeSigmoid(const caffe::LayerParameter& param) {
  return std::make_unique<SigmoidLayer>(param);
}

}  // namespace crema
