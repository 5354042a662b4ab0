// What the vector math needs from the engine that it is part of.
#ifndef CREMA_ENGINE_SHARED_OPS_BACKEND_H_
#define CREMA_ENGINE_SHARED_OPS_BACKEND_H_

#include <cstdint>

namespace crema::ops {

// C = alpha op(A) op(B) + beta C, row-major; A is m x k, B is k x n after op. Throws Error.
void Gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
          int64_t ldc);

// Whether it is fastest to call Gemm from several threads of one team at once.
bool GemmInTeam();

// The number of threads that the calling thread computes with.
int Threads();

}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_BACKEND_H_
