// Functions of one float without branches or calls, so that loops over them can be vectorized. Each
// is within 2 units in the last place of the exact value; VectorErf and those after it are within
// 1e-6 of it. All are always inlined: a copy that was compiled for one processor must not be called
// by code that was compiled for another.
#ifndef CREMA_ENGINE_SHARED_VECTOR_MATH_H_
#define CREMA_ENGINE_SHARED_VECTOR_MATH_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace crema {

// e to the power of x. Overflows to infinity and underflows to 0 where std::exp does; NaN stays
// NaN.
[[gnu::always_inline]] inline float VectorExp(float x) {
  // Beyond these bounds the result is 0 or infinity. The comparisons leave NaN as it is.
  x = x < -104.0f ? -104.0f : x;
  x = x > 89.0f ? 89.0f : x;
  // x = n ln 2 + r with |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds to an integer, which is then in
  // the low bits.
  constexpr float kRound = 12582912.0f, kLog2E = 1.44269504f;
  const float rounded = x * kLog2E + kRound;
  const int32_t n = std::bit_cast<int32_t>(rounded) - std::bit_cast<int32_t>(kRound);
  const float whole = rounded - kRound;
  // ln 2 in two parts. The first has few bits, so that n times it is exact.
  const float r = (x - whole * 0.693359375f) - whole * -2.12194440e-4f;
  // exp(r), a polynomial of Cephes' expf.
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = (p * r * r + r) + 1.0f;
  // Multiply by 2^n in two steps, neither of which overflows unless the result does.
  const int32_t half = n >> 1;
  const auto power_of_2 = [](int32_t e) {
    return std::bit_cast<float>(static_cast<uint32_t>(e + 127) << 23);
  };
  return p * power_of_2(half) * power_of_2(n - half);
}

// 1 / (1 + exp(-x)).
[[gnu::always_inline]] inline float VectorSigmoid(float x) { return 1.0f / (1.0f + VectorExp(-x)); }

