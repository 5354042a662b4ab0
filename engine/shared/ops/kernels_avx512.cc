// The same loops, compiled for AVX-512 where the build is for x86-64.
#include "engine/shared/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& Avx512Kernels() { return kKernels; }

}  // namespace crema::ops
