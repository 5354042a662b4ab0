#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter LogOf(float base, float scale, float shift) {
  caffe::LayerParameter param = ParamOf("Log");
  param.mutable_log_param()->set_base(base);
  param.mutable_log_param()->set_scale(scale);
  param.mutable_log_param()->set_shift(shift);
  return param;
}

TEST(LogTest, Computes) {
  for (const float base : {-1.0f, 2.0f, 0.5f}) {
    LayerTester tester(LogOf(base, 1.5f, 4), {{3, 11}});
    tester.Forward();
    Values expected = tester.input();
    for (float& v : expected) v = std::log(4 + 1.5f * v) / (base == -1 ? 1 : std::log(base));
    ExpectNear(expected, tester.TopData(), 1e-5);
  }
}

TEST(LogTest, HasTheRightGradient) {
  for (const float base : {-1.0f, 2.0f, 0.5f}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(LogOf(base, -0.5f, 4), {{2, 3, 4, 5}}, {.in_place = in_place});
      CheckGradients(tester);
    }
  }
}

// log(0) is no number that the padding of a layout may hold.
TEST(LogTest, WorksOnBlockedLayouts) {
  const auto param = LogOf(-1, 1, 0);
  LayerTester plain(param, {{2, 19, 2, 3}}), blocked(param, {{2, 19, 2, 3}}, {.block = 8});
  for (float& v : plain.input()) v = 0.1f + std::fabs(v);
  blocked.input() = plain.input();
  blocked.top_diff() = plain.top_diff();
  for (LayerTester* tester : {&plain, &blocked}) {
    tester->Forward();
    tester->Backward();
  }
  ExpectNear(plain.TopData(), blocked.TopData());
  ExpectNear(plain.BottomDiff(), blocked.BottomDiff());
  ExpectSameInBlocks(LogOf(-1, 1, 5), {{2, 19, 2, 3}}, {.in_place = true});
}

TEST(LogTest, RefusesABaseWithoutALogarithm) {
  EXPECT_EQ(ErrorOf(LogOf(0, 1, 0), {{2}}), "Expected a base above 0, or -1 for e, but found 0");
  EXPECT_EQ(ErrorOf(LogOf(1, 1, 0), {{2}}), "Expected a base other than 1 but found 1");
}

}  // namespace
}  // namespace crema::test
