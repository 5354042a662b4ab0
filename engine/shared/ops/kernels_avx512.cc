// The kernels, compiled for AVX-512 if the build is for x86-64; see processors.cmake.
#include "engine/shared/ops/kernel_loops.h"

namespace crema::ops {

const Kernels& Avx512Kernels() { return kKernels; }

}  // namespace crema::ops
