// The kernel that turns random words into random numbers. Part of kernel_loops.h, which says how to
// include it.
#ifndef CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_
#define CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_

#include <cmath>
#include <cstdint>

#include "engine/shared/each.h"
#include "engine/shared/vector_math.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

// Uniform in [0, 1), 24 bits.
float Unit(uint32_t word) {
  return static_cast<float>(static_cast<int32_t>(word >> 8)) * 0x1.0p-24f;
}

// The cos and sin of 2 pi * word * 2^-32.
struct Direction {
  float cos, sin;
};

[[gnu::always_inline]] inline Direction DirectionOf(uint32_t word) {
  // The nearest quarter turn, and the rest: -1/8 to 1/8 of a turn.
  const uint32_t quarter = (word + 0x20000000u) >> 30;
  const float r = static_cast<float>(static_cast<int32_t>(word - (quarter << 30))) * 0x1.0p-32f;
  const float square = r * r;
  float s = -7.539356271e+01f;
  s = s * square + 8.159235355e+01f;
  s = s * square - 4.134166145e+01f;
  s = (s * square + 6.283185287e+00f) * r;
  float c = 5.920279536e+01f;
  c = c * square - 8.544229795e+01f;
  c = c * square + 6.493931074e+01f;
  c = c * square - 1.973920863e+01f;
  c = c * square + 1.0f;
  const bool swap = (quarter & 1) != 0;
  const float cos = swap ? s : c, sin = swap ? c : s;
  return {quarter == 1 || quarter == 2 ? -cos : cos, quarter >= 2 ? -sin : sin};
}

void Random(int32_t f, float a, float b, int64_t n, const uint32_t* words, float* y) {
  switch (f) {
    case CREMA_OPS_UNIFORM: {
      const float range = b - a;
      return Each(n, y, [=](int64_t i) { return a + range * Unit(words[i]); });
    }
    case CREMA_OPS_BERNOULLI:
      return Each(n, y, [=](int64_t i) { return Unit(words[i]) < a ? 1.0f : 0.0f; });
    case CREMA_OPS_GAUSSIAN:
#pragma omp simd
      for (int64_t i = 0; i < n / 2; ++i) {
        // u in (0, 1], so that its logarithm is finite.
        const uint32_t word = words[2 * i];
        const float u = static_cast<float>(static_cast<int32_t>(word >> 1)) * 0x1.0p-31f;
        const float radius = std::sqrt(-2.0f * VectorLog(u + 0x1.0p-32f));
        const Direction direction = DirectionOf(words[2 * i + 1]);
        y[2 * i] = a + b * radius * direction.cos;
        y[2 * i + 1] = a + b * radius * direction.sin;
      }
      return;
  }
}

}  // namespace
}  // namespace crema::ops

#endif  // CREMA_ENGINE_SHARED_OPS_RANDOM_LOOPS_H_
