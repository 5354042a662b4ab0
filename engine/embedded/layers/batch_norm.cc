#include <cmath>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/adopts_normalized.h"
#include "engine/embedded/layers/batch_statistics.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/running_statistics.h"

namespace crema {

namespace {

// y = (x - mean) / sqrt(variance + eps), for each channel (axis 1). In training, mean and variance
// are those of the batch. In testing, they come from the parameters, three running sums (of the
// mean, the variance, and 1) that decay by moving_average_fraction at every forward.
//
// With add_eps_before_sqrt: false, of Synopsys' Caffe, y = (x - mean) / (sqrt(variance) + eps).
class BatchNormLayer : public Layer, public AdoptsNormalized {
 public:
  explicit BatchNormLayer(const caffe::LayerParameter& param)
      : Layer(param), global_(UsesGlobalStatistics(param)) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }
  bool LearnsParam(size_t /*i*/) const override { return false; }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    return {.bottoms = global_ || KeepsOutput(bottom, top) ? Kept::kNone : Kept::kAll,
            .forward = true};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void SetUp(const Blobs& bottom, const Blobs& /*top*/) override {
    Require(bottom[0]->num_axes() >= 1, "Expected a bottom with an axis but found a scalar");
    channels_ = Channels(*bottom[0]);
    for (const auto& spec : param().param()) {
      Require(spec.lr_mult() == 0.0f,
              "Expected lr_mult: 0 for the parameters of a BatchNorm layer, which are statistics "
              "and not learned, but found ",
              spec.lr_mult());
    }
    const caffe::FillerParameter zero;
    AddParam({channels_}, zero);
    AddParam({channels_}, zero);
    AddParam({1}, zero);
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(blob.num_axes() >= 1 && Channels(blob) == channels_, "Expected a bottom of ", channels_,
            " channels but found shape ", ShapeString(blob.shape()));
    shape_ = {blob.shape(0), channels_, blob.num_axes() > 1 ? blob.count(2) : 1};
    top[0]->ReshapeLike(blob);
    if (KeepsOutput(bottom, top)) output_.ReshapeLike(blob);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (bottom[0]->count() == 0) return;
    layout_.Choose(bottom[0]->data(), top[0]->data(), bottom[0]->dims(), shape_);
    const ChannelView& view = layout_.view();
    const size_t padded = static_cast<size_t>(view.padded_channels());
    mean_.assign(padded, 0.0f);
    variance_.assign(padded, 0.0f);
    factor_.assign(padded, 0.0f);
    const float* in = layout_.Read(bottom[0]->data());
    if (global_) {
      TakeStatistics(*this, mean_, variance_);
    } else {
      batch_.Measure(view, shape_, in, mean_, variance_);
      GatherStatistics(*this, shape_.outer * shape_.inner, mean_, variance_);
    }
    SetFactors(*this, variance_, factor_);
    float* kept = KeepsOutput(bottom, top) ? layout_.Write(output_.data()) : nullptr;
    float* out = layout_.Write(top[0]->data());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* x = in + piece.offset;
      const float* mean = mean_.data() + piece.channel;
      const float* factor = factor_.data() + piece.channel;
      float* y = out + piece.offset;
      ForEachValue(lanes, piece.positions,
                   [=](int64_t i, int64_t l) { y[i] = (x[i] - mean[l]) * factor[l]; });
      if (kept != nullptr) std::copy_n(y, piece.positions * lanes, kept + piece.offset);
    });
  }

  void Adopt(const Normalized& normalized) override {
    layout_ = normalized.layout;
    mean_ = normalized.mean;
    variance_ = normalized.variance;
    factor_ = normalized.factor;
    // Shaped if it is kept.
    if (output_.count() == 0) return;
    std::copy_n(normalized.values, layout_.view().count(), layout_.Write(output_.data()));
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0] || bottom[0]->count() == 0) return;
    if (global_) {
      BackwardGlobal(top[0]->diff(), bottom[0]->diff());
    } else if (KeepsOutput(bottom, top)) {
      zeros_.assign(mean_.size(), 0.0f);
      ones_.assign(mean_.size(), 1.0f);
      BackwardBatch(output_.data(), zeros_.data(), ones_.data(), top[0]->diff(), bottom[0]->diff());
    } else {
      BackwardBatch(bottom[0]->data(), mean_.data(), factor_.data(), top[0]->diff(),
                    bottom[0]->diff());
    }
  }

 private:
  static int Channels(const Blob& blob) { return blob.num_axes() == 1 ? 1 : blob.shape(1); }

  // The gradient needs y, which is computed from x unless the layer runs in place. The top itself
  // cannot be used: layers that run in place after this one may overwrite it.
  bool KeepsOutput(const Blobs& bottom, const Blobs& top) const {
    return !global_ && bottom[0] == top[0];
  }

  bool adds_before() const { return param().batch_norm_param().add_eps_before_sqrt(); }

  void BackwardGlobal(Storage& top_diff, Storage& bottom_diff) {
    const ChannelView& view = layout_.view();
    const float* diff = layout_.Read(top_diff);
    float* out = layout_.Write(bottom_diff);
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* dy = diff + piece.offset;
      const float* factor = factor_.data() + piece.channel;
      float* dx = out + piece.offset;
      ForEachValue(lanes, piece.positions,
                   [=](int64_t i, int64_t l) { dx[i] = dy[i] * factor[l]; });
    });
  }

  // dx = factor (dy - mean(dy) - y mean(dy y)), where y = (values - center) * by. Where eps is
  // added to the standard deviation s, the last term has a factor of (s + eps) / s more.
  void BackwardBatch(Storage& values, const float* center, const float* by, Storage& top_diff,
                     Storage& bottom_diff) {
    const ChannelView& view = layout_.view();
    sums_.Reserve(view);
    squares_.Reserve(view);
    const float* from = layout_.Read(values);
    const float* diff = layout_.Read(top_diff);
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* v = from + piece.offset;
      const float* dy = diff + piece.offset;
      const float* c = center + piece.channel;
      const float* b = by + piece.channel;
      SumValues(lanes, piece.positions, sums_.piece(view, index),
                [=](int64_t i, int64_t) { return dy[i]; });
      SumValues(lanes, piece.positions, squares_.piece(view, index),
                [=](int64_t i, int64_t l) { return dy[i] * ((v[i] - c[l]) * b[l]); });
    });
    const double count = static_cast<double>(shape_.outer * shape_.inner);
    mean_diff_.resize(mean_.size());
    mean_product_.resize(mean_.size());
    Average(sums_.Total(view), count, mean_diff_);
    Average(squares_.Total(view), count, mean_product_);
    if (!adds_before()) {
      for (size_t c = 0; c < mean_product_.size(); ++c) {
        const float deviation = std::sqrt(variance_[c]);
        // Without a deviation y is 0, whatever the factor.
        if (deviation > 0.0f) mean_product_[c] /= deviation * factor_[c];
      }
    }
    float* out = layout_.Write(bottom_diff);
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* v = from + piece.offset;
      const float* dy = diff + piece.offset;
      const float* c = center + piece.channel;
      const float* b = by + piece.channel;
      const float* f = factor_.data() + piece.channel;
      const float* mean = mean_diff_.data() + piece.channel;
      const float* product = mean_product_.data() + piece.channel;
      float* dx = out + piece.offset;
      ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) {
        dx[i] = f[l] * (dy[i] - mean[l] - (v[i] - c[l]) * b[l] * product[l]);
      });
    });
  }

  static void Average(const std::vector<double>& totals, double count, std::vector<float>& means) {
    for (size_t c = 0; c < means.size(); ++c) means[c] = static_cast<float>(totals[c] / count);
  }

  const bool global_;
  int channels_ = 0;
  ChannelShape shape_;
  // Of the last forward pass.
  ChannelLayout layout_;
  // One value per channel, padded with zeros to whole blocks. factor_ is 1 / sqrt(variance + eps),
  // or 1 / (sqrt(variance) + eps).
  std::vector<float> mean_, variance_, factor_, zeros_, ones_, mean_diff_, mean_product_;
  BatchStatistics batch_;
  ChannelSums sums_, squares_;
  Blob output_;
};

}  // namespace

std::unique_ptr<Layer> MakeBatchNorm(const caffe::LayerParameter& param) {
  return std::make_unique<BatchNormLayer>(param);
}

}  // namespace crema
