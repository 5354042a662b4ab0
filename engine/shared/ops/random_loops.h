// The kernel that turns random words into random numbers. Part of kernel_loops.h, which says how to
// include it.
#ifndef CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_

#include <cstdint>

#include "engine/shared/each.h"
#include "engine/shared/vector_random.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

void Random(int32_t f, float a, float b, int64_t n, const uint32_t* words, float* y) {
  switch (f) {
    case CREMA_OPS_UNIFORM: {
      const float range = b - a;
      return Each(n, y, [=](int64_t i) { return a + range * VectorUniform(words[i]); });
    }
    case CREMA_OPS_BERNOULLI:
      return Each(n, y, [=](int64_t i) { return VectorUniform(words[i]) < a ? 1.0f : 0.0f; });
    case CREMA_OPS_GAUSSIAN:
#pragma omp simd
      for (int64_t i = 0; i < n / 2; ++i) {
        const GaussianPair pair = VectorGaussians(words[2 * i], words[2 * i + 1]);
        y[2 * i] = a + b * pair.first;
        y[2 * i + 1] = a + b * pair.second;
      }
      return;
  }
}

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_
