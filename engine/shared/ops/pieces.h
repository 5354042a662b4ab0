// How work is cut for threads.
#ifndef CREMA_ENGINE_SHARED_OPS_PIECES_H_
#define CREMA_ENGINE_SHARED_OPS_PIECES_H_

#include <algorithm>
#include <cstdint>

#include "engine/shared/ops/backend.h"
#include "engine/shared/parallel.h"

namespace crema::ops {

// Values below which a thread more costs more than it brings: waking it takes microseconds. For a
// few instructions a value, and for an exponential or the like.
inline constexpr int64_t kCheap = 32768;
inline constexpr int64_t kCostly = 8192;

// Runs body(begin, end) over ranges of 0..count in parallel, each item being `size` values.
template <class Body>
void InParallel(int64_t count, int64_t size, int64_t values, const Body& body) {
  if (count <= 0) return;
  ParallelFor(count, std::max<int64_t>(1, values / std::max<int64_t>(1, size)), body, Threads());
}

}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_PIECES_H_
