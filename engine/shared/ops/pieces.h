// How the vector math is cut into pieces for threads.
#ifndef CREMA_ENGINE_SHARED_OPS_PIECES_H_
#define CREMA_ENGINE_SHARED_OPS_PIECES_H_

#include <algorithm>
#include <cstdint>

#include "engine/shared/ops/backend.h"
#include "engine/shared/parallel.h"

namespace crema::ops {

// The grains of kernels. They are larger than those in parallel.h, which are for loops compiled for
// four floats per vector: a kernel for AVX2 or AVX-512 takes half the time per value or less.
inline constexpr int64_t kCheap = 2 * kCheapGrain;
inline constexpr int64_t kCostly = 4 * kCostlyGrain;

// Runs body(begin, end) over ranges of 0..count in parallel. Each item is `size` values; `grain` is
// a number of values.
template <class Body>
void InParallel(int64_t count, int64_t size, int64_t grain, const Body& body) {
  if (count <= 0) return;
  ParallelFor(count, std::max<int64_t>(1, grain / std::max<int64_t>(1, size)), body, Threads());
}

}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_PIECES_H_
