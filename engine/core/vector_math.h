// Functions of one float without branches or calls, so that loops over them become vector code.
// Each is within 2 units in the last place of the exact value.
#ifndef CREMA_ENGINE_CORE_VECTOR_MATH_H_
#define CREMA_ENGINE_CORE_VECTOR_MATH_H_

#include <bit>
#include <cmath>
#include <cstdint>

namespace crema {

// e to the x. Overflows to infinity and underflows to 0 where std::exp does; NaN stays NaN.
inline float VectorExp(float x) {
  // Outside of these the result is 0 or infinity; so a NaN, and no other value, is left as it is.
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, which then stands
  // in the low bits.
  constexpr float kRound = 12582912.0f, kLog2E = 1.44269504f;
  const float rounded = x * kLog2E + kRound;
  const int32_t n = std::bit_cast<int32_t>(rounded) - std::bit_cast<int32_t>(kRound);
  const float whole = rounded - kRound;
  // ln 2 in two parts, the first with few bits, so that n times it is exact.
  const float r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  // exp(r), a polynomial of Cephes' expf.
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = (p * r * r + r) + 1.0f;
  // Times 2^n, in two steps: neither overflows where the product does not.
  const int32_t half = n >> 1;
  const auto power_of_2 = [](int32_t e) {
    return std::bit_cast<float>(static_cast<uint32_t>(e + 127) << 23);
  };
  return p * power_of_2(half) * power_of_2(n - half);
}

// 1 / (1 + exp(-x)).
inline float VectorSigmoid(float x) { return 1.0f / (1.0f + VectorExp(-x)); }

inline float VectorTanh(float x) {
  const float a = std::fabs(x), square = x * x;
  // Near zero, a polynomial of Cephes' tanhf.
  float p = -5.70498872745e-3f;
  p = p * square + 2.06390887954e-2f;
  p = p * square - 5.37397155531e-2f;
  p = p * square + 1.33314422036e-1f;
  p = p * square - 3.33332819422e-1f;
  const float near = p * square * x + x;
  const float far = std::copysign(1.0f - 2.0f / (VectorExp(2.0f * a) + 1.0f), x);
  return a < 0.625f ? near : far;
}

}  // namespace crema

#endif  // CREMA_ENGINE_CORE_VECTOR_MATH_H_
