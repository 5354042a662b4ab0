// The kernel, compiled for AVX2 and FMA if the build is for x86-64; see processors.cmake.
#include "engine/embedded/core/packed_kernel.h"

namespace crema {

const PackedKernel& Avx2PackedKernel() { return PanelProduct<8>::kKernel; }

}  // namespace crema
