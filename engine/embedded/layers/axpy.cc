#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/row_sums.h"

namespace crema {

namespace {

// y = a x + b, where a has one value for each channel of each item of x:
// https://arxiv.org/abs/1709.01507. Bottoms a: (N, C) or (N, C, 1, 1); x, b: (N, C, ...).
class AxpyLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(3, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kAll};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& a = *bottom[0];
    const Blob& x = *bottom[1];
    Require(top[0] != bottom[0], "Expected a top other than the bottoms but found Axpy in place");
    Require(x.num_axes() >= 2 && a.num_axes() >= 2 && a.shape(0) == x.shape(0) &&
                a.shape(1) == x.shape(1) && a.count() == x.count(0, 2),
            "Expected a first bottom with one value per channel of each item of the second, ",
            ShapeString(x.shape()), ", but found ", ShapeString(a.shape()));
    Require(bottom[2]->shape() == x.shape(), "Expected a third bottom of the second's shape, ",
            ShapeString(x.shape()), ", but found ", ShapeString(bottom[2]->shape()));
    rows_ = a.count();
    length_ = x.count(2);
    top[0]->ReshapeLike(x);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* factors = bottom[0]->data().Read();
    const float* in = bottom[1]->data().Read();
    const float* terms = bottom[2]->data().Read();
    float* out = top[0]->data().Write();
    ForEachRowPart(rows_, length_, kCheapGrain, [=](int64_t row, int64_t begin, int64_t end) {
      const float a = factors[row];
      const float *x = in + begin, *b = terms + begin;
      WideEach(end - begin, out + begin, [=](int64_t i) { return a * x[i] + b[i]; });
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const float* diff = top[0]->diff().Read();
    if (propagate_down[0]) {
      const float* x = bottom[1]->data().Read();
      const auto& sums =
          sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return diff[i] * x[i]; });
      float* out = bottom[0]->diff().Write();
      std::transform(sums.begin(), sums.end(), out,
                     [](double sum) { return static_cast<float>(sum); });
    }
    if (propagate_down[1]) {
      const float* factors = bottom[0]->data().Read();
      float* out = bottom[1]->diff().Write();
      ForEachRowPart(rows_, length_, kCheapGrain, [=](int64_t row, int64_t begin, int64_t end) {
        const float a = factors[row];
        const float* dy = diff + begin;
        WideEach(end - begin, out + begin, [=](int64_t i) { return a * dy[i]; });
      });
    }
    if (propagate_down[2]) std::copy_n(diff, rows_ * length_, bottom[2]->diff().Write());
  }

 private:
  int64_t rows_ = 0, length_ = 0;
  RowSums sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeAxpy(const caffe::LayerParameter& param) {
  return std::make_unique<AxpyLayer>(param);
}

}  // namespace crema
