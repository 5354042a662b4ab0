// Kernels that compute one number from many. Part of kernel_loops.h, which says how to include it.
#ifndef CREMA_ENGINE_SHARED_OPS_REDUCE_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_REDUCE_LOOPS_H_

#include <cmath>
#include <cstdint>

#include "engine/shared/ops/map_loops.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

// The number of values that are summed in single precision before the sum goes on in double: few
// enough to stay accurate. Each lane sums a part of them.
constexpr int64_t kBlock = 512;
constexpr int64_t kLanes = 32;

// The sum of value(i) for i < n. `value` is called once for each i, so it may store something on
// the way.
template <class Value>
double Sum(int64_t n, const Value& value) {
  double total = 0;
  int64_t at = 0;
  while (at + kLanes <= n) {
    const int64_t stop = n - at < kBlock ? n - kLanes : at + kBlock - kLanes;
    float lanes[kLanes] = {};
    for (; at <= stop; at += kLanes) {
#pragma omp simd
      for (int64_t l = 0; l < kLanes; ++l) lanes[l] += value(at + l);
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t l = 0; l < kLanes; ++l) sum += lanes[l];
    total += static_cast<double>(sum);
  }
  float rest = 0;
#pragma omp simd reduction(+ : rest)
  for (int64_t i = at; i < n; ++i) rest += value(i);
  return total + static_cast<double>(rest);
}

template <class Choice>
float Choose(int64_t n, const float* x, const Choice& choice) {
  float best = x[0];
  int64_t at = 0;
  if (n >= kLanes) {
    float lanes[kLanes];
    for (int64_t l = 0; l < kLanes; ++l) lanes[l] = x[l];
    for (at = kLanes; at + kLanes <= n; at += kLanes) {
#pragma omp simd
      for (int64_t l = 0; l < kLanes; ++l) lanes[l] = choice(x[at + l], lanes[l]);
    }
    for (int64_t l = 0; l < kLanes; ++l) best = choice(lanes[l], best);
  }
  for (; at < n; ++at) best = choice(x[at], best);
  return best;
}

float Greatest(int64_t n, const float* x) {
  return Choose(n, x, [](float a, float b) { return Greater(a, b); });
}

double Reduce(int32_t f, int64_t n, const float* x) {
  switch (f) {
    case CREMA_OPS_SUM:
      return Sum(n, [=](int64_t i) { return x[i]; });
    case CREMA_OPS_ASUM:
      return Sum(n, [=](int64_t i) { return std::fabs(x[i]); });
    case CREMA_OPS_SUMSQ: {
      const double sum = Sum(n, [=](int64_t i) { return x[i] * x[i]; });
      // Squares that overflow or underflow a float are rare, so only they take the slow way.
      if (sum > 1e-30 && sum < 1e38) return sum;
      double exact = 0;
      for (int64_t i = 0; i < n; ++i)
        exact += static_cast<double>(x[i]) * static_cast<double>(x[i]);
      return exact;
    }
    case CREMA_OPS_MAX:
      return static_cast<double>(Greatest(n, x));
    case CREMA_OPS_MIN:
      return static_cast<double>(Choose(n, x, [](float a, float b) { return Lesser(a, b); }));
    default:
      return 0;
  }
}

double Dot(int64_t n, const float* a, const float* b) {
  return Sum(n, [=](int64_t i) { return a[i] * b[i]; });
}

double SquaredDistance(int64_t n, const float* a, const float* b, float* difference) {
  return Sum(n, [=](int64_t i) {
    const float d = a[i] - b[i];
    difference[i] = d;
    return d * d;
  });
}

int64_t Find(int64_t n, const float* x, float value) {
  const bool nan = value != value;
  int64_t i = 0;
  while (i < n && !(x[i] == value || (nan && x[i] != x[i]))) ++i;
  return i;
}

template <class Function>
void ColumnsWith(int64_t rows, int64_t width, double* sums, const Function& function) {
  for (int64_t r = 0; r < rows; ++r) {
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) sums[i] = function(sums[i], r, i);
  }
}

void ReduceColumns(int32_t f, int64_t rows, int64_t stride, int64_t width, const float* x,
                   const float* y, double* sums) {
  const auto of = [=](const float* p, int64_t r, int64_t i) {
    return static_cast<double>(p[r * stride + i]);
  };
  switch (f) {
    case CREMA_OPS_SUM:
      return ColumnsWith(rows, width, sums,
                         [=](double s, int64_t r, int64_t i) { return s + of(x, r, i); });
    case CREMA_OPS_ASUM:
      return ColumnsWith(rows, width, sums, [=](double s, int64_t r, int64_t i) {
        return s + std::fabs(of(x, r, i));
      });
    case CREMA_OPS_SUMSQ:
      return ColumnsWith(rows, width, sums, [=](double s, int64_t r, int64_t i) {
        return s + of(x, r, i) * of(x, r, i);
      });
    case CREMA_OPS_DOT:
      return ColumnsWith(rows, width, sums, [=](double s, int64_t r, int64_t i) {
        return s + of(x, r, i) * of(y, r, i);
      });
    case CREMA_OPS_MAX:
      return ColumnsWith(rows, width, sums, [=](double s, int64_t r, int64_t i) {
        const double v = of(x, r, i);
        return v > s || v != v ? v : s;
      });
    case CREMA_OPS_MIN:
      return ColumnsWith(rows, width, sums, [=](double s, int64_t r, int64_t i) {
        const double v = of(x, r, i);
        return v < s || v != v ? v : s;
      });
  }
}

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_REDUCE_LOOPS_H_
