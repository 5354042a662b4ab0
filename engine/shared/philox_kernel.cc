#include "engine/shared/philox_kernel.h"

namespace crema {

void BaselinePhilox(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                    uint32_t* words) {
  PhiloxVectors<2>::Blocks(seed, stream, first, count, words);
}

std::vector<PhiloxKernel> UsablePhiloxKernels() {
  std::vector<PhiloxKernel> usable = {BaselinePhilox};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    usable.push_back(Avx2Philox);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
      usable.push_back(Avx512Philox);
    }
  }
#endif
  return usable;
}

}  // namespace crema
