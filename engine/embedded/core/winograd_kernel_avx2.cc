// The transforms, compiled for AVX2 and FMA if the build is for x86-64; see processors.cmake.
#include "engine/embedded/core/winograd_kernel.h"

namespace crema {

const WinogradKernel& Avx2WinogradKernel(int taps) { return WinogradKernelOf<8>(taps); }

}  // namespace crema
