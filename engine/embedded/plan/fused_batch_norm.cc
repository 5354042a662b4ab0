#include "engine/embedded/plan/fused_batch_norm.h"

#include <algorithm>
#include <cmath>

#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/adopts_normalized.h"
#include "engine/embedded/layers/running_statistics.h"
#include "engine/embedded/plan/pattern.h"

namespace crema {

namespace {

// What is multiplied and added for each of kWidth values side by side.
template <int kWidth>
struct Factors {
  float mean[kWidth], factor[kWidth], gamma[kWidth], beta[kWidth];

  float Normalized(float x, int l) const { return (x - mean[l]) * factor[l]; }
  float Scaled(float y, int l) const { return y * gamma[l] + beta[l]; }
};

// The gradient of z: that of the top, where z is above 0.
template <bool kRectifies>
inline float Rectified(float diff, float z) {
  return kRectifies ? diff * (z > 0.0f ? 1.0f : 0.0f) : diff;
}

template <bool kRectifies, int kWidth>
CREMA_FOR_ALL_PROCESSORS void NormalizeRuns(int64_t runs, const float* in, Factors<kWidth> f,
                                            float* out) {
  for (int64_t r = 0; r < runs; ++r, in += kWidth, out += kWidth) {
#pragma omp simd
    for (int l = 0; l < kWidth; ++l) {
      const float z = f.Scaled(f.Normalized(in[l], l), l);
      out[l] = kRectifies && z < 0.0f ? 0.0f : z;
    }
  }
}

template <bool kRectifies, int kWidth>
CREMA_FOR_ALL_PROCESSORS void SumRuns(int64_t runs, const float* in, const float* diff,
                                      Factors<kWidth> f, float* sums, float* products) {
  float sum[kWidth] = {}, product[kWidth] = {};
  for (int64_t r = 0; r < runs; ++r, in += kWidth, diff += kWidth) {
#pragma omp simd
    for (int l = 0; l < kWidth; ++l) {
      const float y = f.Normalized(in[l], l);
      const float d = Rectified<kRectifies>(diff[l], f.Scaled(y, l));
      sum[l] += d;
      product[l] += d * y;
    }
  }
  std::copy_n(sum, kWidth, sums);
  std::copy_n(product, kWidth, products);
}

// dx = factor (gamma dz - mean(gamma dz) - y mean(gamma dz y)), of which only the first term is
// left where the statistics are not those of the batch. `means` holds the means, and gamma.
template <bool kRectifies, bool kBatch, int kWidth>
CREMA_FOR_ALL_PROCESSORS void PropagateRuns(int64_t runs, const float* in, const float* diff,
                                            Factors<kWidth> f, Factors<kWidth> means,
                                            float* scaled_diff, float* out) {
  for (int64_t r = 0; r < runs; ++r, in += kWidth, diff += kWidth, out += kWidth) {
    float scaled[kWidth];
#pragma omp simd
    for (int l = 0; l < kWidth; ++l) {
      const float y = f.Normalized(in[l], l);
      scaled[l] = Rectified<kRectifies>(diff[l], f.Scaled(y, l)) * means.gamma[l];
      out[l] = kBatch ? f.factor[l] * (scaled[l] - means.mean[l] - y * means.factor[l])
                      : scaled[l] * f.factor[l];
    }
    if (scaled_diff != nullptr) {
      std::copy_n(scaled, kWidth, scaled_diff);
      scaled_diff += kWidth;
    }
  }
}

// Runs of a piece of plain memory, where all values have the same factors.
constexpr int kPlainRun = 16;

template <int kWidth>
Factors<kWidth> FactorsAt(bool same, int64_t channel, const std::vector<float>& mean,
                          const std::vector<float>& factor, const std::vector<float>& gamma,
                          const std::vector<float>& beta) {
  Factors<kWidth> factors;
  for (int l = 0; l < kWidth; ++l) {
    const auto c = static_cast<size_t>(same ? channel : channel + l);
    factors.mean[l] = mean[c];
    factors.factor[l] = factor[c];
    factors.gamma[l] = gamma[c];
    factors.beta[l] = beta[c];
  }
  return factors;
}

}  // namespace

std::pair<std::unique_ptr<Fusion>, size_t> FusedBatchNorm::Match(std::vector<NetNode>& nodes,
                                                                 size_t begin) {
  if (begin + 1 >= nodes.size()) return {};
  const NetNode &norm = nodes[begin], &scale = nodes[begin + 1];
  if (!IsPlain(norm, "BatchNorm") || !IsPlain(scale, "Scale")) return {};
  const Blob& blob = *norm.tops[0];
  if (!WorksInPlace(scale, &blob) || blob.num_axes() < 2) return {};
  if (scale.layer->blobs()[0]->shape() != Shape{blob.shape(1)}) return {};
  const auto& scale_param = scale.layer->param().scale_param();
  if (blob.CanonicalAxis(scale_param.axis()) != 1) return {};
  const auto agrees = [&](const NetNode& other) {
    return other.needs_backward == norm.needs_backward &&
           other.propagate_down[0] == norm.needs_backward;
  };
  if (!agrees(norm) || !agrees(scale)) return {};
  // Backward reads the bottom; with fixed statistics BatchNorm alone does not, and so the bottom
  // may be overwritten.
  if (norm.bottoms[0] != norm.tops[0] && norm.needs_backward &&
      UsesGlobalStatistics(norm.layer->param())) {
    return {};
  }
  if (dynamic_cast<AdoptsNormalized*>(norm.layer.get()) == nullptr ||
      dynamic_cast<AdoptsNormalized*>(scale.layer.get()) == nullptr) {
    return {};
  }
  const bool rectifies = begin + 2 < nodes.size() && RectifiesInPlace(nodes[begin + 2], &blob) &&
                         agrees(nodes[begin + 2]);
  return {std::make_unique<FusedBatchNorm>(&nodes[begin], rectifies), rectifies ? 3 : 2};
}

FusedBatchNorm::FusedBatchNorm(NetNode* nodes, bool rectifies)
    : nodes_(nodes),
      rectifies_(rectifies),
      global_(UsesGlobalStatistics(nodes[0].layer->param())) {}

void FusedBatchNorm::TakeScale(std::vector<float>& gamma, std::vector<float>& beta) const {
  const auto padded = static_cast<size_t>(layout_.view().padded_channels());
  gamma.assign(padded, 0.0f);
  beta.assign(padded, 0.0f);
  const auto& blobs = scale().blobs();
  std::copy_n(blobs[0]->data().Read(), shape_.channels, gamma.begin());
  if (has_bias()) std::copy_n(blobs[1]->data().Read(), shape_.channels, beta.begin());
}

bool FusedBatchNorm::Forward() {
  Blob &in = bottom(), &out = top();
  if (in.count() == 0 || IsHeld()) return false;
  shape_ = {in.shape(0), in.shape(1), in.count(2)};
  layout_.Choose(in.data(), out.data(), in.dims(), shape_);
  const ChannelView& view = layout_.view();
  if (view.lanes() != 1 && view.lanes() != 8 && view.lanes() != 16) return false;
  if (keeps_input()) {
    kept_.ReshapeLike(in);
    kept_.data().Exchange(in.data());
  }
  const float* values = layout_.Read(input());
  const auto padded = static_cast<size_t>(view.padded_channels());
  mean_.assign(padded, 0.0f);
  variance_.assign(padded, 0.0f);
  factor_.assign(padded, 0.0f);
  if (global_) {
    TakeStatistics(batch_norm(), mean_, variance_);
  } else {
    batch_.Measure(view, shape_, values, mean_, variance_);
    GatherStatistics(batch_norm(), shape_.outer * shape_.inner, mean_, variance_);
  }
  SetFactors(batch_norm(), variance_, factor_);
  TakeScale(gamma_, beta_);
  NormalizeInput(values);
  return true;
}

void FusedBatchNorm::Restore() { NormalizeInput(layout_.Read(input())); }

void FusedBatchNorm::NormalizeInput(const float* values) {
  float* to = layout_.Write(top().data());
  rectifies_ ? Normalize<true>(values, to) : Normalize<false>(values, to);
}

template <bool kRectifies>
void FusedBatchNorm::Normalize(const float* in, float* out) const {
  layout_.view().ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
    const float* x = in + piece.offset;
    float* y = out + piece.offset;
    if constexpr (std::is_same_v<decltype(lanes), int64_t>) {
      return;  // Forward has refused it.
    } else if constexpr (decltype(lanes)::value == 1) {
      const int64_t runs = piece.positions / kPlainRun, done = runs * kPlainRun;
      NormalizeRuns<kRectifies, kPlainRun>(
          runs, x, FactorsAt<kPlainRun>(true, piece.channel, mean_, factor_, gamma_, beta_), y);
      NormalizeRuns<kRectifies, 1>(piece.positions - done, x + done,
                                   FactorsAt<1>(true, piece.channel, mean_, factor_, gamma_, beta_),
                                   y + done);
    } else {
      constexpr int kWidth = static_cast<int>(decltype(lanes)::value);
      NormalizeRuns<kRectifies, kWidth>(
          piece.positions, x,
          FactorsAt<kWidth>(false, piece.channel, mean_, factor_, gamma_, beta_), y);
    }
  });
}

