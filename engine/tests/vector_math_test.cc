#include "engine/core/vector_math.h"

#include <gtest/gtest.h>

#include <limits>

namespace crema {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Compares with the exact value at many places, from -limit to limit.
template <class Function, class Exact>
void ExpectClose(Function function, Exact exact, float limit) {
  constexpr int kSteps = 200000;
  for (int i = -kSteps; i <= kSteps; ++i) {
    const float x = limit * static_cast<float>(i) / kSteps;
    const double e = exact(static_cast<double>(x)), found = static_cast<double>(function(x));
    // Two units in the last place, or in that of the smallest normal number.
    const double unit = std::max(std::fabs(e), 1.2e-38) * 0x1.0p-23;
    ASSERT_NEAR(e, found, 2 * unit) << "at " << x;
  }
}

TEST(VectorMathTest, IsClose) {
  ExpectClose(
      VectorExp, [](double x) { return std::exp(x); }, 88.5f);
  ExpectClose(
      VectorExp, [](double x) { return std::exp(x); }, 1.0f);
  ExpectClose(
      VectorSigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 80.0f);
  ExpectClose(
      VectorTanh, [](double x) { return std::tanh(x); }, 20.0f);
  ExpectClose(
      VectorTanh, [](double x) { return std::tanh(x); }, 0.7f);
}

TEST(VectorMathTest, BehavesAtTheEnds) {
  EXPECT_EQ(VectorExp(0), 1);
  EXPECT_EQ(VectorExp(kInfinity), kInfinity);
  EXPECT_EQ(VectorExp(-kInfinity), 0);
  EXPECT_EQ(VectorExp(88.8f), kInfinity);
  EXPECT_NEAR(VectorExp(88.7f), std::exp(static_cast<double>(88.7f)), 1e32);
  EXPECT_TRUE(std::isnan(VectorExp(NAN)));
  EXPECT_EQ(VectorSigmoid(kInfinity), 1);
  EXPECT_EQ(VectorSigmoid(-kInfinity), 0);
  EXPECT_TRUE(std::isnan(VectorSigmoid(NAN)));
  EXPECT_EQ(VectorTanh(0), 0);
  EXPECT_EQ(VectorTanh(kInfinity), 1);
  EXPECT_EQ(VectorTanh(-kInfinity), -1);
  EXPECT_TRUE(std::isnan(VectorTanh(NAN)));
}

}  // namespace
}  // namespace crema
