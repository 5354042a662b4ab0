#include "engine/shared/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& BaselineKernels() { return kKernels; }

std::vector<const Kernels*> UsableKernels() {
  std::vector<const Kernels*> usable = {&BaselineKernels()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    usable.push_back(&Avx2Kernels());
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      usable.push_back(&Avx512Kernels());
    }
  }
#endif
  return usable;
}

const Kernels& BestKernels() {
  static const Kernels& best = *UsableKernels().back();
  return best;
}

}  // namespace crema::ops
