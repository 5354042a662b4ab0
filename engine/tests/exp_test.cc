#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ExpOf(float base, float scale, float shift) {
  caffe::LayerParameter param = ParamOf("Exp");
  param.mutable_exp_param()->set_base(base);
  param.mutable_exp_param()->set_scale(scale);
  param.mutable_exp_param()->set_shift(shift);
  return param;
}

TEST(ExpTest, Computes) {
  for (const float base : {-1.0f, 2.0f, 0.5f, 1.0f}) {
    LayerTester tester(ExpOf(base, 1.5f, 0.25f), {{3, 11}});
    tester.Forward();
    Values expected = tester.input();
    for (float& v : expected) v = std::pow(base == -1 ? std::exp(1.0f) : base, 0.25f + 1.5f * v);
    ExpectNear(expected, tester.TopData(), 1e-5);
  }
}

TEST(ExpTest, HasTheRightGradient) {
  for (const float base : {-1.0f, 2.0f, 0.5f}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(ExpOf(base, 0.5f, -1), {{2, 3, 4, 5}}, {.in_place = in_place});
      CheckGradients(tester);
    }
  }
}

TEST(ExpTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("Exp"), {{2, 19, 5, 3}});
  ExpectSameInBlocks(ParamOf("Exp"), {{2, 19, 5, 3}}, {.in_place = true});
}

TEST(ExpTest, RefusesABaseWithoutALogarithm) {
  for (const float base : {0.0f, -2.0f, INFINITY, NAN}) {
    EXPECT_EQ(ErrorOf(ExpOf(base, 1, 0), {{2}}),
              StrCat("Expected a base above 0, or -1 for e, but found ", base));
  }
}

}  // namespace
}  // namespace crema::test
