// The inner loops of the vector math, compiled for every processor, for AVX2 and for AVX-512:
// pieces of work for one thread. What is above them cuts arrays into such pieces and is compiled
// once.
#ifndef CREMA_ENGINE_SHARED_OPS_KERNELS_H_
#define CREMA_ENGINE_SHARED_OPS_KERNELS_H_

#include <cstdint>
#include <vector>

namespace crema::ops {

// The rows that ReduceColumns and what is like it take at once are no wider than this.
inline constexpr int64_t kMaxWidth = 256;

// What crema.h's CREMA_OPS_* numbers stand for; arrays are the same or apart.
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
  // y[i] = alpha x[i] + beta y[i]; y is not read where beta is 0.
  void (*axpby)(float alpha, int64_t n, const float* x, float beta, float* y);
  // SUM, ASUM, SUMSQ, MAX or MIN of x; n >= 1 for the last two.
  double (*reduce)(int32_t f, int64_t n, const float* x);
  double (*dot)(int64_t n, const float* a, const float* b);
  // difference = a - b; the sum of its squares.
  double (*squared_distance)(int64_t n, const float* a, const float* b, float* difference);
  // The first index of `value`, or of a NaN if that is what it is; n if there is none.
  int64_t (*find)(int64_t n, const float* x, float value);
  // sums[i] += sum over rows r of x[r * stride + i], (SUM), of its square (SUMSQ), of x y (DOT);
  // or sums[i] = the greatest (MAX) or least (MIN) of sums[i] and them. i < width <= kMaxWidth.
  void (*reduce_columns)(int32_t f, int64_t rows, int64_t stride, int64_t width, const float* x,
                         const float* y, double* sums);
  // One row: y = softmax(x), or its logarithm.
  void (*softmax)(int64_t n, const float* x, float* y, bool log);
  // `width` <= kMaxWidth columns, whose values are `stride` apart.
  void (*softmax_columns)(int64_t n, int64_t stride, int64_t width, const float* x, float* y,
                          bool log);
  void (*softmax_backward)(int64_t n, const float* y, const float* dy, float* dx, bool log);
  void (*softmax_backward_columns)(int64_t n, int64_t stride, int64_t width, const float* y,
                                   const float* dy, float* dx, bool log);
  // One row: y = (x - mean) * rstd * gamma + beta; gamma and beta may be null.
  void (*normalize)(int64_t n, const float* x, const float* gamma, const float* beta, float epsilon,
                    float* y, float* mean, float* rstd);
  // One row. dx may be null, and so may dgamma and dbeta, which are added to.
  void (*normalize_backward)(int64_t n, const float* x, const float* dy, const float* gamma,
                             float mean, float rstd, float* dx, float* dgamma, float* dbeta);
  // y[i] from word words[i], or for gaussians (n even) from words[i & ~1] and words[i | 1].
  void (*random)(int32_t f, float a, float b, int64_t n, const uint32_t* words, float* y);
};

// For every processor that the engine runs on.
const Kernels& BaselineKernels();
// For this very processor.
const Kernels& BestKernels();
// All that this processor can run, the best one last.
std::vector<const Kernels*> UsableKernels();
// For AVX2 and FMA, whatever this processor has.
const Kernels& Avx2Kernels();
// For AVX-512 (F, BW, VL, DQ), whatever this processor has.
const Kernels& Avx512Kernels();

}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_KERNELS_H_
