#include <cmath>

#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/row_sums.h"

namespace crema {

namespace {

// coeff times the sum, the sum of absolute values, the sum of squares, or the mean, over all axes
// from `axis` on, which the top does not have.
class ReductionLayer : public Layer {
 public:
  explicit ReductionLayer(const caffe::LayerParameter& param)
      : Layer(param), operation_(param.reduction_param().operation()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    const bool reads = operation_ == caffe::ReductionParameter_ReductionOp_ASUM ||
                       operation_ == caffe::ReductionParameter_ReductionOp_SUMSQ;
    return {.bottoms = reads ? Kept::kAll : Kept::kNone};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0],
            "Expected a top other than the bottom but found Reduction in place");
    const int axis = bottom[0]->CanonicalAxis(param().reduction_param().axis());
    rows_ = bottom[0]->count(0, axis);
    length_ = bottom[0]->count(axis);
    factor_ = param().reduction_param().coeff();
    if (operation_ == caffe::ReductionParameter_ReductionOp_MEAN) {
      factor_ /= static_cast<float>(length_);
    }
    const Shape& shape = bottom[0]->shape();
    top[0]->Reshape(Shape(shape.begin(), shape.begin() + axis));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    const std::vector<double>& sums = SumRows(in);
    float* out = top[0]->data().Write();
    for (int64_t row = 0; row < rows_; ++row) {
      out[row] = factor_ * static_cast<float>(sums[static_cast<size_t>(row)]);
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const bool reads = Reads(bottom, top).bottoms != Kept::kNone;
    const bool squares = operation_ == caffe::ReductionParameter_ReductionOp_SUMSQ;
    const float* in = reads ? bottom[0]->data().Read() : nullptr;
    const float* diff = top[0]->diff().Read();
    float* out = bottom[0]->diff().Write();
    ForEachRowPart(rows_, length_, kCheapGrain, [&](int64_t row, int64_t begin, int64_t end) {
      const float slope = diff[row] * factor_;
      const float* x = in + begin;
      if (!reads) {
        std::fill(out + begin, out + end, slope);
      } else if (squares) {
        WideEach(end - begin, out + begin, [=](int64_t i) { return 2.0f * slope * x[i]; });
      } else {
        WideEach(end - begin, out + begin, [=](int64_t i) {
          return x[i] > 0.0f ? slope : x[i] < 0.0f ? -slope : 0.0f * slope;
        });
      }
    });
  }

 private:
  const std::vector<double>& SumRows(const float* in) {
    switch (operation_) {
      case caffe::ReductionParameter_ReductionOp_ASUM:
        return sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return std::fabs(in[i]); });
      case caffe::ReductionParameter_ReductionOp_SUMSQ:
        return sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return in[i] * in[i]; });
      default:
        return sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return in[i]; });
    }
  }

  const caffe::ReductionParameter_ReductionOp operation_;
  int64_t rows_ = 0, length_ = 0;
  // coeff, divided by the length for MEAN.
  float factor_ = 1;
  RowSums sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeReduction(const caffe::LayerParameter& param) {
  return std::make_unique<ReductionLayer>(param);
}

}  // namespace crema
