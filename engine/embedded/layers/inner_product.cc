#include <algorithm>
#include <cmath>

#include "engine/embedded/core/few_rows_product.h"
#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// top (M, N) = bottom (M, K) * W^T + b, where M is the product of the axes before `axis`, and K is
// that of the others. With `normalize`, which caffe-windows has, each forward scales the rows of W
// to length 1 first; gradients are those of the scaled W.
class InnerProduct : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = param_propagate_down(0) ? Kept::kAll : Kept::kNone};
  }

  void SetUp(const Blobs& bottom, const Blobs&) override {
    const caffe::InnerProductParameter& ip = param().inner_product_param();
    outputs_ = static_cast<int>(ip.num_output());
    Require(outputs_ >= 1, "Expected a num_output of 1 or more but found ", outputs_);
    axis_ = bottom[0]->CanonicalAxis(ip.axis());
    transpose_ = ip.transpose();
    normalize_ = ip.normalize();
    Require(!normalize_ || !transpose_, "Expected transpose: false with normalize but found true");
    inputs_ = bottom[0]->count(axis_);
    Require(inputs_ >= 1, "Expected a bottom with values from axis ", axis_, " on but found shape ",
            ShapeString(bottom[0]->shape()));
    const int inputs = static_cast<int>(inputs_);
    AddParam(transpose_ ? Shape{inputs, outputs_} : Shape{outputs_, inputs}, ip.weight_filler());
    if (ip.bias_term()) AddParam({outputs_}, ip.bias_filler());
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0],
            "Expected a top other than the bottom but found InnerProduct in place");
    Require(bottom[0]->num_axes() > axis_ && bottom[0]->count(axis_) == inputs_,
            "Expected a bottom with ", inputs_, " values from axis ", axis_, " on but found shape ",
            ShapeString(bottom[0]->shape()));
    rows_ = bottom[0]->count(0, axis_);
    Shape shape(bottom[0]->shape().begin(), bottom[0]->shape().begin() + axis_);
    shape.push_back(outputs_);
    top[0]->Reshape(shape);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (rows_ == 0) return;
    if (normalize_) NormalizeWeights(blobs()[0]->data().ReadWrite());
    const float* in = bottom[0]->data().Read();
    const float* weights = blobs()[0]->data().Read();
    float* out = top[0]->data().Write();
    const bool bias = blobs().size() > 1;
    if (bias) {
      const float* values = blobs()[1]->data().Read();
      for (int64_t row = 0; row < rows_; ++row) std::copy_n(values, outputs_, out + row * outputs_);
    }
    if (!transpose_ && FewRowsProduct::Pays(rows_, outputs_, inputs_)) {
      few_rows_.Multiply(rows_, outputs_, inputs_, in, weights, bias, out);
      return;
    }
    if (transpose_ && !bias && FewRowsProduct::PaysPlain(rows_, inputs_, outputs_)) {
      few_rows_.MultiplyPlain(rows_, inputs_, outputs_, in, weights, out);
      return;
    }
    onednn::Gemm(false, !transpose_, rows_, outputs_, inputs_, 1.0f, in, inputs_, weights,
                 transpose_ ? outputs_ : inputs_, bias ? 1.0f : 0.0f, out, outputs_);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (rows_ == 0) return;
    const float* delta = top[0]->diff().Read();
    if (param_propagate_down(0)) BackwardWeights(delta, bottom[0]->data().Read());
    if (blobs().size() > 1 && param_propagate_down(1)) BackwardBias(delta);
    if (!propagate_down[0]) return;
    const float* weights = blobs()[0]->data().Read();
    float* in_diff = bottom[0]->diff().Write();
    if (transpose_ && FewRowsProduct::Pays(rows_, inputs_, outputs_)) {
      few_rows_.Multiply(rows_, inputs_, outputs_, delta, weights, false, in_diff);
      return;
    }
    if (!transpose_ && FewRowsProduct::PaysPlain(rows_, outputs_, inputs_)) {
      few_rows_.MultiplyPlain(rows_, outputs_, inputs_, delta, weights, in_diff);
      return;
    }
    onednn::Gemm(false, transpose_, rows_, inputs_, outputs_, 1.0f, delta, outputs_, weights,
                 transpose_ ? outputs_ : inputs_, 0.0f, in_diff, inputs_);
  }

 private:
  void NormalizeWeights(float* weights) const {
    constexpr double kEpsilon = 1e-6;  // caffe-windows', added to the square of the length
    for (float* row = weights; row < weights + outputs_ * inputs_; row += inputs_) {
      double square = kEpsilon;
      for (int64_t i = 0; i < inputs_; ++i)
        square += static_cast<double>(row[i]) * static_cast<double>(row[i]);
      const double scale = 1 / std::sqrt(square);
      for (int64_t i = 0; i < inputs_; ++i) row[i] = static_cast<float>(row[i] * scale);
    }
  }

  void BackwardWeights(const float* delta, const float* in) {
    Storage& diff = blobs()[0]->diff();
    const float beta = diff.zero() ? 0.0f : 1.0f;
    float* weights = diff.zero() ? diff.Write() : diff.ReadWrite();
    if (transpose_) {
      onednn::Gemm(true, false, inputs_, outputs_, rows_, 1.0f, in, inputs_, delta, outputs_, beta,
                   weights, outputs_);
    } else {
      onednn::Gemm(true, false, outputs_, inputs_, rows_, 1.0f, delta, outputs_, in, inputs_, beta,
                   weights, inputs_);
    }
  }

  void BackwardBias(const float* delta) {
    float* diff = blobs()[1]->diff().ReadWrite();
    for (int64_t row = 0; row < rows_; ++row, delta += outputs_) {
      for (int i = 0; i < outputs_; ++i) diff[i] += delta[i];
    }
  }

  int outputs_ = 0, axis_ = 0;
  bool transpose_ = false, normalize_ = false;
  int64_t inputs_ = 0, rows_ = 0;
  FewRowsProduct few_rows_;
};

}  // namespace

std::unique_ptr<Layer> MakeInnerProduct(const caffe::LayerParameter& param) {
  return std::make_unique<InnerProduct>(param);
}

}  // namespace crema
