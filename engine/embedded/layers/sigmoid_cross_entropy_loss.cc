#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/loss_normalizer.h"
#include "engine/embedded/layers/map.h"
#include "engine/embedded/layers/sum.h"
#include "engine/shared/label.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// E = -1/normalizer sum of t log s(x) + (1 - t) log(1 - s(x)), where s is the sigmoid. Bottoms: x,
// and targets t in 0..1, of the same size. The normalizer is the batch size unless loss_param says
// otherwise.
class SigmoidCrossEntropyLossLayer : public Layer {
 public:
  explicit SigmoidCrossEntropyLossLayer(const caffe::LayerParameter& param)
      : Layer(param),
        normalizer_(param.loss_param(), caffe::LossParameter_NormalizationMode_BATCH_SIZE),
        ignored_(IgnoredLabel(param.loss_param())) {}

  Arity arity() const override { return Arity::Exactly(2, 1); }
  float DefaultLossWeight(int /*top*/) const override { return 1.0f; }
  bool MakesMissingTops() const override { return true; }
  bool AllowForceBackward(int bottom) const override { return bottom != 1; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kAll, .forward = true};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(bottom[0]->shape(0) == bottom[1]->shape(0) && bottom[0]->count() == bottom[1]->count(),
            "Expected scores and targets with the same first dimension and size but found shapes ",
            ShapeString(bottom[0]->shape()), " and ", ShapeString(bottom[1]->shape()));
    top[0]->Reshape({});
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* x = bottom[0]->data().Read();
    const float* target = bottom[1]->data().Read();
    const Part whole =
        SumPieces(bottom[0]->count(), kCostlyGrain, [&](int64_t first, int64_t last) {
          return LossOf(x + first, target + first, last - first);
        });
    const int64_t batch = bottom[0]->shape(0);
    divisor_ = normalizer_(batch, bottom[0]->count(1), whole.valid);
    top[0]->data().Write()[0] = static_cast<float>(whole.loss / divisor_);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    Require(!propagate_down[1],
            "Expected no gradient to be wanted for targets but found that bottom 1 asks for one: "
            "give propagate_down: false for it");
    if (!propagate_down[0]) return;
    const float scale = static_cast<float>(top[0]->diff().Read()[0] / divisor_);
    const float* x = bottom[0]->data().Read();
    const float* target = bottom[1]->data().Read();
    Map(bottom[0]->count(), bottom[0]->diff().Write(), kCostlyGrain, [=, this](int64_t i) {
      const float sigmoid = VectorSigmoid(x[i]);
      return IsIgnored(target[i]) ? 0.0f : (sigmoid - target[i]) * scale;
    });
  }

 private:
  // The loss of some items, and how many of them are not ignored.
  struct Part {
    double loss = 0;
    int64_t valid = 0;

    Part& operator+=(const Part& other) {
      loss += other.loss;
      valid += other.valid;
      return *this;
    }
  };

  bool IsIgnored(float target) const { return ignored_.has_value() && IsLabel(target, *ignored_); }

  Part LossOf(const float* x, const float* target, int64_t count) const {
    Part part;
    for (int64_t i = 0; i < count; ++i) {
      if (IsIgnored(target[i])) continue;
      // Uses log(1 + exp(x)) or log(1 + exp(-x)), whichever does not overflow.
      const float positive = x[i] >= 0.0f ? 1.0f : 0.0f;
      const float loss =
          std::log1p(std::exp(x[i] - 2.0f * x[i] * positive)) - x[i] * (target[i] - positive);
      part.loss += static_cast<double>(loss);
      ++part.valid;
    }
    return part;
  }

  const LossNormalizer normalizer_;
  const std::optional<int> ignored_;
  double divisor_ = 1;
};

}  // namespace

std::unique_ptr<Layer> MakeSigmoidCrossEntropyLoss(const caffe::LayerParameter& param) {
  return std::make_unique<SigmoidCrossEntropyLossLayer>(param);
}

}  // namespace crema