[[gnu::always_inline]] inline float VectorTanh(float x) {
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

// The natural logarithm of x / 2^shift, for a positive, finite x that is not subnormal.
[[gnu::always_inline]] inline float VectorLogOfNormal(float x, float shift = 0.0f) {
  // x = m 2^e with sqrt(1/2) <= m < sqrt(2): the bits above those of sqrt(1/2) hold e.
  constexpr uint32_t kRoot = 0x3f3504f3;
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  const int32_t exponent = static_cast<int32_t>(bits - kRoot) >> 23;
  const float m = std::bit_cast<float>(bits - (static_cast<uint32_t>(exponent) << 23));
  const float e = static_cast<float>(exponent) - shift;
  // log(1 + r), a polynomial of Cephes' logf.
  const float r = m - 1.0f, square = r * r;
  float p = 7.0376836292e-2f;
  p = p * r - 1.1514610310e-1f;
  p = p * r + 1.1676998740e-1f;
  p = p * r - 1.2420140846e-1f;
  p = p * r + 1.4249322787e-1f;
  p = p * r - 1.6668057665e-1f;
  p = p * r + 2.0000714765e-1f;
  p = p * r - 2.4999993993e-1f;
  p = p * r + 3.3333331174e-1f;
  // ln 2 in two parts, the first of few bits.
  float log = p * square * r - 2.12194440e-4f * e;
  log = log - 0.5f * square;
  return (r + log) + 0.693359375f * e;
}

// The natural logarithm: -infinity for 0, NaN for negative numbers.
[[gnu::always_inline]] inline float VectorLog(float x) {
  // Make a subnormal number normal first.
  const bool tiny = x < 1.17549435e-38f;
  float log = VectorLogOfNormal(tiny ? x * 8388608.0f : x, tiny ? 23.0f : 0.0f);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  log = x == 0.0f ? -kInfinity : log;
  log = x == kInfinity ? kInfinity : log;
  return x >= 0.0f ? log : std::numeric_limits<float>::quiet_NaN();
}

// exp(-z^2) and erfc(z), which the functions below need.
struct ErfcParts {
  float exp, erfc;
};

// For z from 0 to 9.3, where erfc(z) becomes subnormal, and x such that z^2 = factor * x^2. NaN
// stays NaN.
[[gnu::always_inline]] inline ErfcParts VectorErfcParts(float z, float x, float factor) {
  // x^2 in two parts: `high` has so few bits that its square is exact.
  const float high = std::bit_cast<float>(std::bit_cast<int32_t>(x) & ~0xfff);
  const float square = factor * (high * high), low = factor * ((x - high) * (x + high));
  // exp(-square - low), as in VectorExp but without a risk of overflow: -z^2 = n ln 2 + r.
  constexpr float kRound = 12582912.0f, kLog2E = 1.44269504f;
  const float rounded = kRound - (square + low) * kLog2E;
  const int32_t n = std::bit_cast<int32_t>(rounded) - std::bit_cast<int32_t>(kRound);
  const float whole = rounded - kRound;
  const float r = ((-square - whole * 0.693359375f) - whole * -2.12194440e-4f) - low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = (p * r * r + r) + 1.0f;
  const float exp = p * std::bit_cast<float>(static_cast<uint32_t>(n + 127) << 23);
  // erfc(z) = exp(-z^2) t P(t) with t = 1 / (1 + z / 2), where P minimizes the greatest relative
  // error.
  const float t = 1.0f / (1.0f + 0.5f * z);
  float q = -5.882443239e-02f;
  q = q * t + 2.833762835e-01f;
  q = q * t - 4.847045822e-01f;
  q = q * t + 2.751948763e-01f;
  q = q * t - 2.463298456e-02f;
  q = q * t + 2.018368101e-01f;
  q = q * t + 2.433206715e-01f;
  q = q * t + 2.823451558e-01f;
  q = q * t + 2.820881600e-01f;
  return {exp, exp * (q * t)};
}

// The error function.
[[gnu::always_inline]] inline float VectorErf(float x) {
  const float a = std::fabs(x), square = x * x;
  // Near zero, x P(x^2), where P minimizes the greatest relative error.
  float p = 7.853857761e-05f;
  p = p * square - 8.010192536e-04f;
  p = p * square + 5.188327562e-03f;
  p = p * square - 2.685381187e-02f;
  p = p * square + 1.128358515e-01f;
  p = p * square - 3.761262582e-01f;
  p = p * square + 1.128379166e+00f;
  const float z = a > 9.3f ? 9.3f : a;
  const float far = 1.0f - VectorErfcParts(z, z, 1.0f).erfc;
  return a < 1.0f ? p * x : std::copysign(far, x);
}

// The standard normal distribution at x: its density, and its integral up to -|x|. Both are at
// least about 1e-38.
struct NormalParts {
  float density, tail;
};

[[gnu::always_inline]] inline NormalParts VectorNormalParts(float x) {
  const float a = std::fabs(x), near = a > 13.15f ? 13.15f : a;
  const ErfcParts parts = VectorErfcParts(near * 0.707106781f, near, 0.5f);
  return {parts.exp * 0.398942280f, 0.5f * parts.erfc};
}

// x times the standard normal distribution function at x; 0 if that function is below 1e-38, as at
// -infinity.
[[gnu::always_inline]] inline float VectorGelu(float x) {
  const float tail = VectorNormalParts(x).tail;
  return x < -13.1f ? -0.0f : x * (x > 0.0f ? 1.0f - tail : tail);
}

// The derivative of VectorGelu.
[[gnu::always_inline]] inline float VectorGeluSlope(float x) {
  const NormalParts parts = VectorNormalParts(x);
  const float slope = (x > 0.0f ? 1.0f - parts.tail : parts.tail) + x * parts.density;
  return x < -13.1f ? 0.0f : x > 13.1f ? 1.0f : slope;
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_VECTOR_MATH_H_
