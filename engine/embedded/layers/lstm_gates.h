// The arithmetic of one LSTM step for one stream, after Zaremba and Sutskever, "Learning to
// Execute" (2014), as in Caffe:
//
//   i = sigmoid(a_i)   f = cont sigmoid(a_f)   o = sigmoid(a_o)   g = tanh(a_g)
//   c = f c_before + i g                       h = o tanh(c)
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_LSTM_GATES_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_LSTM_GATES_H_

#include "engine/embedded/core/wide_each.h"
#include "engine/shared/vector_math.h"

namespace crema::lstm {

// Rows have n floats; those named `gates` have four such rows one after the other: i, f, o and g.

// As Caffe computes it, which takes less time than VectorTanh: exact to 1e-7, if not relatively to
// values close to 0.
[[gnu::always_inline]] inline float GateTanh(float x) {
  return 2.0f * VectorSigmoid(2.0f * x) - 1.0f;
}

// gates = the gates' values of `in`, which may be the same memory, plus `offset` if it is not null.
inline void ComputeGates(int64_t n, float cont, const float* in, const float* offset,
                         float* gates) {
  const auto row = [&](int64_t gate, const auto& function) {
    const float* x = in + gate * n;
    if (offset == nullptr) {
      WideEach(n, gates + gate * n, [=](int64_t i) { return function(x[i]); });
      return;
    }
    const float* more = offset + gate * n;
    WideEach(n, gates + gate * n, [=](int64_t i) { return function(x[i] + more[i]); });
  };
  const auto sigmoid = [](float x) { return VectorSigmoid(x); };
  row(0, sigmoid);
  row(1, [=](float x) { return cont == 0.0f ? 0.0f : cont * VectorSigmoid(x); });
  row(2, sigmoid);
  row(3, [](float x) { return GateTanh(x); });
}

// From the gates' values.
inline void ComputeStates(int64_t n, const float* gates, const float* before, float* cell,
                          float* cell_tanh, float* hidden) {
  const float *i = gates, *f = gates + n, *o = gates + 2 * n, *g = gates + 3 * n;
  WideEach(n, cell, [=](int64_t k) { return f[k] * before[k] + i[k] * g[k]; });
  WideEach(n, cell_tanh, [=](int64_t k) { return GateTanh(cell[k]); });
  WideEach(n, hidden, [=](int64_t k) { return o[k] * cell_tanh[k]; });
}

// The gradients of a_i, a_f, a_o and a_g, and of c_before, which may be the same memory as
// cell_diff. Caffe takes f (1 - f) for the slope of f also where cont is not 0 or 1.
CREMA_FOR_ALL_PROCESSORS inline void ComputeDiffs(int64_t n, const float* gates,
                                                  const float* before, const float* cell_tanh,
                                                  const float* cell_diff, const float* hidden_diff,
                                                  float* gates_diff, float* before_diff) {
  const float *i = gates, *f = gates + n, *o = gates + 2 * n, *g = gates + 3 * n;
  float *di = gates_diff, *df = gates_diff + n, *d_o = gates_diff + 2 * n, *dg = gates_diff + 3 * n;
#pragma omp simd
  for (int64_t k = 0; k < n; ++k) {
    const float t = cell_tanh[k], dh = hidden_diff[k];
    const float dc = cell_diff[k] + dh * o[k] * (1.0f - t * t);
    di[k] = dc * g[k] * i[k] * (1.0f - i[k]);
    df[k] = dc * before[k] * f[k] * (1.0f - f[k]);
    d_o[k] = dh * t * o[k] * (1.0f - o[k]);
    dg[k] = dc * i[k] * (1.0f - g[k] * g[k]);
    before_diff[k] = dc * f[k];
  }
}

}  // namespace crema::lstm

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_LSTM_GATES_H_
