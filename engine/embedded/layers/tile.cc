#include <algorithm>

#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Repeats the bottom along an axis.
class TileLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Tile in place");
    tiles_ = param().tile_param().tiles();
    Require(tiles_ >= 1, "Expected tiles of 1 or more but found ", tiles_);
    const int axis = bottom[0]->CanonicalAxis(param().tile_param().axis());
    Shape shape = bottom[0]->shape();
    int& length = shape[static_cast<size_t>(axis)];
    Require(length * tiles_ <= INT32_MAX, "Expected an axis of at most 2147483647 but found ",
            length, " times ", tiles_);
    length = static_cast<int>(length * tiles_);
    top[0]->Reshape(shape);
    outer_ = bottom[0]->count(0, axis);
    inner_ = bottom[0]->count(axis);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    ForEachPiece([=, this](int64_t outer, int64_t begin, int64_t n) {
      const float* from = in + outer * inner_ + begin;
      float* to = out + outer * tiles_ * inner_ + begin;
      if (inner_ == 1) {
        std::fill_n(to, tiles_, *from);
        return;
      }
      for (int64_t t = 0; t < tiles_; ++t) std::copy_n(from, n, to + t * inner_);
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float* diff = top[0]->diff().Read();
    float* out = bottom[0]->diff().Write();
    ForEachPiece([=, this](int64_t outer, int64_t begin, int64_t n) {
      const float* from = diff + outer * tiles_ * inner_ + begin;
      float* to = out + outer * inner_ + begin;
      if (inner_ == 1) {
        *to = SumOf(from, tiles_);
        return;
      }
      std::copy_n(from, n, to);
      for (int64_t t = 1; t < tiles_; ++t) {
        from += inner_;
        WideEach(n, to, [=](int64_t i) { return to[i] + from[i]; });
      }
    });
  }

 private:
  // Calls body(outer, begin, n) for pieces of the bottom's rows, in parallel.
  template <class Body>
  void ForEachPiece(const Body& body) const {
    constexpr int64_t kPiece = 2048;
    const int64_t cuts = (inner_ + kPiece - 1) / kPiece;
    const int64_t work = std::max<int64_t>(1, std::min(inner_, kPiece) * tiles_);
    ParallelFor(outer_ * cuts, std::max<int64_t>(1, kCheapGrain / work),
                [&](int64_t first, int64_t last) {
                  for (int64_t i = first; i < last; ++i) {
                    const int64_t begin = i % cuts * kPiece;
                    body(i / cuts, begin, std::min(kPiece, inner_ - begin));
                  }
                });
  }

  static float SumOf(const float* values, int64_t n) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; ++i) sum += values[i];
    return sum;
  }

  int64_t tiles_ = 1;
  // The rows that are repeated, and their length.
  int64_t outer_ = 0, inner_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeTile(const caffe::LayerParameter& param) {
  return std::make_unique<TileLayer>(param);
}

}  // namespace crema
