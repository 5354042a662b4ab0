// The kernels, compiled for AVX2 and FMA if the build is for x86-64; see processors.cmake.
#include "engine/shared/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& Avx2Kernels() { return kKernels; }

}  // namespace crema::ops
