// What the vector math needs from the embedded engine.
#include <omp.h>

#include "engine/embedded/core/onednn.h"
#include "engine/shared/ops/backend.h"

namespace crema::ops {

void Gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
          int64_t ldc) {
  onednn::Gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

// oneDNN notices that it is called within a team, and uses one thread.
bool GemmInTeam() { return true; }

int Threads() { return omp_get_max_threads(); }

}  // namespace crema::ops
