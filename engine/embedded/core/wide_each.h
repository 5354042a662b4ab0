#ifndef CREMA_ENGINE_EMBEDDED_CORE_WIDE_EACH_H_
#define CREMA_ENGINE_EMBEDDED_CORE_WIDE_EACH_H_

#include <cstdint>

// Compiles a function for AVX2 and AVX-512 as well; the processor decides which one is called. All
// give the same bits: multiplications and additions are not fused (processors.cmake).
#if defined(__x86_64__)
#define CREMA_FOR_ALL_PROCESSORS \
  [[gnu::target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")]]
#else
#define CREMA_FOR_ALL_PROCESSORS
#endif

namespace crema {

// y[i] = function(i) for each i < n, as Each of engine/shared/each.h, by the widest vectors that
// the processor has.
template <class Function>
CREMA_FOR_ALL_PROCESSORS void WideEach(int64_t n, float* y, const Function& function) {
  // A copy, so that the compiler need not expect a write to y to change what the function holds.
  const Function local = function;
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) y[i] = local(i);
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_WIDE_EACH_H_
