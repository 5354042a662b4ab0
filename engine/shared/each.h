// The one loop in which a function is applied to many floats: the layers of the embedded engine run
// it over blobs (engine/embedded/layers/map.h), and the kernels of the vector math over plain
// arrays (engine/shared/ops/map_loops.h).
#ifndef CREMA_ENGINE_SHARED_EACH_H_
#define CREMA_ENGINE_SHARED_EACH_H_

#include <cstdint>

namespace crema {

// y[i] = function(i) for each i < n. The function may read y[i], and any array that is y itself or
// apart from it. Static: a copy that was compiled for one processor must not be called by code that
// was compiled for another.
template <class Function>
static void Each(int64_t n, float* y, const Function& function) {
  // A copy, so that the compiler need not expect a write to y to change what the function holds.
  const Function local = function;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = local(i);
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_EACH_H_
