// Random numbers from random words, without branches or calls, so that loops over them can be
// vectorized. Always inlined, as the functions of vector_math.h are.
#ifndef CREMA_ENGINE_SHARED_VECTOR_RANDOM_H_
#define CREMA_ENGINE_SHARED_VECTOR_RANDOM_H_

#include <cmath>
#include <cstdint>

#include "engine/shared/vector_math.h"

namespace crema {

// Uniform in [0, 1), 24 bits.
[[gnu::always_inline]] inline float VectorUniform(uint32_t word) {
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

// Two independent standard normal numbers, at most 6.7 away from 0.
struct GaussianPair {
  float first, second;
};

// By Box and Muller's method.
[[gnu::always_inline]] inline GaussianPair VectorGaussians(uint32_t a, uint32_t b) {
  // u in (0, 1], so that its logarithm is finite.
  const float u = static_cast<float>(static_cast<int32_t>(a >> 1)) * 0x1.0p-31f + 0x1.0p-32f;
  const float radius = std::sqrt(-2.0f * VectorLogOfNormal(u));
  const Direction direction = DirectionOf(b);
  return {radius * direction.cos, radius * direction.sin};
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_VECTOR_RANDOM_H_
