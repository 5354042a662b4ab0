#include <algorithm>
#include <limits>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The positions of the top_k greatest values along an axis, or of all values of an item; with
// out_max_val the values themselves (along an axis), or both (of an item). Of equal values the last
// comes first, as in Caffe; NaN counts as the least. It has no gradient.
class ArgMaxLayer : public Layer {
 public:
  explicit ArgMaxLayer(const caffe::LayerParameter& param)
      : Layer(param),
        has_axis_(param.argmax_param().has_axis()),
        values_(param.argmax_param().out_max_val()),
        top_k_(param.argmax_param().top_k()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found ArgMax in place");
    Require(blob.num_axes() >= 1, "Expected a bottom with an axis but found a scalar");
    const int axis = has_axis_ ? blob.CanonicalAxis(param().argmax_param().axis()) : 0;
    outer_ = has_axis_ ? blob.count(0, axis) : blob.shape(0);
    length_ = has_axis_ ? blob.shape(axis) : blob.count(1);
    inner_ = has_axis_ ? blob.count(axis + 1) : 1;
    Require(top_k_ >= 1 && top_k_ <= length_, "Expected a top_k from 1 to ", length_,
            ", the number of values to choose from, but found ", top_k_);
    Shape shape = blob.shape();
    if (has_axis_) {
      shape[static_cast<size_t>(axis)] = static_cast<int>(top_k_);
    } else {
      shape.assign(std::max<size_t>(3, shape.size()), 1);
      shape[0] = blob.shape(0);
      shape[1] = values_ ? 2 : 1;
      shape[2] = static_cast<int>(top_k_);
    }
    top[0]->Reshape(shape);
    if (top_k_ > 1) order_.resize(static_cast<size_t>(blob.count()));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    if (top_k_ == 1) {
      ForwardGreatest(in, out);
    } else {
      ForwardOrdered(in, out);
    }
  }

  void Backward(const Blobs& /*top*/, const Flags& propagate_down,
                const Blobs& /*bottom*/) override {
    Require(!propagate_down[0],
            "Expected no gradient to be wanted below an ArgMax layer but found that one is: it has "
            "none");
  }

 private:
  static constexpr float kLeast = -std::numeric_limits<float>::infinity();

  static float Key(float value) { return value >= kLeast ? value : kLeast; }

  // Runs over the positions side by side, so that the search is vectorized where there are several.
  void ForwardGreatest(const float* in, float* out) const {
    constexpr int64_t kPiece = 256;
    const int64_t cuts = (inner_ + kPiece - 1) / kPiece;
    const int64_t work = std::max<int64_t>(1, length_ * std::min(inner_, kPiece));
    ParallelFor(outer_ * cuts, std::max<int64_t>(1, kCheapGrain / work),
                [&](int64_t begin, int64_t end) {
                  float best[kPiece];
                  int32_t where[kPiece];
                  for (int64_t i = begin; i < end; ++i) {
                    const int64_t outer = i / cuts, first = i % cuts * kPiece;
                    const int64_t n = std::min(kPiece, inner_ - first);
                    const float* from = in + outer * length_ * inner_ + first;
                    Search(from, n, best, where);
                    for (int64_t p = 0; p < n; ++p)
                      Give(from + p, outer, first + p, 0, where[p], out);
                  }
                });
  }

  void Search(const float* from, int64_t n, float* best, int32_t* where) const {
    std::fill_n(best, n, kLeast);
    std::fill_n(where, n, 0);
    for (int64_t j = 0; j < length_; ++j, from += inner_) {
#pragma omp simd
      for (int64_t p = 0; p < n; ++p) {
        const float key = Key(from[p]);
        const bool greater = key >= best[p];
        best[p] = greater ? key : best[p];
        where[p] = greater ? static_cast<int32_t>(j) : where[p];
      }
    }
  }

  void ForwardOrdered(const float* in, float* out) {
    int32_t* all = order_.data();
    ParallelFor(outer_ * inner_, std::max<int64_t>(1, kCostlyGrain / std::max<int64_t>(1, length_)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t i = begin; i < end; ++i) {
                    const float* from = in + i / inner_ * length_ * inner_ + i % inner_;
                    int32_t* order = all + i * length_;
                    for (int64_t j = 0; j < length_; ++j) order[j] = static_cast<int32_t>(j);
                    std::partial_sort(
                        order, order + top_k_, order + length_, [&](int32_t a, int32_t b) {
                          const float x = Key(from[a * inner_]), y = Key(from[b * inner_]);
                          return x > y || (x == y && a > b);
                        });
                    for (int64_t k = 0; k < top_k_; ++k) {
                      Give(from, i / inner_, i % inner_, k, order[k], out);
                    }
                  }
                });
  }

  // Writes that the value at `where` of those that `from` begins is the one of rank k.
  void Give(const float* from, int64_t outer, int64_t inner, int64_t k, int32_t where,
            float* out) const {
    const float value = from[where * inner_], position = static_cast<float>(where);
    if (has_axis_) {
      out[(outer * top_k_ + k) * inner_ + inner] = values_ ? value : position;
    } else if (values_) {
      out[2 * outer * top_k_ + k] = position;
      out[(2 * outer + 1) * top_k_ + k] = value;
    } else {
      out[outer * top_k_ + k] = position;
    }
  }

  const bool has_axis_, values_;
  const int64_t top_k_;
  int64_t outer_ = 0, length_ = 0, inner_ = 0;
  // Positions in the order of their values, as far as needed.
  std::vector<int32_t> order_;
};

}  // namespace

std::unique_ptr<Layer> MakeArgMax(const caffe::LayerParameter& param) {
  return std::make_unique<ArgMaxLayer>(param);
}

}  // namespace crema
