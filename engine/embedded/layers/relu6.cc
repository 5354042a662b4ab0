#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/neuron.h"

namespace crema {

namespace {

// y = min(x, 6) if x > 0, else negative_slope x (up to 6). Of MobileNet-YOLO's Caffe; Synopsys'
// makes one of a ReLU with relu6: true.
class Relu6Layer : public NeuronLayer {
 public:
  explicit Relu6Layer(const caffe::LayerParameter& param)
      : NeuronLayer(param), slope_(param.relu6_param().negative_slope()) {}

  Kept LeavesInPlace() const override { return slope_ >= 0.0f ? Kept::kSigns : Kept::kNone; }

 protected:
  void Compute(Storage& in, Storage& out) const override {
    const float slope = slope_;
    Map(SpanOf(in, out), kCheapGrain, [slope](float x) {
      const float y = x > 0.0f ? x : slope * x;
      return y > 6.0f ? 6.0f : y;
    });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    const float slope = slope_;
    Map(SpanOf(in, top_diff, bottom_diff), kCheapGrain, [slope](float x, float diff) {
      return x < 6.0f ? diff * (x > 0.0f ? 1.0f : slope) : 0.0f;
    });
  }

 private:
  const float slope_;
};

}  // namespace

std::unique_ptr<Layer> MakeRelu6(const caffe::LayerParameter& param) {
  return std::make_unique<Relu6Layer>(param);
}

}  // namespace crema
