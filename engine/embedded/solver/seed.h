#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_SEED_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_SEED_H_

#include <cstdint>
#include <random>

namespace crema {

// The given seed, or a random one if it is negative.
inline uint64_t SeedOf(int64_t seed) {
  if (seed >= 0) return static_cast<uint64_t>(seed);
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32 | device()) >> 1;
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_SEED_H_
