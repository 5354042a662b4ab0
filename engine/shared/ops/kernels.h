// The inner loops of the vector math, each the work of one thread. They are compiled for every
// processor, for AVX2 and for AVX-512; the code that cuts arrays into pieces for them is compiled
// once.
#ifndef CREMA_ENGINE_SHARED_OPS_KERNELS_H_
#define CREMA_ENGINE_SHARED_OPS_KERNELS_H_

#include <cstdint>
#include <vector>

namespace crema::ops {

// The greatest width of the rows that reduce_columns and its like take at once.
inline constexpr int64_t kMaxWidth = 256;

// `f` is one of crema.h's CREMA_OPS_* numbers. An output may be the same array as an input, but
// must not overlap it in part.
struct Kernels {
  // y[i] = f(x[i]); see crema_ops_map.
  void (*map)(int32_t f, float parameter, int64_t n, const float* x, float* y);
  // dx[i] = dy[i] * f'(values[i]).
  void (*map_backward)(int32_t f, float parameter, int64_t n, const float* values, const float* dy,
                       float* dx);
  // y[i] = f(a[i], b[i]).
  void (*combine)(int32_t f, int64_t n, const float* a, const float* b, float* y);
  // y[i] = f(a[i], b).
  void (*combine_scalar)(int32_t f, int64_t n, const float* a, float b, float* y);
  // y[i] = alpha x[i] + beta y[i]; y is not read if beta is 0.
  void (*axpby)(float alpha, int64_t n, const float* x, float beta, float* y);
  // SUM, ASUM, SUMSQ, MAX or MIN of x; n >= 1 for the last two.
  double (*reduce)(int32_t f, int64_t n, const float* x);
  double (*dot)(int64_t n, const float* a, const float* b);
  // difference = a - b; returns the sum of the squared differences.
  double (*squared_distance)(int64_t n, const float* a, const float* b, float* difference);
  // The first index of `value`, or of any NaN if `value` is NaN; n if there is none.
  int64_t (*find)(int64_t n, const float* x, float value);
  // sums[i] += the sum over rows r of x[r * stride + i] (SUM), of its absolute value (ASUM), of its
  // square (SUMSQ), or of x * y (DOT); or sums[i] = the maximum (MAX) or minimum (MIN) of sums[i]
  // and all of them. i < width <= kMaxWidth.
  void (*reduce_columns)(int32_t f, int64_t rows, int64_t stride, int64_t width, const float* x,
                         const float* y, double* sums);
  // One row: y = softmax(x), or its logarithm.
  void (*softmax)(int64_t n, const float* x, float* y, bool log);
  // The same for `width` <= kMaxWidth columns, whose values are `stride` apart.
  void (*softmax_columns)(int64_t n, int64_t stride, int64_t width, const float* x, float* y,
                          bool log);
  void (*softmax_backward)(int64_t n, const float* y, const float* dy, float* dx, bool log);
  void (*softmax_backward_columns)(int64_t n, int64_t stride, int64_t width, const float* y,
                                   const float* dy, float* dx, bool log);
  // One row: y = (x - mean) * rstd * gamma + beta; gamma and beta may be null.
  void (*normalize)(int64_t n, const float* x, const float* gamma, const float* beta, float epsilon,
                    float* y, float* mean, float* rstd);
  // One row. Adds to dgamma and dbeta; these and dx may be null.
  void (*normalize_backward)(int64_t n, const float* x, const float* dy, const float* gamma,
                             float mean, float rstd, float* dx, float* dgamma, float* dbeta);
  // y[i] from words[i], or for gaussians (n even) from words[i & ~1] and words[i | 1].
  void (*random)(int32_t f, float a, float b, int64_t n, const uint32_t* words, float* y);
};

// Runs on every processor that the engine supports.
const Kernels& BaselineKernels();
// The best for this processor.
const Kernels& BestKernels();
// All that run on this processor, the best one last.
std::vector<const Kernels*> UsableKernels();
// Needs AVX2 and FMA.
const Kernels& Avx2Kernels();
// Needs AVX-512 (F, BW, VL, DQ).
const Kernels& Avx512Kernels();

}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_KERNELS_H_
