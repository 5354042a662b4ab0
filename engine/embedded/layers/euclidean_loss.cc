#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"
#include "engine/embedded/layers/sum.h"

namespace crema {

namespace {

// E = 1/(2N) sum of (a - b)^2. Bottoms: a and b, both (N, ...) and of the same size.
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
            "Expected two bottoms with the same first dimension and size but found shapes ",
            ShapeString(bottom[0]->shape()), " and ", ShapeString(bottom[1]->shape()));
    top[0]->Reshape({});
    difference_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* a = bottom[0]->data().Read();
    const float* b = bottom[1]->data().Read();
    float* difference = difference_.data().Write();
    const double squares = Sum(bottom[0]->count(), kCheapGrain, [=](int64_t i) {
      const float d = a[i] - b[i];
      difference[i] = d;
      return d * d;
    });
    top[0]->data().Write()[0] = static_cast<float>(squares / bottom[0]->shape(0) / 2.0);
  }

  // dE/da = (a - b) / N, and dE/db = -dE/da.
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
  Blob difference_;
};

}  // namespace

std::unique_ptr<Layer> MakeEuclideanLoss(const caffe::LayerParameter& param) {
  return std::make_unique<EuclideanLossLayer>(param);
}

}  // namespace crema
