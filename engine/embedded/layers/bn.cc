#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/batch_statistics.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// y = scale (x - mean) / sqrt(variance + eps) + shift, for each channel (axis 1). Two forks have a
// layer of this name:
//
// - SegNet's has two parameters, scale and shift. In bn_mode LEARN, in training and testing, mean
//   and variance are those of the batch, which optional second and third tops hold, and eps is
//   1e-9. In bn_mode INFERENCE, the mean is 0, and nothing is divided by: SegNet's scripts put the
//   statistics of the training set into scale and shift.
//
// - That of PSPNet and TSN has four: scale (slope), shift (bias), mean and variance. In training,
//   mean and variance are those of the batch, and the parameters follow them with `momentum`. In
//   testing, and with frozen: true, which also freezes scale and shift, they are the parameters.
//
// It is SegNet's if it has a field of SegNet's: scale_filler, shift_filler or bn_mode.
class BnLayer : public Layer {
 public:
  explicit BnLayer(const caffe::LayerParameter& param) : Layer(param) {
    const caffe::BNParameter& bn = param.bn_param();
    segnet_ = bn.has_scale_filler() || bn.has_shift_filler() || bn.has_bn_mode();
    Require(!segnet_ || !(bn.has_slope_filler() || bn.has_bias_filler() || bn.has_momentum() ||
                          bn.has_eps() || bn.has_frozen() || bn.icnet()),
            "Expected either SegNet's fields of BN (scale_filler, shift_filler, bn_mode) or "
            "PSPNet's (slope_filler, bias_filler, momentum, eps, frozen, icnet) but found both");
    // Synopsys' icnet says that it is PSPNet's.
    Require(!(bn.has_var_eps() || bn.has_moving_average() || bn.has_decay() || bn.has_axis()),
            "Expected a BN layer of SegNet, or of PSPNet and TSN, but found a field that is not "
            "theirs (var_eps, moving_average, decay or axis)");
    const bool infers = bn.bn_mode() == caffe::BNParameter_BNMode_INFERENCE;
    if (segnet_) {
      source_ = infers ? Source::kNone : Source::kBatch;
    } else {
      source_ = training() && !bn.frozen() ? Source::kBatch : Source::kParams;
    }
  }

