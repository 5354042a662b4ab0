#include <algorithm>
#include <optional>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/label.h"

namespace crema {

namespace {

// The share of items whose label is among the top_k highest scores; an optional second top gives it
// per class. Ties count against an item: it is wrong if top_k other classes score at least as high.
class AccuracyLayer : public Layer {
 public:
  explicit AccuracyLayer(const caffe::LayerParameter& param) : Layer(param) {
    if (param.accuracy_param().has_ignore_label()) ignored_ = param.accuracy_param().ignore_label();
  }

  Arity arity() const override {
    return {.min_bottoms = 2, .max_bottoms = 2, .min_tops = 1, .max_tops = 2};
  }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& scores = *bottom[0];
    const Blob& labels = *bottom[1];
    const int axis = scores.CanonicalAxis(param().accuracy_param().axis());
    outer_ = scores.count(0, axis);
    classes_ = scores.shape(axis);
    inner_ = scores.count(axis + 1);
    Require(outer_ * inner_ == labels.count(), "Expected ", outer_ * inner_,
            " labels, one for every prediction (for scores of shape (N, C, H, W) and axis 1, N*H*W "
            "of them), but found ",
            labels.count());
    const int64_t top_k = param().accuracy_param().top_k();
    Require(top_k <= classes_, "Expected a top_k of at most the number of classes, ", classes_,
            ", but found ", top_k);
    top[0]->Reshape({});
    if (top.size() > 1) {
      top[1]->Reshape({static_cast<int>(classes_)});
      class_items_.resize(static_cast<size_t>(classes_));
    }
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* scores = bottom[0]->data().Read();
    const float* labels = bottom[1]->data().Read();
    float* class_right = nullptr;
    if (top.size() > 1) {
      class_right = top[1]->data().Write();
      std::fill_n(class_right, classes_, 0.0f);
      std::fill(class_items_.begin(), class_items_.end(), 0);
    }
    int64_t right = 0, items = 0;
    for (int64_t i = 0; i < outer_; ++i) {
      for (int64_t j = 0; j < inner_; ++j) {
        const float label = labels[i * inner_ + j];
        if (ignored_.has_value() && IsLabel(label, *ignored_)) continue;
        const int64_t c = ClassOf(label, classes_);
        const bool hit = IsHit(scores + i * classes_ * inner_ + j, c);
        ++items;
        if (hit) ++right;
        if (class_right != nullptr) {
          ++class_items_[static_cast<size_t>(c)];
          if (hit) ++class_right[c];
        }
      }
    }
    top[0]->data().Write()[0] = Share(static_cast<double>(right), items);
    if (class_right != nullptr) {
      for (int64_t c = 0; c < classes_; ++c) {
        class_right[c] = Share(class_right[c], class_items_[static_cast<size_t>(c)]);
      }
    }
  }

  void Backward(const Blobs& /*top*/, const Flags& propagate_down,
                const Blobs& /*bottom*/) override {
    Require(std::find(propagate_down.begin(), propagate_down.end(), true) == propagate_down.end(),
            "Expected no gradient to be wanted below an Accuracy layer but found that one is: it "
            "has none");
  }

 private:
  bool IsHit(const float* item, int64_t c) const {
    const float mine = item[c * inner_];
    // Counts the class itself too. Scores that are NaN make the item wrong.
    int64_t as_high = 0;
    for (int64_t k = 0; k < classes_; ++k) as_high += item[k * inner_] < mine ? 0 : 1;
    return as_high <= static_cast<int64_t>(param().accuracy_param().top_k());
  }

  static float Share(double right, int64_t items) {
    return items == 0 ? 0.0f : static_cast<float>(right / static_cast<double>(items));
  }

  std::optional<int> ignored_;
  int64_t outer_ = 0, classes_ = 0, inner_ = 0;
  std::vector<int64_t> class_items_;
};

}  // namespace

std::unique_ptr<Layer> MakeAccuracy(const caffe::LayerParameter& param) {
  return std::make_unique<AccuracyLayer>(param);
}

}  // namespace crema
