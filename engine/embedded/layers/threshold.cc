#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// y = 1 if x > threshold, else 0. It has no gradient.
class ThresholdLayer : public Layer {
 public:
  explicit ThresholdLayer(const caffe::LayerParameter& param)
      : Layer(param), threshold_(param.threshold_param().threshold()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }
  Kept LeavesInPlace() const override { return threshold_ == 0.0f ? Kept::kSigns : Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override { top[0]->ReshapeLike(*bottom[0]); }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float threshold = threshold_;
    Map(DenseSpanOf(bottom[0]->data(), top[0]->data()), kCheapGrain,
        [threshold](float x) { return x > threshold ? 1.0f : 0.0f; });
  }

  void Backward(const Blobs& /*top*/, const Flags& propagate_down,
                const Blobs& /*bottom*/) override {
    Require(!propagate_down[0],
            "Expected no gradient to be wanted below a Threshold layer but found that one is: it "
            "has none");
  }

 private:
  const float threshold_;
};

}  // namespace

std::unique_ptr<Layer> MakeThreshold(const caffe::LayerParameter& param) {
  return std::make_unique<ThresholdLayer>(param);
}

}  // namespace crema
