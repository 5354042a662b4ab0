#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"

namespace crema {

namespace {

// y = max(min, min(x, max)). As in Caffe, NaN becomes the minimum.
class ClipLayer : public NeuronLayer {
 public:
  explicit ClipLayer(const caffe::LayerParameter& param)
      : NeuronLayer(param), min_(param.clip_param().min()), max_(param.clip_param().max()) {}

  Kept LeavesInPlace() const override {
    // Whatever is cut off gets no gradient.
    return min_ <= 0.0f && max_ > 0.0f ? Kept::kSigns : Kept::kNone;
  }

 protected:
  void Compute(Storage& in, Storage& out) const override {
    const float min = min_, max = max_;
    const auto clip = [=](float x) {
      const float upper = max < x ? max : x;
      return min < upper ? upper : min;
    };
    const bool keeps_zero = min <= 0.0f && max >= 0.0f;
    Map(keeps_zero ? SpanOf(in, out) : DenseSpanOf(in, out), kCheapGrain, clip);
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    const float min = min_, max = max_;
    Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain,
        [=](float x, float diff) { return x >= min && x <= max ? diff : 0.0f; });
  }

 private:
  const float min_, max_;
};

}  // namespace

std::unique_ptr<Layer> MakeClip(const caffe::LayerParameter& param) {
  return std::make_unique<ClipLayer>(param);
}

}  // namespace crema
