// The bodies of Kernels. Each file that is compiled for one kind of processor includes this once.
// All is of internal linkage, so that the linker cannot take one processor's copy for another's.
#ifndef CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_

#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/shared/ops/kernels.h"
#include "engine/shared/vector_math.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

// Values that are summed in single precision before they go on in double: few enough to stay
// accurate. Each of the lanes takes a part of them.
constexpr int64_t kBlock = 512;
constexpr int64_t kLanes = 32;

template <class Function>
void Each(int64_t n, float* y, const Function& function) {
  // A copy: a write to y can't be taken for a change of what the function holds.
  const Function local = function;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = local(i);
}

template <class Function>
void MapWith(int64_t n, const float* x, float* y, const Function& function) {
  Each(n, y, [=](int64_t i) { return function(x[i]); });
}

void Map(int32_t f, float parameter, int64_t n, const float* x, float* y) {
  switch (f) {
    case CREMA_OPS_ABS:
      return MapWith(n, x, y, [](float v) { return std::fabs(v); });
    case CREMA_OPS_SIGN:
      return MapWith(n, x, y, [](float v) { return v > 0 ? 1.0f : v < 0 ? -1.0f : v; });
    case CREMA_OPS_SQRT:
      return MapWith(n, x, y, [](float v) { return std::sqrt(v); });
    case CREMA_OPS_EXP:
      return MapWith(n, x, y, [](float v) { return VectorExp(v); });
    case CREMA_OPS_LOG:
      return MapWith(n, x, y, [](float v) { return VectorLog(v); });
    case CREMA_OPS_TANH:
      return MapWith(n, x, y, [](float v) { return VectorTanh(v); });
    case CREMA_OPS_SIGMOID:
      return MapWith(n, x, y, [](float v) { return VectorSigmoid(v); });
    case CREMA_OPS_ERF:
      return MapWith(n, x, y, [](float v) { return VectorErf(v); });
    case CREMA_OPS_GELU:
      return MapWith(n, x, y, [](float v) { return VectorGelu(v); });
    case CREMA_OPS_RELU:
      // Of -infinity too, 0.
      if (parameter == 0) return MapWith(n, x, y, [](float v) { return v < 0 ? 0.0f : v; });
      return MapWith(n, x, y, [=](float v) { return v < 0 ? parameter * v : v; });
    case CREMA_OPS_ADD_SCALAR:
      return MapWith(n, x, y, [=](float v) { return v + parameter; });
    case CREMA_OPS_SCALE:
      return MapWith(n, x, y, [=](float v) { return v * parameter; });
    case CREMA_OPS_POWX:
      // The powers that need no more than arithmetic, and then any other.
      if (parameter == 2) return MapWith(n, x, y, [](float v) { return v * v; });
      if (parameter == 3) return MapWith(n, x, y, [](float v) { return v * v * v; });
      if (parameter == 1) return MapWith(n, x, y, [](float v) { return v; });
      if (parameter == -1) return MapWith(n, x, y, [](float v) { return 1.0f / v; });
      if (parameter == -2) return MapWith(n, x, y, [](float v) { return 1.0f / v / v; });
      for (int64_t i = 0; i < n; ++i) y[i] = std::pow(x[i], parameter);
      return;
  }
}

void MapBackward(int32_t f, float parameter, int64_t n, const float* values, const float* dy,
                 float* dx) {
  switch (f) {
    case CREMA_OPS_TANH:
      return Each(n, dx, [=](int64_t i) { return dy[i] * (1 - values[i] * values[i]); });
    case CREMA_OPS_SIGMOID:
      return Each(n, dx, [=](int64_t i) { return dy[i] * (values[i] * (1 - values[i])); });
    case CREMA_OPS_GELU:
      return Each(n, dx, [=](int64_t i) { return dy[i] * VectorGeluSlope(values[i]); });
    case CREMA_OPS_RELU:
      return Each(n, dx, [=](int64_t i) { return values[i] > 0 ? dy[i] : parameter * dy[i]; });
  }
}

// The greater (or lesser) of two; NaN if one of them is.
float Greater(float a, float b) { return a > b || a != a ? a : b; }
float Lesser(float a, float b) { return a < b || a != a ? a : b; }

template <class Function>
void CombineWith(int64_t n, const float* a, const float* b, float* y, const Function& function) {
  Each(n, y, [=](int64_t i) { return function(a[i], b[i]); });
}

