#include <cmath>

#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/row_sums.h"

namespace crema {

namespace {

// y = x - mean, with normalize_variance divided by the deviation + eps. Both are those of each
// channel of each item, or with across_channels of each item. As in Caffe, the bottom counts as
// (N, C, H, W), and so does the top.
class MvnLayer : public Layer {
 public:
  explicit MvnLayer(const caffe::LayerParameter& param)
      : Layer(param), normalizes_(param.mvn_param().normalize_variance()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.tops = normalizes_ ? Kept::kAll : Kept::kNone, .forward = normalizes_};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Shape shape = bottom[0]->shape();
    Require(shape.size() <= 4, "Expected a bottom of at most 4 axes but found shape ",
            ShapeString(shape));
    shape.resize(4, 1);
    rows_ = param().mvn_param().across_channels() ? shape[0] : int64_t{shape[0]} * shape[1];
    if (bottom[0]->count() == 0) rows_ = 0;
    length_ = rows_ == 0 ? 0 : bottom[0]->count() / rows_;
    top[0]->Reshape(shape);
    means_.resize(static_cast<size_t>(rows_));
    factors_.assign(static_cast<size_t>(rows_), 1.0f);
    products_.resize(static_cast<size_t>(rows_));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    const float* means = means_.data();
    Average(sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return in[i]; }), means_);
    if (normalizes_) {
      const auto square = [=](int64_t i, int64_t row) {
        const float d = in[i] - means[row];
        return d * d;
      };
      Average(sums_.Of(rows_, length_, square), factors_);
      const float eps = param().mvn_param().eps();
      for (float& factor : factors_) factor = 1.0f / (std::sqrt(factor) + eps);
    }
    const float* factors = factors_.data();
    ForEachRowPart(rows_, length_, kCheapGrain, [=](int64_t row, int64_t begin, int64_t end) {
      const float mean = means[row], factor = factors[row];
      const float* x = in + begin;
      WideEach(end - begin, out + begin, [=](int64_t i) { return (x[i] - mean) * factor; });
    });
  }

  // dx = (dy - mean(dy) - y mean(y dy)) / (deviation + eps). As in Caffe, this takes eps for small
  // beside the deviation.
  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float* y = normalizes_ ? top[0]->data().Read() : nullptr;
    const float* diff = top[0]->diff().Read();
    float* out = bottom[0]->diff().Write();
    Average(sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return diff[i]; }), means_);
    if (normalizes_) {
      Average(sums_.Of(rows_, length_, [=](int64_t i, int64_t) { return y[i] * diff[i]; }),
              products_);
    }
    ForEachRowPart(rows_, length_, kCheapGrain, [&](int64_t row, int64_t begin, int64_t end) {
      const auto r = static_cast<size_t>(row);
      const float mean = means_[r], factor = factors_[r], product = products_[r];
      const float* dy = diff + begin;
      if (!normalizes_) {
        WideEach(end - begin, out + begin, [=](int64_t i) { return dy[i] - mean; });
        return;
      }
      const float* v = y + begin;
      WideEach(end - begin, out + begin,
               [=](int64_t i) { return (dy[i] - mean - v[i] * product) * factor; });
    });
  }

 private:
  void Average(const std::vector<double>& sums, std::vector<float>& means) const {
    for (size_t row = 0; row < means.size(); ++row) {
      means[row] = static_cast<float>(sums[row] / static_cast<double>(length_));
    }
  }

  const bool normalizes_;
  int64_t rows_ = 0, length_ = 0;
  // One per row: the means of x, later of dy; 1 / (deviation + eps); the means of y dy.
  std::vector<float> means_, factors_, products_;
  RowSums sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeMvn(const caffe::LayerParameter& param) {
  return std::make_unique<MvnLayer>(param);
}

}  // namespace crema
