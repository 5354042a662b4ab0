// The transforms, compiled for AVX-512 if the build is for x86-64; see processors.cmake.
#include "engine/embedded/core/winograd_kernel.h"

namespace crema {

const WinogradKernel& Avx512WinogradKernel(int taps) { return WinogradKernelOf<16>(taps); }

}  // namespace crema
