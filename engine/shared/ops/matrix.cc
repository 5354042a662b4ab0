// Vector math: products of matrices.
#include <algorithm>
#include <exception>

#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "engine/shared/ops/backend.h"
#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/pieces.h"
#include "ffi/crema.h"

namespace {

using crema::Require;
using crema::border::Guard;
using crema::ops::BestKernels;
using crema::ops::InParallel;
using crema::ops::kCheap;
using crema::ops::Kernels;
using crema::ops::Threads;

// C = beta C: a product of no terms.
void Scale(int64_t m, int64_t n, float beta, float* c, int64_t ldc) {
  for (int64_t row = 0; row < m; ++row) {
    for (int64_t i = 0; i < n; ++i) c[row * ldc + i] = beta == 0 ? 0.0f : beta * c[row * ldc + i];
  }
}

void Multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
              const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
              int64_t ldc) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0 || alpha == 0) return Scale(m, n, beta, c, ldc);
  crema::ops::Gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void CheckLeading(const char* name, int64_t found, int64_t columns) {
  Require(found >= std::max<int64_t>(1, columns), "Expected ", name, " to be ", columns,
          " or more but found ", found);
}

}  // namespace

extern "C" {

crema_status crema_ops_gemm(int32_t transpose_a, int32_t transpose_b, int32_t m, int32_t n,
                            int32_t k, float alpha, const float* a, int32_t lda, const float* b,
                            int32_t ldb, float beta, float* c, int32_t ldc) {
  return Guard([&] {
    CheckLeading("lda", lda, transpose_a != 0 ? m : k);
    CheckLeading("ldb", ldb, transpose_b != 0 ? k : n);
    CheckLeading("ldc", ldc, n);
    Multiply(transpose_a != 0, transpose_b != 0, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  });
}

crema_status crema_ops_gemv(int32_t transpose, int32_t m, int32_t n, float alpha, const float* a,
                            int32_t lda, const float* x, float beta, float* y) {
  return Guard([&] {
    CheckLeading("lda", lda, n);
    const Kernels& kernels = BestKernels();
    const int64_t rows = m, columns = n, leading = lda;
    if (transpose == 0) {
      return InParallel(rows, columns, kCheap, [=, &kernels](int64_t begin, int64_t end) {
        for (int64_t r = begin; r < end; ++r) {
          const auto sum = static_cast<float>(kernels.dot(columns, a + r * leading, x));
          y[r] = beta == 0 ? alpha * sum : alpha * sum + beta * y[r];
        }
      });
    }
    // A few columns at a time, row after row.
    constexpr int64_t kRun = 256;
    InParallel((columns + kRun - 1) / kRun, rows * kRun, kCheap,
               [=, &kernels](int64_t begin, int64_t end) {
                 for (int64_t first = begin * kRun; first < std::min(columns, end * kRun);
                      first += kRun) {
                   const int64_t run = std::min(kRun, columns - first);
                   float sums[kRun] = {};
                   for (int64_t r = 0; r < rows; ++r) {
                     kernels.axpby(alpha * x[r], run, a + r * leading + first, 1, sums);
                   }
                   kernels.axpby(1, run, sums, beta, y + first);
                 }
               });
  });
}

crema_status crema_ops_gemm_batch(const crema_gemm_batch* batch, float alpha, const float* a,
                                  const float* b, float beta, float* c) {
  return Guard([&] {
    const crema_gemm_batch s = *batch;
    CheckLeading("lda", s.lda, s.transpose_a != 0 ? s.m : s.k);
    CheckLeading("ldb", s.ldb, s.transpose_b != 0 ? s.k : s.n);
    CheckLeading("ldc", s.ldc, s.n);
    if (s.outer <= 0 || s.inner <= 0) return;
    std::exception_ptr failure;
    const auto run = [&](int64_t begin, int64_t end) {
      try {
        for (int64_t p = begin; p < end; ++p) {
          const int64_t i = p / s.inner, j = p % s.inner;
          Multiply(s.transpose_a != 0, s.transpose_b != 0, s.m, s.n, s.k, alpha,
                   a + i * s.a_outer_stride + j * s.a_inner_stride, s.lda,
                   b + i * s.b_outer_stride + j * s.b_inner_stride, s.ldb, beta,
                   c + i * s.c_outer_stride + j * s.c_inner_stride, s.ldc);
        }
      } catch (...) {
#pragma omp critical
        failure = std::current_exception();
      }
    };
    const int64_t count = static_cast<int64_t>(s.outer) * s.inner;
    // Each thread computes whole products, unless there are too few of them.
    const int64_t work = std::max<int64_t>(1, static_cast<int64_t>(s.m) * s.n) * std::max(s.k, 1);
    if (crema::ops::GemmInTeam() && count >= 2 * Threads()) {
      crema::ParallelFor(count, std::max<int64_t>(1, 65536 / work), run, Threads());
    } else {
      run(0, count);
    }
    if (failure != nullptr) std::rethrow_exception(failure);
  });
}

}  // extern "C"
