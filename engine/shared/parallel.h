#ifndef CREMA_ENGINE_SHARED_PARALLEL_H_
#define CREMA_ENGINE_SHARED_PARALLEL_H_

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace crema {

// A grain is the number of values for which it pays to wake one more thread, which takes
// microseconds: kCheapGrain if a value takes a few instructions, kCostlyGrain if it takes an
// exponential or the like.
inline constexpr int64_t kCheapGrain = 16384;
inline constexpr int64_t kCostlyGrain = 2048;

// Runs body(begin, end) over contiguous ranges that make up 0..count, on the calling thread's
// OpenMP team; on the calling thread alone if there are fewer than 2 * grain items. The same number
// of threads gives the same ranges. The body must not throw.
template <class Body>
void ParallelFor(int64_t count, int64_t grain, const Body& body,
                 int limit = omp_get_max_threads()) {
  const int64_t most = std::max<int64_t>(1, count / std::max<int64_t>(1, grain));
  const int threads = static_cast<int>(std::min<int64_t>(most, limit));
  if (threads <= 1 || omp_in_parallel()) {
    body(int64_t{0}, count);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
    const int64_t team = omp_get_num_threads(), me = omp_get_thread_num();
    body(count * me / team, count * (me + 1) / team);
  }
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_PARALLEL_H_
