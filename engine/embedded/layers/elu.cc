#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// y = x if x > 0, else alpha (exp(x) - 1): https://arxiv.org/abs/1511.07289. The gradient below 0
// is alpha + y. In place, y must tell the sign of x, or a copy of x is kept.
class EluLayer : public Layer {
 public:
  explicit EluLayer(const caffe::LayerParameter& param)
      : Layer(param), alpha_(param.elu_param().alpha()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    const bool keeps = KeepsInput(bottom, top);
    return {.bottoms = keeps ? Kept::kNone : Kept::kSigns, .tops = Kept::kAll, .forward = keeps};
  }
  Kept LeavesInPlace() const override { return alpha_ >= 0.0f ? Kept::kSigns : Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    top[0]->ReshapeLike(*bottom[0]);
    if (KeepsInput(bottom, top)) input_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float alpha = alpha_;
    if (KeepsInput(bottom, top)) CopyValues(bottom[0]->data(), input_.data());
    Map(SpanOf(bottom[0]->data(), top[0]->data()), kCostlyGrain, [alpha](float x) {
      const float below = alpha * (VectorExp(x) - 1.0f);
      return x > 0.0f ? x : below;
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float alpha = alpha_;
    Storage& bottom_diff = bottom[0]->diff();
    if (bottom[0] == top[0] && alpha >= 0.0f) {
      Map(SpanOf(top[0]->data(), top[0]->diff(), bottom_diff), kCheapGrain,
          [alpha](float y, float diff) { return diff * (y > 0.0f ? 1.0f : alpha + y); });
      return;
    }
    Storage& in = KeepsInput(bottom, top) ? input_.data() : bottom[0]->data();
    const float* x = in.Read();
    const float* y = top[0]->data().Read();
    const float* diff = top[0]->diff().Read();
    Map(in.count(), bottom_diff.Write(), kCheapGrain,
        [=](int64_t i) { return diff[i] * (x[i] > 0.0f ? 1.0f : alpha + y[i]); });
  }

 private:
  bool KeepsInput(const Blobs& bottom, const Blobs& top) const {
    return bottom[0] == top[0] && alpha_ < 0.0f;
  }

  const float alpha_;
  Blob input_;
};

}  // namespace

std::unique_ptr<Layer> MakeElu(const caffe::LayerParameter& param) {
  return std::make_unique<EluLayer>(param);
}

}  // namespace crema
