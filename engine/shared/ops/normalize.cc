// Vector math: rows with mean 0 and variance 1, as layer and group normalization need them.
#include <algorithm>
#include <vector>

#include "engine/shared/border.h"
#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/pieces.h"
#include "ffi/crema.h"

namespace {

using crema::ops::BestKernels;
using crema::ops::InParallel;
using crema::ops::kCheap;
using crema::ops::Kernels;

// Gradients of up to this many rows are summed in single precision before the sum goes on in
// double.
constexpr int64_t kRows = 32;
// The rows are cut into this many parts, each with its own sums, so no more threads can help.
constexpr int64_t kParts = 8;

// Overwrites dx, and adds to dgamma and dbeta; see crema_ops_normalize_backward.
void NormalizeBackward(int64_t rows, int64_t length, const float* x, const float* dy,
                       const float* gamma, const float* mean, const float* rstd, float* dx,
                       float* dgamma, float* dbeta) {
  if (length <= 0 || rows <= 0) return;
  const Kernels& kernels = BestKernels();
  if (dgamma == nullptr && dbeta == nullptr) {
    InParallel(rows, length, kCheap / 2, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const int64_t at = r * length;
        kernels.normalize_backward(length, x + at, dy + at, gamma, mean[r], rstd[r], dx + at,
                                   nullptr, nullptr);
      }
    });
    return;
  }
  // A part's sums: in double, those of the blocks so far; in float, those of the current block.
  const int64_t parts = std::min(kParts, rows);
  std::vector<double> totals(static_cast<size_t>(parts * 2 * length));
  std::vector<float> blocks(static_cast<size_t>(parts * 2 * length));
  double* const total = totals.data();
  float* const block = blocks.data();
  InParallel(parts, rows * length / parts, kCheap / 2, [=, &kernels](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      double* sums = total + p * 2 * length;
      float* now = block + p * 2 * length;
      const int64_t last = rows * (p + 1) / parts;
      for (int64_t r = rows * p / parts; r < last;) {
        const int64_t stop = std::min(last, r + kRows);
        std::fill_n(now, 2 * length, 0.0f);
        for (; r < stop; ++r) {
          const int64_t at = r * length;
          kernels.normalize_backward(
              length, x + at, dy + at, gamma, mean[r], rstd[r], dx == nullptr ? nullptr : dx + at,
              dgamma == nullptr ? nullptr : now, dbeta == nullptr ? nullptr : now + length);
        }
        for (int64_t i = 0; i < 2 * length; ++i) sums[i] += static_cast<double>(now[i]);
      }
    }
  });
  for (int64_t p = 1; p < parts; ++p) {
    for (int64_t i = 0; i < 2 * length; ++i) total[i] += total[p * 2 * length + i];
  }
  for (int64_t i = 0; i < length; ++i) {
    if (dgamma != nullptr) dgamma[i] += static_cast<float>(total[i]);
    if (dbeta != nullptr) dbeta[i] += static_cast<float>(total[length + i]);
  }
}

}  // namespace

extern "C" {

void crema_ops_normalize(int32_t rows, int32_t n, const float* x, const float* gamma,
                         const float* beta, float epsilon, float* y, float* mean, float* rstd) {
  if (n <= 0) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = n;
  InParallel(rows, length, kCheap / 2, [=, &kernels](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      kernels.normalize(length, x + r * length, gamma, beta, epsilon, y + r * length, mean + r,
                        rstd + r);
    }
  });
}

crema_status crema_ops_normalize_backward(int32_t rows, int32_t n, const float* x, const float* dy,
                                          const float* gamma, const float* mean, const float* rstd,
                                          float* dx, float* dgamma, float* dbeta) {
  return crema::border::Guard(
      [&] { NormalizeBackward(rows, n, x, dy, gamma, mean, rstd, dx, dgamma, dbeta); });
}

}  // extern "C"
