#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// y = (shift + scale x) ^ power.
class PowerLayer : public Layer {
 public:
  explicit PowerLayer(const caffe::LayerParameter& param)
      : Layer(param),
        power_(param.power_param().power()),
        scale_(param.power_param().scale()),
        shift_(param.power_param().shift()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    if (IsConstant() || power_ == 1.0f) return {};
    const bool in_place = KeepsInput(bottom, top);
    return {.bottoms = in_place ? Kept::kNone : Kept::kAll,
            .tops = power_ == 2.0f ? Kept::kNone : Kept::kAll,
            .forward = in_place};
  }
  Kept LeavesInPlace() const override {
    return power_ == 1.0f && scale_ > 0.0f && shift_ == 0.0f ? Kept::kSigns : Kept::kNone;
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    top[0]->ReshapeLike(*bottom[0]);
    if (KeepsInput(bottom, top)) input_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    Storage& in = bottom[0]->data();
    Storage& out = top[0]->data();
    if (KeepsInput(bottom, top)) CopyValues(in, input_.data());
    const float power = power_, scale = scale_, shift = shift_;
    if (IsConstant()) {
      const float value = power == 0.0f ? 1.0f : std::pow(shift, power);
      Map(DenseSpanOf(in, out), kCheapGrain, [value](float) { return value; });
    } else if (power == 1.0f && shift == 0.0f) {
      Map(SpanOf(in, out), kCheapGrain, [scale](float x) { return scale * x; });
    } else if (power == 1.0f) {
      Map(DenseSpanOf(in, out), kCheapGrain, [=](float x) { return scale * x + shift; });
    } else if (power == 2.0f) {
      Map(DenseSpanOf(in, out), kCheapGrain, [=](float x) {
        const float base = scale * x + shift;
        return base * base;
      });
    } else {
      Map(DenseSpanOf(in, out), kCostlyGrain,
          [=](float x) { return std::pow(scale * x + shift, power); });
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    Storage& top_diff = top[0]->diff();
    Storage& bottom_diff = bottom[0]->diff();
    const float power = power_, scale = scale_, shift = shift_;
    if (IsConstant()) {
      bottom_diff.SetZero();
    } else if (power == 1.0f) {
      Map(SpanOf(top_diff, bottom_diff), kCheapGrain, [scale](float diff) { return diff * scale; });
    } else {
      Storage& in = KeepsInput(bottom, top) ? input_.data() : bottom[0]->data();
      if (power == 2.0f) {
        Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain,
            [=](float x, float diff) { return diff * 2.0f * scale * (scale * x + shift); });
      } else {
        BackwardPower(in, top[0]->data(), top_diff, bottom_diff);
      }
    }
  }

 private:
  // dy/dx = power scale base^(power - 1). Except at 0, base^(power - 1) is y / base, which takes no
  // power.
  void BackwardPower(Storage& in, Storage& out, Storage& top_diff, Storage& bottom_diff) {
    const float scale = scale_, shift = shift_, factor = power_ * scale_;
    const float at_zero = std::pow(0.0f, power_ - 1.0f);
    const float* x = in.Read();
    const float* y = out.Read();
    const float* diff = top_diff.Read();
    Map(in.count(), bottom_diff.Write(), kCheapGrain, [=](int64_t i) {
      const float base = scale * x[i] + shift;
      return diff[i] * factor * (base == 0.0f ? at_zero : y[i] / base);
    });
  }

  bool IsConstant() const { return power_ * scale_ == 0.0f; }

  // In place, the gradient needs a copy of the input.
  bool KeepsInput(const Blobs& bottom, const Blobs& top) const {
    return bottom[0] == top[0] && !IsConstant() && power_ != 1.0f;
  }

  const float power_, scale_, shift_;
  Blob input_;
};

}  // namespace

std::unique_ptr<Layer> MakePower(const caffe::LayerParameter& param) {
  return std::make_unique<PowerLayer>(param);
}

}  // namespace crema
