// The generator's inner loop, compiled for AVX-512 if the build is for x86-64; see
// processors.cmake.
#include "engine/shared/philox_kernel.h"

namespace crema {

void Avx512Philox(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint32_t* words) {
  PhiloxVectors<8>::Blocks(seed, stream, first, count, words);
}

}  // namespace crema
