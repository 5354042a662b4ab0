#include "engine/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& BaselineKernels() { return kKernels; }

const Kernels& BestKernels() {
#if defined(__x86_64__)
  static const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return avx2 ? Avx2Kernels() : BaselineKernels();
#else
  return BaselineKernels();
#endif
}

}  // namespace crema::ops
