#include <cstring>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// Gives one blob to several layers: the tops share the bottom's data, and the bottom's diff is the
// sum of theirs.
class SplitLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.min_bottoms = 1, .max_bottoms = 1, .min_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    for (Blob* t : top) {
      Require(t != bottom[0], "Expected tops other than the bottom but found a split in place");
      t->ReshapeLike(*bottom[0]);
      t->ShareData(*bottom[0]);
    }
    written_.reserve(top.size());
    terms_.reserve(top.size());
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    for (Blob* t : top) {
      if (&t->data() != &bottom[0]->data()) t->ShareData(*bottom[0]);
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    // The diffs of tops that no layer propagates to (an Accuracy, say) stay zero and cost nothing.
    written_.clear();
    for (Blob* t : top) {
      if (!t->diff().zero()) written_.push_back(&t->diff());
    }
    Storage& out = bottom[0]->diff();
    if (written_.empty()) {
      out.SetZero();
    } else if (written_.size() == 1) {
      CopyValues(*written_[0], out);
    } else if (written_.size() == 2) {
      Map(SpanOf(*written_[0], *written_[1], out), kCheapGrain,
          [](float a, float b) { return a + b; });
    } else {
      Sum(out);
    }
  }

 private:
  // Adds all terms in one pass over the memory.
  void Sum(Storage& out) {
    const UnarySpan span = SpanOf(*written_[0], out);
    const onednn::Desc* layout = out.layout();
    terms_.clear();
    for (Storage* s : written_) terms_.push_back(layout != nullptr ? s->Read(*layout) : s->Read());
    ParallelFor(span.count, kCheapGrain, [&](int64_t begin, int64_t end) {
      // A piece stays in the first-level cache while the terms are added to it.
      constexpr int64_t kPiece = 2048;
      for (int64_t at = begin; at < end; at += kPiece) {
        const int64_t count = std::min(kPiece, end - at);
        float* to = span.out + at;
        std::memcpy(to, terms_[0] + at, static_cast<size_t>(count) * sizeof(float));
        for (size_t t = 1; t < terms_.size(); ++t) {
          const float* from = terms_[t] + at;
          WideEach(count, to, [=](int64_t i) { return to[i] + from[i]; });
        }
      }
    });
  }

  std::vector<Storage*> written_;
  std::vector<const float*> terms_;
};

}  // namespace

std::unique_ptr<Layer> MakeSplit(const caffe::LayerParameter& param) {
  return std::make_unique<SplitLayer>(param);
}

}  // namespace crema
