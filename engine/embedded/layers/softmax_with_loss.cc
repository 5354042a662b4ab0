#include <algorithm>
#include <cfloat>
#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/loss_normalizer.h"
#include "engine/embedded/layers/map.h"
#include "engine/embedded/layers/softmax_function.h"
#include "engine/shared/label.h"

namespace crema {

namespace {

// E = -1/normalizer sum over items of log softmax(x)_label. Bottoms: scores (N, C, ...) and one
// label per item. Tops: the loss, and optionally the softmax, and the loss of each item, in the
// shape of the labels and without the normalizer (as in R-FCN, to find the hardest items). Only the
// first has a gradient.
class SoftmaxWithLossLayer : public Layer {
 public:
  explicit SoftmaxWithLossLayer(const caffe::LayerParameter& param)
      : Layer(param),
        normalizer_(param.loss_param(), caffe::LossParameter_NormalizationMode_VALID),
        ignored_(IgnoredLabel(param.loss_param())) {}

  Arity arity() const override {
    return {.min_bottoms = 2, .max_bottoms = 2, .min_tops = 1, .max_tops = 3};
  }
  float DefaultLossWeight(int top) const override { return top == 0 ? 1.0f : 0.0f; }
  bool MakesMissingTops() const override { return true; }
  bool AllowForceBackward(int bottom) const override { return bottom != 1; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.tops = Kept::kAll, .forward = true};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& scores = *bottom[0];
    const Blob& labels = *bottom[1];
    Require(scores.shape(0) == labels.shape(0),
            "Expected scores and labels with the same first dimension but found shapes ",
            ShapeString(scores.shape()), " and ", ShapeString(labels.shape()));
    const int axis = scores.CanonicalAxis(param().softmax_param().axis());
    view_ = {scores.count(0, axis), scores.shape(axis), scores.count(axis + 1)};
    Require(
        view_.outer * view_.inner == labels.count(), "Expected ", view_.outer * view_.inner,
        " labels, one for every prediction (for scores of shape (N, C, H, W) and softmax axis 1,"
        " N*H*W of them), but found ",
        labels.count());
    classes_.resize(static_cast<size_t>(labels.count()));
    softmax_.ReshapeLike(scores);
    top[0]->Reshape({});
    if (top.size() > 1) {
      top[1]->ReshapeLike(scores);
      top[1]->ShareData(softmax_);
    }
    if (top.size() > 2) top[2]->ReshapeLike(labels);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    ReadLabels(*bottom[1]);
    const float* in = bottom[0]->data().Read();
    float* softmax = softmax_.data().Write();
    SoftmaxForward(view_, in, softmax);
    float* losses = top.size() > 2 ? top[2]->data().Write() : nullptr;
    if (losses != nullptr) std::fill_n(losses, classes_.size(), 0.0f);
    double loss = 0;
    for (int64_t i = 0; i < view_.outer; ++i) {
      for (int64_t j = 0; j < view_.inner; ++j) {
        const int64_t c = classes_[static_cast<size_t>(i * view_.inner + j)];
        if (c < 0) continue;
        // Like std::max(p, FLT_MIN), but keeps NaN.
        const float p = softmax[(i * view_.channels + c) * view_.inner + j];
        const float item = -std::log(p < FLT_MIN ? FLT_MIN : p);
        loss += item;
        if (losses != nullptr) losses[i * view_.inner + j] = item;
      }
    }
    top[0]->data().Write()[0] = static_cast<float>(loss / Normalizer());
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    Require(!propagate_down[1],
            "Expected no gradient to be wanted for labels but found that "
            "bottom 1 asks for one: give propagate_down: false for it");
    if (!propagate_down[0]) return;
    const float scale = static_cast<float>(top[0]->diff().Read()[0] / Normalizer());
    const float* softmax = softmax_.data().Read();
    float* diff = bottom[0]->diff().Write();
    Map(UnarySpan{softmax, diff, softmax_.count()}, kCheapGrain,
        [scale](float p) { return p * scale; });
    for (int64_t i = 0; i < view_.outer; ++i) {
      for (int64_t j = 0; j < view_.inner; ++j) {
        const int64_t c = classes_[static_cast<size_t>(i * view_.inner + j)];
        float* item = diff + i * view_.channels * view_.inner + j;
        if (c >= 0) {
          const int64_t at = (i * view_.channels + c) * view_.inner + j;
          diff[at] = (softmax[at] - 1.0f) * scale;
        } else {
          for (int64_t k = 0; k < view_.channels; ++k) item[k * view_.inner] = 0.0f;
        }
      }
    }
  }

 private:
  static constexpr int32_t kIgnored = -1;

  double Normalizer() const { return normalizer_(view_.outer, view_.inner, valid_); }

  // Fills classes_ and valid_.
  void ReadLabels(Blob& labels) {
    const float* values = labels.data().Read();
    valid_ = 0;
    for (size_t i = 0; i < classes_.size(); ++i) {
      if (ignored_.has_value() && IsLabel(values[i], *ignored_)) {
        classes_[i] = kIgnored;
      } else {
        classes_[i] = static_cast<int32_t>(ClassOf(values[i], view_.channels));
        ++valid_;
      }
    }
  }

  const LossNormalizer normalizer_;
  const std::optional<int> ignored_;
  SoftmaxView view_{};
  Blob softmax_;
  std::vector<int32_t> classes_;
  int64_t valid_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeSoftmaxWithLoss(const caffe::LayerParameter& param) {
  return std::make_unique<SoftmaxWithLossLayer>(param);
}

}  // namespace crema