void Combine(int32_t f, int64_t n, const float* a, const float* b, float* y) {
  switch (f) {
    case CREMA_OPS_ADD:
      return CombineWith(n, a, b, y, [](float u, float v) { return u + v; });
    case CREMA_OPS_SUB:
      return CombineWith(n, a, b, y, [](float u, float v) { return u - v; });
    case CREMA_OPS_MUL:
      return CombineWith(n, a, b, y, [](float u, float v) { return u * v; });
    case CREMA_OPS_DIV:
      return CombineWith(n, a, b, y, [](float u, float v) { return u / v; });
    case CREMA_OPS_MAX:
      return CombineWith(n, a, b, y, [](float u, float v) { return Greater(u, v); });
    case CREMA_OPS_MIN:
      return CombineWith(n, a, b, y, [](float u, float v) { return Lesser(u, v); });
    case CREMA_OPS_MUL_ADD:
      return Each(n, y, [=](int64_t i) { return y[i] + a[i] * b[i]; });
  }
}

void CombineScalar(int32_t f, int64_t n, const float* a, float b, float* y) {
  switch (f) {
    case CREMA_OPS_ADD:
      return MapWith(n, a, y, [=](float u) { return u + b; });
    case CREMA_OPS_SUB:
      return MapWith(n, a, y, [=](float u) { return u - b; });
    case CREMA_OPS_MUL:
      return MapWith(n, a, y, [=](float u) { return u * b; });
    case CREMA_OPS_DIV:
      return MapWith(n, a, y, [=](float u) { return u / b; });
    case CREMA_OPS_MAX:
      return MapWith(n, a, y, [=](float u) { return Greater(u, b); });
    case CREMA_OPS_MIN:
      return MapWith(n, a, y, [=](float u) { return Lesser(u, b); });
    case CREMA_OPS_MUL_ADD:
      return Each(n, y, [=](int64_t i) { return y[i] + a[i] * b; });
  }
}

void Axpby(float alpha, int64_t n, const float* x, float beta, float* y) {
  if (beta == 0) return MapWith(n, x, y, [=](float v) { return alpha * v; });
  if (beta == 1) return Each(n, y, [=](int64_t i) { return y[i] + alpha * x[i]; });
  Each(n, y, [=](int64_t i) { return beta * y[i] + alpha * x[i]; });
}

// The sum of value(i) for i < n. `value` may do more than give a value, once for each i.
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
      // Squares that no float holds are rare: only then is it done slowly. So is what underflows.
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

// Uniform in [0, 1), 24 bits.
float Unit(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8)) * 0x1.0p-24f;
}

// cos and sin of 2 pi times a word's 2^-32.
struct Direction {
  float cos, sin;
};

[[gnu::always_inline]] inline Direction DirectionOf(uint32_t word) {
  // The nearest quarter of the turn, and what is left: a fraction of a turn from -1/8 to 1/8.
  const uint32_t quarter = (word + 0x20000000u) >> 30;
  const float r = static_cast<float>(static_cast<int32_t>(word - (quarter << 30))) * 0x1.0p-32f;
  const float square = r * r;
  float s = -7.539356271e+01f;
  s = s * square + 8.159235355e+01f;
  s = s * square - 4.134166145e+01f;
  s = (s * square + 6.283185287e+00f) * r;
  float c = 5.920279536e+01f;
  c = c * square - 8.544229795e+01f;
  c = c * square + 6.493931074e+01f;
  c = c * square - 1.973920863e+01f;
  c = c * square + 1.0f;
  const bool swap = (quarter & 1) != 0;
  const float cos = swap ? s : c, sin = swap ? c : s;
  return {quarter == 1 || quarter == 2 ? -cos : cos, quarter >= 2 ? -sin : sin};
}

void Random(int32_t f, float a, float b, int64_t n, const uint32_t* words, float* y) {
  switch (f) {
    case CREMA_OPS_UNIFORM: {
      const float range = b - a;
      return Each(n, y, [=](int64_t i) { return a + range * Unit(words[i]); });
    }
    case CREMA_OPS_BERNOULLI:
      return Each(n, y, [=](int64_t i) { return Unit(words[i]) < a ? 1.0f : 0.0f; });
    case CREMA_OPS_GAUSSIAN:
#pragma omp simd
      for (int64_t i = 0; i < n / 2; ++i) {
        // u in (0, 1]: its logarithm is finite.
        const uint32_t word = words[2 * i];
        const float u = static_cast<float>(static_cast<int32_t>(word >> 1)) * 0x1.0p-31f;
        const float radius = std::sqrt(-2.0f * VectorLog(u + 0x1.0p-32f));
        const Direction direction = DirectionOf(words[2 * i + 1]);
        y[2 * i] = a + b * radius * direction.cos;
        y[2 * i + 1] = a + b * radius * direction.sin;
      }
      return;
  }
}

constexpr Kernels kKernels = {Map,
                              MapBackward,
                              Combine,
                              CombineScalar,
                              Axpby,
                              Reduce,
                              Dot,
                              SquaredDistance,
                              Find,
                              ReduceColumns,
                              Softmax,
                              SoftmaxColumns,
                              SoftmaxBackward,
                              SoftmaxBackwardColumns,
                              Normalize,
                              NormalizeBackward,
                              Random};

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_KERNEL_LOOPS_H_