  Arity arity() const override {
    return {1, 1, 1, segnet_ && source_ == Source::kBatch ? 3 : 1, false};
  }
  bool LearnsParam(size_t i) const override { return i < 2 && !param().bn_param().frozen(); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    const bool values = NeedsValues() && bottom[0] != top[0];
    return {.bottoms = values ? Kept::kAll : Kept::kNone, .forward = true};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void SetUp(const Blobs& bottom, const Blobs& /*top*/) override {
    Require(bottom[0]->num_axes() >= 2, "Expected a bottom with channels but found shape ",
            ShapeString(bottom[0]->shape()));
    channels_ = bottom[0]->shape(1);
    const caffe::BNParameter& bn = param().bn_param();
    const Shape shape = {1, channels_, 1, 1};
    AddParam(shape, segnet_ ? bn.scale_filler() : bn.slope_filler());
    AddParam(shape, segnet_ ? bn.shift_filler() : bn.bias_filler());
    if (segnet_) return;
    caffe::FillerParameter constant;
    AddParam(shape, constant);
    constant.set_value(bn.frozen() ? 1.0f : 0.0f);
    AddParam(shape, constant);
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(blob.num_axes() >= 2 && blob.shape(1) == channels_, "Expected a bottom of ", channels_,
            " channels but found shape ", ShapeString(blob.shape()));
    shape_ = {blob.shape(0), channels_, blob.count(2)};
    top[0]->ReshapeLike(blob);
    for (size_t i = 1; i < top.size(); ++i) {
      Require(top[i] != bottom[0],
              "Expected the statistics in a top of their own but found the "
              "bottom for them");
      top[i]->Reshape({1, channels_, 1, 1});
    }
    if (NeedsValues() && bottom[0] == top[0]) normalized_.ReshapeLike(blob);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (bottom[0]->count() == 0) {
      for (size_t i = 1; i < top.size(); ++i) top[i]->data().SetZero();
      return;
    }
    layout_.Choose(bottom[0]->data(), top[0]->data(), bottom[0]->dims(), shape_);
    const ChannelView& view = layout_.view();
    const float* in = layout_.Read(bottom[0]->data());
    FindStatistics(in);
    for (size_t i = 1; i < top.size(); ++i) {
      std::copy_n((i == 1 ? mean_ : variance_).begin(), channels_, top[i]->data().Write());
    }
    Padded(*blobs()[0], scale_);
    Padded(*blobs()[1], shift_);
    float* kept =
        NeedsValues() && bottom[0] == top[0] ? layout_.Write(normalized_.data()) : nullptr;
    float* out = layout_.Write(top[0]->data());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* x = in + piece.offset;
      const float* mean = mean_.data() + piece.channel;
      const float* factor = factor_.data() + piece.channel;
      const float* scale = scale_.data() + piece.channel;
      const float* shift = shift_.data() + piece.channel;
      float* y = out + piece.offset;
      if (kept != nullptr) {
        float* to = kept + piece.offset;
        ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) {
          to[i] = (x[i] - mean[l]) * factor[l];
          y[i] = to[i] * scale[l] + shift[l];
        });
      } else {
        ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) {
          y[i] = (x[i] - mean[l]) * factor[l] * scale[l] + shift[l];
        });
      }
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (bottom[0]->count() == 0) return;
    const bool batch = source_ == Source::kBatch;
    const bool wants_scale = LearnsParam(0) && param_propagate_down(0);
    const bool wants_shift = LearnsParam(1) && param_propagate_down(1);
    const float* dy = layout_.Read(top[0]->diff());
    mean_diff_.assign(mean_.size(), 0.0f);
    mean_product_.assign(mean_.size(), 0.0f);
    // In place, what was kept is normalized already.
    const bool kept = NeedsValues() && bottom[0] == top[0];
    center_ = mean_;
    by_ = factor_;
    if (kept) {
      center_.assign(mean_.size(), 0.0f);
      by_.assign(mean_.size(), 1.0f);
    }
    const float* values = nullptr;
    if (batch || wants_scale) {
      values = layout_.Read(kept ? normalized_.data() : bottom[0]->data());
      SumProducts(values, dy);
    }
    if (batch || wants_shift) SumDiffs(dy);
    if (wants_scale) products_.Give(blobs()[0]->diff(), channels_, true);
    if (wants_shift) diffs_.Give(blobs()[1]->diff(), channels_, true);
    if (!propagate_down[0]) return;
    Padded(*blobs()[0], scale_);
    float* out = layout_.Write(bottom[0]->diff());
    layout_.view().ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* d = dy + piece.offset;
      const float* scale = scale_.data() + piece.channel;
      const float* factor = factor_.data() + piece.channel;
      float* dx = out + piece.offset;
      if (!batch) {
        ForEachValue(lanes, piece.positions,
                     [=](int64_t i, int64_t l) { dx[i] = d[i] * (factor[l] * scale[l]); });
        return;
      }
      const float* v = values + piece.offset;
      const float* center = center_.data() + piece.channel;
      const float* by = by_.data() + piece.channel;
      const float* mean = mean_diff_.data() + piece.channel;
      const float* product = mean_product_.data() + piece.channel;
      ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) {
        const float normalized = (v[i] - center[l]) * by[l];
        dx[i] = factor[l] * scale[l] * (d[i] - mean[l] - normalized * product[l]);
      });
    });
  }

 private:
  // Where mean and variance come from.
  enum class Source { kBatch, kParams, kNone };

  // Whether Backward needs the normalized values.
  bool NeedsValues() const {
    return source_ == Source::kBatch || (LearnsParam(0) && param_propagate_down(0));
  }

  // Sets mean_ and variance_, and factor_, 1 / sqrt(variance + eps).
  void FindStatistics(const float* in) {
    const ChannelView& view = layout_.view();
    const auto padded = static_cast<size_t>(view.padded_channels());
    mean_.assign(padded, 0.0f);
    variance_.assign(padded, 0.0f);
    factor_.assign(padded, 0.0f);
    if (source_ == Source::kNone) {
      std::fill_n(factor_.begin(), channels_, 1.0f);
      return;
    }
    if (source_ == Source::kParams) {
      std::copy_n(blobs()[2]->data().Read(), channels_, mean_.begin());
      std::copy_n(blobs()[3]->data().Read(), channels_, variance_.begin());
    } else {
      batch_.Measure(view, shape_, in, mean_, variance_);
      if (!segnet_) Follow();
    }
    const float eps = segnet_ ? 1e-9f : param().bn_param().eps();
    for (size_t c = 0; c < static_cast<size_t>(channels_); ++c) {
      factor_[c] = 1.0f / std::sqrt(variance_[c] + eps);
    }
  }

  // Lets the statistics in the parameters follow those of the batch.
  void Follow() {
    const float momentum = param().bn_param().momentum();
    float* mean = blobs()[2]->data().ReadWrite();
    float* variance = blobs()[3]->data().ReadWrite();
    for (int c = 0; c < channels_; ++c) {
      const auto i = static_cast<size_t>(c);
      mean[c] = momentum * mean[c] + (1.0f - momentum) * mean_[i];
      variance[c] = momentum * variance[c] + (1.0f - momentum) * variance_[i];
    }
  }

  // One value per channel, padded with zeros to whole blocks.
  void Padded(Blob& param, std::vector<float>& values) const {
    values.assign(static_cast<size_t>(layout_.view().padded_channels()), 0.0f);
    std::copy_n(param.data().Read(), channels_, values.begin());
  }

  // The sums and means of dy times the normalized values.
  void SumProducts(const float* values, const float* diff) {
    const ChannelView& view = layout_.view();
    products_.Reserve(view);
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* v = values + piece.offset;
      const float* dy = diff + piece.offset;
      const float* center = center_.data() + piece.channel;
      const float* by = by_.data() + piece.channel;
      SumValues(lanes, piece.positions, products_.piece(view, index),
                [=](int64_t i, int64_t l) { return dy[i] * ((v[i] - center[l]) * by[l]); });
    });
    Average(products_.Total(view), mean_product_);
  }

  // The sums and means of dy.
  void SumDiffs(const float* diff) {
    const ChannelView& view = layout_.view();
    diffs_.Reserve(view);
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* dy = diff + piece.offset;
      SumValues(lanes, piece.positions, diffs_.piece(view, index),
                [=](int64_t i, int64_t) { return dy[i]; });
    });
    Average(diffs_.Total(view), mean_diff_);
  }

  void Average(const std::vector<double>& totals, std::vector<float>& means) const {
    const double count = static_cast<double>(shape_.outer * shape_.inner);
    for (size_t c = 0; c < means.size(); ++c) means[c] = static_cast<float>(totals[c] / count);
  }

  bool segnet_ = false;
  Source source_ = Source::kBatch;
  int channels_ = 0;
  ChannelShape shape_;
  // Of the last forward pass.
  ChannelLayout layout_;
  // One value per channel, padded with zeros to whole blocks.
  std::vector<float> mean_, variance_, factor_, scale_, shift_;
  // The normalized values are (v - center_) * by_.
  std::vector<float> center_, by_, mean_diff_, mean_product_;
  BatchStatistics batch_;
  ChannelSums diffs_, products_;
  // In place, the values before scale and shift.
  Blob normalized_;
};

}  // namespace

std::unique_ptr<Layer> MakeBn(const caffe::LayerParameter& param) {
  return std::make_unique<BnLayer>(param);
}

}  // namespace crema