template <bool kRectifies>
void FusedBatchNorm::SumUp(const float* in, const float* diff) {
  const ChannelView& view = layout_.view();
  sums_.Reserve(view);
  products_.Reserve(view);
  view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
    const float* x = in + piece.offset;
    const float* dy = diff + piece.offset;
    float* sum = sums_.piece(view, index);
    float* product = products_.piece(view, index);
    if constexpr (std::is_same_v<decltype(lanes), int64_t>) {
      return;
    } else if constexpr (decltype(lanes)::value == 1) {
      const int64_t runs = piece.positions / kPlainRun, done = runs * kPlainRun;
      float sums[kPlainRun], products[kPlainRun];
      SumRuns<kRectifies, kPlainRun>(
          runs, x, dy, FactorsAt<kPlainRun>(true, piece.channel, mean_, factor_, gamma_, beta_),
          sums, products);
      SumRuns<kRectifies, 1>(piece.positions - done, x + done, dy + done,
                             FactorsAt<1>(true, piece.channel, mean_, factor_, gamma_, beta_), sum,
                             product);
      for (int l = 0; l < kPlainRun; ++l) {
        *sum += sums[l];
        *product += products[l];
      }
    } else {
      constexpr int kWidth = static_cast<int>(decltype(lanes)::value);
      SumRuns<kRectifies, kWidth>(
          piece.positions, x, dy,
          FactorsAt<kWidth>(false, piece.channel, mean_, factor_, gamma_, beta_), sum, product);
    }
  });
}

