// What the vector math needs from libcaffe's BLAS.
#include "engine/libcaffe/threads.h"
#include "engine/shared/ops/backend.h"

extern "C" {
#include <cblas.h>
}

namespace crema::ops {

void Gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
          int64_t ldc) {
  const auto whole = [](int64_t value) { return static_cast<int>(value); };
  cblas_sgemm(CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans,
              transpose_b ? CblasTrans : CblasNoTrans, whole(m), whole(n), whole(k), alpha, a,
              whole(lda), b, whole(ldb), beta, c, whole(ldc));
}

// A BLAS has its own threads.
bool GemmInTeam() { return false; }

int Threads() { return libcaffe::Threads(); }

}  // namespace crema::ops
