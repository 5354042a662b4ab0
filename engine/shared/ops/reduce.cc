// Vector math: one number from a whole array. Neither the pieces that are summed nor the order in
// which their sums are added depends on the number of threads.
#include <algorithm>
#include <array>

#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/pieces.h"
#include "ffi/crema.h"

namespace {

using crema::ops::BestKernels;
using crema::ops::InParallel;
using crema::ops::kCheap;
using crema::ops::Kernels;

constexpr int64_t kMostPieces = 256;

// The results of of(begin, size) for each piece of 0..n, combined by join(a, b).
template <class Of, class Join>
double OverPieces(int64_t n, const Of& of, const Join& join) {
  if (n <= 0) return 0;
  // Pieces are whole blocks of the kernels' sums.
  constexpr int64_t kUnit = 16384;
  const int64_t size = std::max<int64_t>(1, n / kUnit / kMostPieces + 1) * kUnit;
  const int64_t pieces = (n + size - 1) / size;
  if (pieces == 1) return of(0, n);
  std::array<double, kMostPieces> results{};
  double* to = results.data();
  InParallel(pieces, size, kCheap, [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) to[p] = of(p * size, std::min(size, n - p * size));
  });
  double result = to[0];
  for (int64_t p = 1; p < pieces; ++p) result = join(result, to[p]);
  return result;
}

double Plus(double a, double b) { return a + b; }

}  // namespace

extern "C" {

double crema_ops_reduce(int32_t f, int32_t n, const float* x) {
  const Kernels& kernels = BestKernels();
  return OverPieces(
      n, [=, &kernels](int64_t at, int64_t size) { return kernels.reduce(f, size, x + at); },
      [=](double a, double b) {
        if (f == CREMA_OPS_MAX) return a > b || a != a ? a : b;
        if (f == CREMA_OPS_MIN) return a < b || a != a ? a : b;
        return a + b;
      });
}

double crema_ops_dot(int32_t n, const float* a, const float* b) {
  const Kernels& kernels = BestKernels();
  return OverPieces(
      n, [=, &kernels](int64_t at, int64_t size) { return kernels.dot(size, a + at, b + at); },
      Plus);
}

double crema_ops_squared_distance(int32_t n, const float* a, const float* b, float* difference) {
  const Kernels& kernels = BestKernels();
  return OverPieces(
      n,
      [=, &kernels](int64_t at, int64_t size) {
        return kernels.squared_distance(size, a + at, b + at, difference + at);
      },
      Plus);
}

int32_t crema_ops_argmax(int32_t n, const float* x) {
  if (n <= 0) return -1;
  const auto greatest = static_cast<float>(crema_ops_reduce(CREMA_OPS_MAX, n, x));
  return static_cast<int32_t>(BestKernels().find(n, x, greatest));
}

}  // extern "C"
