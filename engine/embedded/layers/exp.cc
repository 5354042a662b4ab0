#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/log_of_base.h"
#include "engine/embedded/layers/map.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// y = base ^ (shift + scale x), with the base e by default.
class ExpLayer : public Layer {
 public:
  explicit ExpLayer(const caffe::LayerParameter& param) : Layer(param) {
    const auto& exp = param.exp_param();
    const float log_base = LogOfBase(exp.base());
    inner_ = log_base * exp.scale();
    outer_ = exp.shift() == 0.0f ? 1.0f
             : exp.base() == -1  ? std::exp(exp.shift())
                                 : std::pow(exp.base(), exp.shift());
  }

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.tops = Kept::kAll};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override { top[0]->ReshapeLike(*bottom[0]); }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float inner = inner_, outer = outer_;
    Map(DenseSpanOf(bottom[0]->data(), top[0]->data()), kCostlyGrain,
        [=](float x) { return outer * VectorExp(inner * x); });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float inner = inner_;
    Map(SpanOf(top[0]->data(), top[0]->diff(), bottom[0]->diff()), kCheapGrain,
        [inner](float y, float diff) { return diff * y * inner; });
  }

 private:
  float inner_ = 1, outer_ = 1;
};

}  // namespace

std::unique_ptr<Layer> MakeExp(const caffe::LayerParameter& param) {
  return std::make_unique<ExpLayer>(param);
}

}  // namespace crema
