#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

struct PowerCase {
  float power, scale, shift;
};

caffe::LayerParameter PowerOf(const PowerCase& c) {
  caffe::LayerParameter param = ParamOf("Power");
  param.mutable_power_param()->set_power(c.power);
  param.mutable_power_param()->set_scale(c.scale);
  param.mutable_power_param()->set_shift(c.shift);
  return param;
}

class PowerTest : public testing::TestWithParam<PowerCase> {};

TEST_P(PowerTest, Computes) {
  const PowerCase c = GetParam();
  LayerTester tester(PowerOf(c), {{2, 3, 4, 5}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = std::pow(c.shift + c.scale * v, c.power);
  ExpectNear(expected, tester.TopData(), 1e-6);
}

TEST_P(PowerTest, HasTheRightGradient) {
  const PowerCase c = GetParam();
  for (const bool in_place : {false, true}) {
    LayerTester tester(PowerOf(c), {{2, 3, 4, 5}}, {.in_place = in_place});
    // Finite differences do not work for roots of negative numbers and at poles.
    if (c.power != std::floor(c.power) || c.power < 0) {
      for (float& v : tester.input()) v = 0.5f + std::fabs(v);
    }
    CheckGradients(tester);
  }
}

TEST_P(PowerTest, WorksOnBlockedLayouts) {
  caffe::LayerParameter param = PowerOf(GetParam());
  ExpectSameInBlocks(param, {{2, 19, 2, 3}});
  ExpectSameInBlocks(param, {{2, 16, 2, 3}}, {.in_place = true});
}

INSTANTIATE_TEST_SUITE_P(Cases, PowerTest,
                         testing::Values(PowerCase{1, 1, 0}, PowerCase{1, 0.34f, 0},
                                         PowerCase{1, 1.5f, -2.4f}, PowerCase{2, 0.34f, -2.4f},
                                         PowerCase{2, 1.3f, 0}, PowerCase{0.37f, 0.83f, 2.4f},
                                         PowerCase{3, 0.5f, 1}, PowerCase{0, 0.83f, 1.5f},
                                         PowerCase{2.5f, 0, 1.5f}, PowerCase{-1, 0.7f, 0}));

// Caffe's y / x is 0 / 0 at zero.
TEST(PowerEdgeTest, HasAGradientAtZero) {
  LayerTester tester(PowerOf({3, 1, 0}), {{2}});
  tester.input() = {0, 2};
  tester.top_diff() = {1, 1};
  tester.Forward();
  tester.Backward();
  ExpectNear({0, 12}, tester.BottomDiff());
}

}  // namespace
}  // namespace crema::test
