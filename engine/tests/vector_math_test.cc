#include "engine/shared/vector_math.h"

#include <gtest/gtest.h>

#include <limits>
#include <numbers>

namespace crema {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

// The functions are always inlined, but a pointer to one needs a function that is not.
constexpr auto kVectorExp = [](float x) { return VectorExp(x); };
constexpr auto kVectorSigmoid = [](float x) { return VectorSigmoid(x); };
constexpr auto kVectorTanh = [](float x) { return VectorTanh(x); };
constexpr auto kVectorLog = [](float x) { return VectorLog(x); };
constexpr auto kVectorErf = [](float x) { return VectorErf(x); };
constexpr auto kVectorGelu = [](float x) { return VectorGelu(x); };

// Compares with the exact values at many places from -limit to limit.
template <class Function, class Exact>
void ExpectCloseUlps(Function function, Exact exact, float limit) {
  constexpr int kSteps = 200000;
  for (int i = -kSteps; i <= kSteps; ++i) {
    const float x = limit * static_cast<float>(i) / kSteps;
    const double e = exact(static_cast<double>(x)), found = static_cast<double>(function(x));
    // Two units in the last place, at least those of the smallest normal number.
    const double unit = std::max(std::fabs(e), 1.2e-38) * 0x1.0p-23;
    ASSERT_NEAR(e, found, 2 * unit) << "at " << x;
  }
}

TEST(VectorMathTest, IsClose) {
  ExpectCloseUlps(
      kVectorExp, [](double x) { return std::exp(x); }, 88.5f);
  ExpectCloseUlps(
      kVectorExp, [](double x) { return std::exp(x); }, 1.0f);
  ExpectCloseUlps(
      kVectorSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 80.0f);
  ExpectCloseUlps(
      kVectorTanh, [](double x) { return std::tanh(x); }, 20.0f);
  ExpectCloseUlps(
      kVectorTanh, [](double x) { return std::tanh(x); }, 0.7f);
}

// Like ExpectCloseUlps, but allows an error of a millionth, or one that no layer can tell from 0.
template <class Function, class Exact>
void ExpectNearUlps(Function function, Exact exact, float from, float to) {
  constexpr int kSteps = 400000;
  for (int i = 0; i <= kSteps; ++i) {
    const float x = from + (to - from) * (static_cast<float>(i) / kSteps);
    const double e = exact(static_cast<double>(x)), found = static_cast<double>(function(x));
    ASSERT_NEAR(e, found, 1e-6 * std::fabs(e) + 3e-38) << "at " << x;
  }
}

double Normal(double x) { return 0.5 * std::erfc(-x * std::sqrt(0.5)); }
double Density(double x) { return std::exp(-0.5 * x * x) / std::sqrt(2 * std::numbers::pi); }

TEST(VectorMathTest, LogarithmAndErrorFunctionAreClose) {
  const auto log = [](double x) { return std::log(x); };
  ExpectNearUlps(kVectorLog, log, 1e-3f, 3.0f);
  ExpectNearUlps(kVectorLog, log, 3.0f, 1e6f);
  ExpectNearUlps(kVectorLog, log, 1e-38f, 1e-36f);
  ExpectNearUlps(kVectorLog, log, 1e36f, 3e38f);
  ExpectNearUlps(
      kVectorErf, [](double x) { return std::erf(x); }, -1.5f, 1.5f);
  ExpectNearUlps(
      kVectorErf, [](double x) { return std::erf(x); }, -12.0f, 12.0f);
  ExpectNearUlps(
      kVectorErf, [](double x) { return std::erf(x); }, -1e-30f, 1e-30f);
}

TEST(VectorMathTest, GeluIsCloseInItsTails) {
  const auto gelu = [](double x) { return x * Normal(x); };
  ExpectNearUlps(kVectorGelu, gelu, -13.0f, 13.0f);
  ExpectNearUlps(kVectorGelu, gelu, -1e-3f, 1e-3f);
  ExpectNearUlps(kVectorGelu, gelu, -100.0f, 100.0f);
  // The derivative has a root near -0.75.
  const auto slope = [](double x) { return Normal(x) + x * Density(x); };
  for (int i = -20000; i <= 20000; ++i) {
    const float x = static_cast<float>(i) * 1e-3f;
    const double e = slope(static_cast<double>(x));
    ASSERT_NEAR(e, static_cast<double>(VectorGeluSlope(x)), 3e-7 * std::max(1.0, std::fabs(e)));
  }
}

TEST(VectorMathTest, BehavesAtTheEnds) {
  EXPECT_EQ(VectorLog(0), -kInf);
  EXPECT_EQ(VectorLog(-0.0f), -kInf);
  EXPECT_EQ(VectorLog(1), 0);
  EXPECT_EQ(VectorLog(kInf), kInf);
  EXPECT_NEAR(VectorLog(1e-45f), std::log(static_cast<double>(1e-45f)), 1e-5);
  EXPECT_TRUE(std::isnan(VectorLog(-1)));
  EXPECT_TRUE(std::isnan(VectorLog(-kInf)));
  EXPECT_TRUE(std::isnan(VectorLog(NAN)));
  EXPECT_EQ(VectorErf(kInf), 1);
  EXPECT_EQ(VectorErf(-kInf), -1);
  EXPECT_EQ(VectorErf(0), 0);
  EXPECT_TRUE(std::isnan(VectorErf(NAN)));
  EXPECT_EQ(VectorGelu(kInf), kInf);
  EXPECT_EQ(VectorGelu(-kInf), 0);
  EXPECT_EQ(VectorGelu(0), 0);
  EXPECT_TRUE(std::isnan(VectorGelu(NAN)));
  EXPECT_EQ(VectorGeluSlope(kInf), 1);
  EXPECT_EQ(VectorGeluSlope(-kInf), 0);
  EXPECT_TRUE(std::isnan(VectorGeluSlope(NAN)));
  EXPECT_EQ(VectorExp(0), 1);
  EXPECT_EQ(VectorExp(kInf), kInf);
  EXPECT_EQ(VectorExp(-kInf), 0);
  EXPECT_EQ(VectorExp(88.8f), kInf);
  EXPECT_NEAR(VectorExp(88.7f), std::exp(static_cast<double>(88.7f)), 1e32);
  EXPECT_TRUE(std::isnan(VectorExp(NAN)));
  EXPECT_EQ(VectorSigmoid(kInf), 1);
  EXPECT_EQ(VectorSigmoid(-kInf), 0);
  EXPECT_TRUE(std::isnan(VectorSigmoid(NAN)));
  EXPECT_EQ(VectorTanh(0), 0);
  EXPECT_EQ(VectorTanh(kInf), 1);
  EXPECT_EQ(VectorTanh(-kInf), -1);
  EXPECT_TRUE(std::isnan(VectorTanh(NAN)));
}

}  // namespace
}  // namespace crema
