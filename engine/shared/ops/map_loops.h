// Kernels that compute each value by itself. Part of kernel_loops.h, which says how to include it.
#ifndef CREMA_ENGINE_SHARED_OPS_MAP_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_MAP_LOOPS_H_

#include <cmath>
#include <cstdint>

#include "engine/shared/each.h"
#include "engine/shared/vector_math.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

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
      // 0 for -infinity too, where 0 * v would be NaN.
      if (parameter == 0) return MapWith(n, x, y, [](float v) { return v < 0 ? 0.0f : v; });
      return MapWith(n, x, y, [=](float v) { return v < 0 ? parameter * v : v; });
    case CREMA_OPS_ADD_SCALAR:
      return MapWith(n, x, y, [=](float v) { return v + parameter; });
    case CREMA_OPS_SCALE:
      return MapWith(n, x, y, [=](float v) { return v * parameter; });
    case CREMA_OPS_POWX:
      // Some powers need only arithmetic.
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

// The greater (or lesser) of two; NaN if either is NaN.
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

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_MAP_LOOPS_H_
