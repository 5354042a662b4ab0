// The same loops, compiled for AVX2 and FMA where the build is for x86-64.
#include "engine/shared/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& Avx2Kernels() { return kKernels; }

}  // namespace crema::ops