template <bool kRectifies, bool kBatch>
void FusedBatchNorm::Propagate(const float* in, const float* diff, float* scaled_diff,
                               float* out) const {
  layout_.view().ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
    const float* x = in + piece.offset;
    const float* dy = diff + piece.offset;
    float* scaled = scaled_diff == nullptr ? nullptr : scaled_diff + piece.offset;
    float* dx = out + piece.offset;
    const auto run = [&]<int kWidth>(std::integral_constant<int, kWidth>, bool same, int64_t runs,
                                     int64_t done) {
      PropagateRuns<kRectifies, kBatch, kWidth>(
          runs, x + done, dy + done,
          FactorsAt<kWidth>(same, piece.channel, mean_, factor_, gamma_, beta_),
          FactorsAt<kWidth>(same, piece.channel, mean_diff_, mean_product_, new_gamma_, beta_),
          scaled == nullptr ? nullptr : scaled + done, dx + done);
    };
    if constexpr (std::is_same_v<decltype(lanes), int64_t>) {
      return;
    } else if constexpr (decltype(lanes)::value == 1) {
      const int64_t runs = piece.positions / kPlainRun, done = runs * kPlainRun;
      run(std::integral_constant<int, kPlainRun>(), true, runs, 0);
      run(std::integral_constant<int, 1>(), true, piece.positions - done, done);
    } else {
      run(std::integral_constant<int, static_cast<int>(decltype(lanes)::value)>(), false,
          piece.positions, 0);
    }
  });
}

bool FusedBatchNorm::Backward() {
  if (IsHeld()) return false;
  const float* in = layout_.Read(input());
  const float* diff = layout_.Read(top().diff());
  std::vector<float> beta;
  TakeScale(new_gamma_, beta);
  const ChannelView& view = layout_.view();
  rectifies_ ? SumUp<true>(in, diff) : SumUp<false>(in, diff);
  const std::vector<double>& sums = sums_.Total(view);
  const std::vector<double>& products = products_.Total(view);
  const auto padded = static_cast<size_t>(view.padded_channels());
  mean_diff_.assign(padded, 0.0f);
  mean_product_.assign(padded, 0.0f);
  const double count = static_cast<double>(shape_.outer * shape_.inner);
  const bool adds_before = batch_norm().param().batch_norm_param().add_eps_before_sqrt();
  for (size_t c = 0; !global_ && c < static_cast<size_t>(shape_.channels); ++c) {
    const double gamma = static_cast<double>(new_gamma_[c]);
    mean_diff_[c] = static_cast<float>(gamma * sums[c] / count);
    mean_product_[c] = static_cast<float>(gamma * products[c] / count);
    const float deviation = std::sqrt(variance_[c]);
    // See BatchNorm: where eps is added to the deviation.
    if (!adds_before && deviation > 0.0f) mean_product_[c] /= deviation * factor_[c];
  }
  if (scale().param_propagate_down(0)) {
    products_.Give(scale().blobs()[0]->diff(), shape_.channels, true);
  }
  if (has_bias() && scale().param_propagate_down(1)) {
    sums_.Give(scale().blobs()[1]->diff(), shape_.channels, true);
  }
  // The gradient of y is what the Scale layer leaves in its blob.
  float* scaled = in_place() ? nullptr : layout_.Write(top().diff());
  float* out = layout_.Write(bottom().diff());
  if (global_) {
    rectifies_ ? Propagate<true, false>(in, diff, scaled, out)
               : Propagate<false, false>(in, diff, scaled, out);
  } else {
    rectifies_ ? Propagate<true, true>(in, diff, scaled, out)
               : Propagate<false, true>(in, diff, scaled, out);
  }
  kept_.data().Recycle();
  return true;
}

void FusedBatchNorm::Separate() {
  if (!nodes_[0].needs_backward) return;  // Nothing will be asked of what the layers keep.
  const auto padded = static_cast<size_t>(layout_.view().padded_channels());
  gamma_.assign(padded, 1.0f);
  beta_.assign(padded, 0.0f);
  Buffer values(layout_.view().count());
  Normalize<false>(layout_.Read(input()), values.get());
  const Normalized normalized = {layout_, mean_, variance_, factor_, values.get()};
  for (size_t i = 0; i < 2; ++i)
    dynamic_cast<AdoptsNormalized&>(*nodes_[i].layer).Adopt(normalized);
}

}  // namespace crema
