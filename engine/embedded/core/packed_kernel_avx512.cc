// The kernel, compiled for AVX-512 if the build is for x86-64; see processors.cmake.
#include "engine/embedded/core/packed_kernel.h"

namespace crema {

const PackedKernel& Avx512PackedKernel() { return PanelProduct<16>::kKernel; }

}  // namespace crema
