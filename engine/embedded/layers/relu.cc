#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// y = x if x > 0, else negative_slope x.
class ReluLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kSigns};
  }
  Kept LeavesInPlace() const override {
    return param().relu_param().negative_slope() >= 0.0f ? Kept::kSigns : Kept::kNone;
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override { top[0]->ReshapeLike(*bottom[0]); }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float slope = param().relu_param().negative_slope();
    const UnarySpan span = SpanOf(bottom[0]->data(), top[0]->data());
    if (slope == 0.0f) {
      Map(span, kCheapGrain, [](float x) { return x < 0.0f ? 0.0f : x; });
    } else {
      Map(span, kCheapGrain, [slope](float x) { return x > 0.0f ? x : slope * x; });
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float slope = param().relu_param().negative_slope();
    // In place, the bottom's data is y, which has the sign of x.
    const BinarySpan span = SpanOf(bottom[0]->data(), top[0]->diff(), bottom[0]->diff());
    Map(span, kCheapGrain,
        [slope](float x, float diff) { return diff * (x > 0.0f ? 1.0f : slope); });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeRelu(const caffe::LayerParameter& param) {
  if (param.relu_param().relu6()) {
    caffe::LayerParameter relu6 = param;
    *relu6.mutable_relu6_param() = param.relu_param();
    return MakeRelu6(relu6);
  }
  return std::make_unique<ReluLayer>(param);
}

}  // namespace crema
