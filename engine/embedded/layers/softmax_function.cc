#include "engine/embedded/layers/softmax_function.h"

#include <algorithm>
#include <cmath>

#include "engine/embedded/layers/map.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// These use std::exp and sum in order, without a vector exponential, because layers/softmax_loss.ts
// computes the same bits: training with the loss in TypeScript is the same training (its test
// compares 200 iterations).
void RowForward(int64_t channels, const float* in, float* out) {
  float most = in[0];
  for (int64_t c = 1; c < channels; ++c) most = std::max(most, in[c]);
  float sum = 0;
  for (int64_t c = 0; c < channels; ++c) {
    out[c] = std::exp(in[c] - most);
    sum += out[c];
  }
  for (int64_t c = 0; c < channels; ++c) out[c] /= sum;
}

void RowBackward(int64_t channels, const float* out, const float* out_diff, float* in_diff) {
  float dot = 0;
  for (int64_t c = 0; c < channels; ++c) dot += out_diff[c] * out[c];
  for (int64_t c = 0; c < channels; ++c) in_diff[c] = (out_diff[c] - dot) * out[c];
}

// The number of positions computed together if inner > 1: their sums fit on the stack and in a
// cache.
constexpr int64_t kStrip = 128;

void StripForward(int64_t channels, int64_t inner, int64_t count, const float* in, float* out) {
  float most[kStrip], sum[kStrip];
  std::copy_n(in, count, most);
  for (int64_t c = 1; c < channels; ++c) {
    for (int64_t i = 0; i < count; ++i) most[i] = std::max(most[i], in[c * inner + i]);
  }
  std::fill_n(sum, count, 0.0f);
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < count; ++i) {
      const float e = std::exp(in[c * inner + i] - most[i]);
      out[c * inner + i] = e;
      sum[i] += e;
    }
  }
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < count; ++i) out[c * inner + i] /= sum[i];
  }
}

void StripBackward(int64_t channels, int64_t inner, int64_t count, const float* out,
                   const float* out_diff, float* in_diff) {
  float dot[kStrip] = {};
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < count; ++i) dot[i] += out_diff[c * inner + i] * out[c * inner + i];
  }
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < count; ++i) {
      in_diff[c * inner + i] = (out_diff[c * inner + i] - dot[i]) * out[c * inner + i];
    }
  }
}

// Calls body(offset, positions) for each strip of inner positions, or for each row if inner is 1.
template <class Body>
void ForEachStrip(const SoftmaxView& view, int64_t grain, const Body& body) {
  if (view.outer == 0 || view.inner == 0 || view.channels == 0) return;
  const int64_t strips = (view.inner + kStrip - 1) / kStrip;
  const int64_t strip_size = view.channels * std::min(view.inner, kStrip);
  ParallelFor(view.outer * strips, std::max<int64_t>(1, grain / strip_size),
              [&](int64_t begin, int64_t end) {
                for (int64_t s = begin; s < end; ++s) {
                  const int64_t at = s % strips * kStrip;
                  body(s / strips * view.channels * view.inner + at,
                       std::min(kStrip, view.inner - at));
                }
              });
}

}  // namespace

void SoftmaxForward(const SoftmaxView& view, const float* in, float* out) {
  ForEachStrip(view, kCostlyGrain, [&](int64_t offset, int64_t count) {
    if (view.inner == 1) {
      RowForward(view.channels, in + offset, out + offset);
    } else {
      StripForward(view.channels, view.inner, count, in + offset, out + offset);
    }
  });
}

void SoftmaxBackward(const SoftmaxView& view, const float* out, const float* out_diff,
                     float* in_diff) {
  ForEachStrip(view, kCheapGrain, [&](int64_t offset, int64_t count) {
    if (view.inner == 1) {
      RowBackward(view.channels, out + offset, out_diff + offset, in_diff + offset);
    } else {
      StripBackward(view.channels, view.inner, count, out + offset, out_diff + offset,
                    in_diff + offset);
    }
  });
}

}  // namespace crema
