#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// E = 1/(2N) sum of (a - b)^2. Bottoms a and b: (N, ...) of one size.
class EuclideanLossLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(2, 1); }
  float DefaultLossWeight(int /*top*/) const override { return 1.0f; }
  bool MakesMissingTops() const override { return true; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.forward = true};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(bottom[0]->shape(0) == bottom[1]->shape(0) && bottom[0]->count() == bottom[1]->count(),
            "Expected two bottoms of one first dimension and one size but found shapes ",
            ShapeString(bottom[0]->shape()), " and ", ShapeString(bottom[1]->shape()));
    top[0]->Reshape({});
    difference_.ReshapeLike(*bottom[0]);
    sums_.resize(static_cast<size_t>((bottom[0]->count() + kPiece - 1) / kPiece));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* a = bottom[0]->data().Read();
    const float* b = bottom[1]->data().Read();
    float* difference = difference_.data().Write();
    const int64_t count = bottom[0]->count();
    ParallelFor(static_cast<int64_t>(sums_.size()), kCheapGrain / kPiece,
                [&](int64_t begin, int64_t end) {
                  for (int64_t p = begin; p < end; ++p) {
                    float sum = 0;
                    const int64_t last = std::min(count, (p + 1) * kPiece);
#pragma omp simd reduction(+ : sum)
                    for (int64_t i = p * kPiece; i < last; ++i) {
                      const float d = a[i] - b[i];
                      difference[i] = d;
                      sum += d * d;
                    }
                    sums_[static_cast<size_t>(p)] = sum;
                  }
                });
    double total = 0;
    for (const float sum : sums_) total += static_cast<double>(sum);
    top[0]->data().Write()[0] = static_cast<float>(total / bottom[0]->shape(0) / 2.0);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const float scale = top[0]->diff().Read()[0] / static_cast<float>(bottom[0]->shape(0));
    for (size_t i = 0; i < 2; ++i) {
      if (!propagate_down[i]) continue;
      const float factor = i == 0 ? scale : -scale;
      Map(SpanOf(difference_.data(), bottom[i]->diff()), kCheapGrain,
          [factor](float d) { return factor * d; });
    }
  }

 private:
  // Values that are summed together, so that the sum does not depend on the number of threads.
  static constexpr int64_t kPiece = 2048;

  Blob difference_;
  std::vector<float> sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeEuclideanLoss(const caffe::LayerParameter& param) {
  return std::make_unique<EuclideanLossLayer>(param);
}

}  // namespace crema
