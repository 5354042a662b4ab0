// Kernels that compute each row as a whole: softmax and normalization. Part of kernel_loops.h,
// which says how to include it.
#ifndef CREMA_ENGINE_SHARED_OPS_ROW_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_ROW_LOOPS_H_

#include <cmath>
#include <cstdint>

#include "engine/shared/each.h"
#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/map_loops.h"
#include "engine/shared/ops/reduce_loops.h"
#include "engine/shared/vector_math.h"

namespace crema::ops {
namespace {

void Softmax(int64_t n, const float* x, float* y, bool log) {
  const float greatest = Greatest(n, x);
  if (log) {
    const double sum = Sum(n, [=](int64_t i) { return VectorExp(x[i] - greatest); });
    const float shift = static_cast<float>(std::log(sum));
    return MapWith(n, x, y, [=](float v) { return (v - greatest) - shift; });
  }
  const double sum = Sum(n, [=](int64_t i) {
    const float e = VectorExp(x[i] - greatest);
    y[i] = e;
    return e;
  });
  const auto scale = static_cast<float>(1.0 / sum);
  MapWith(n, y, y, [=](float v) { return v * scale; });
}

void SoftmaxColumns(int64_t n, int64_t stride, int64_t width, const float* x, float* y, bool log) {
  float greatest[kMaxWidth], sums[kMaxWidth];
  for (int64_t i = 0; i < width; ++i) {
    greatest[i] = x[i];
    sums[i] = 0;
  }
  for (int64_t r = 1; r < n; ++r) {
    const float* row = x + r * stride;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) greatest[i] = Greater(row[i], greatest[i]);
  }
  for (int64_t r = 0; r < n; ++r) {
    const float* row = x + r * stride;
    float* to = y + r * stride;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) {
      const float shifted = row[i] - greatest[i], e = VectorExp(shifted);
      to[i] = log ? shifted : e;
      sums[i] += e;
    }
  }
#pragma omp simd
  for (int64_t i = 0; i < width; ++i) sums[i] = log ? VectorLog(sums[i]) : 1.0f / sums[i];
  for (int64_t r = 0; r < n; ++r) {
    float* to = y + r * stride;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) to[i] = log ? to[i] - sums[i] : to[i] * sums[i];
  }
}

void SoftmaxBackward(int64_t n, const float* y, const float* dy, float* dx, bool log) {
  if (log) {
    const float sum = static_cast<float>(Sum(n, [=](int64_t i) { return dy[i]; }));
    return Each(n, dx, [=](int64_t i) { return dy[i] - sum * VectorExp(y[i]); });
  }
  const float dot = static_cast<float>(Dot(n, y, dy));
  Each(n, dx, [=](int64_t i) { return y[i] * (dy[i] - dot); });
}

void SoftmaxBackwardColumns(int64_t n, int64_t stride, int64_t width, const float* y,
                            const float* dy, float* dx, bool log) {
  float sums[kMaxWidth];
  for (int64_t i = 0; i < width; ++i) sums[i] = 0;
  for (int64_t r = 0; r < n; ++r) {
    const float *values = y + r * stride, *diffs = dy + r * stride;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) sums[i] += log ? diffs[i] : values[i] * diffs[i];
  }
  for (int64_t r = 0; r < n; ++r) {
    const float *values = y + r * stride, *diffs = dy + r * stride;
    float* to = dx + r * stride;
    if (log) {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) to[i] = diffs[i] - sums[i] * VectorExp(values[i]);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < width; ++i) to[i] = values[i] * (diffs[i] - sums[i]);
    }
  }
}

void Normalize(int64_t n, const float* x, const float* gamma, const float* beta, float epsilon,
               float* y, float* mean, float* rstd) {
  const double count = static_cast<double>(n);
  const float center = static_cast<float>(Sum(n, [=](int64_t i) { return x[i]; }) / count);
  const double variance = Sum(n,
                              [=](int64_t i) {
                                const float d = x[i] - center;
                                return d * d;
                              }) /
                          count;
  const float scale = static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(epsilon)));
  *mean = center;
  *rstd = scale;
  if (gamma != nullptr && beta != nullptr) {
    Each(n, y, [=](int64_t i) { return (x[i] - center) * scale * gamma[i] + beta[i]; });
  } else if (gamma != nullptr) {
    Each(n, y, [=](int64_t i) { return (x[i] - center) * scale * gamma[i]; });
  } else if (beta != nullptr) {
    Each(n, y, [=](int64_t i) { return (x[i] - center) * scale + beta[i]; });
  } else {
    Each(n, y, [=](int64_t i) { return (x[i] - center) * scale; });
  }
}

void NormalizeBackward(int64_t n, const float* x, const float* dy, const float* gamma, float mean,
                       float rstd, float* dx, float* dgamma, float* dbeta) {
  if (dgamma != nullptr) {
    Each(n, dgamma, [=](int64_t i) { return dgamma[i] + dy[i] * ((x[i] - mean) * rstd); });
  }
  if (dbeta != nullptr) Each(n, dbeta, [=](int64_t i) { return dbeta[i] + dy[i]; });
  if (dx == nullptr) return;
  const float inverse = 1.0f / static_cast<float>(n);
  if (gamma != nullptr) {
    const float sum = static_cast<float>(Sum(n, [=](int64_t i) { return dy[i] * gamma[i]; }));
    const float dot = static_cast<float>(
        Sum(n, [=](int64_t i) { return dy[i] * gamma[i] * ((x[i] - mean) * rstd); }));
    const float m = sum * inverse, d = dot * inverse;
    Each(n, dx,
         [=](int64_t i) { return rstd * (dy[i] * gamma[i] - m - (x[i] - mean) * rstd * d); });
  } else {
    const float sum = static_cast<float>(Sum(n, [=](int64_t i) { return dy[i]; }));
    const float dot =
        static_cast<float>(Sum(n, [=](int64_t i) { return dy[i] * ((x[i] - mean) * rstd); }));
    const float m = sum * inverse, d = dot * inverse;
    Each(n, dx, [=](int64_t i) { return rstd * (dy[i] - m - (x[i] - mean) * rstd * d); });
  }
}

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_ROW_LOOPS_H_
