#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(AbsValTest, Computes) {
  LayerTester tester(ParamOf("AbsVal"), {{2, 3, 5}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = std::fabs(v);
  ExpectNear(expected, tester.TopData(), 0);
}

TEST(AbsValTest, HasTheRightGradient) {
  LayerTester tester(ParamOf("AbsVal"), {{2, 3, 4, 5}});
  CheckGradients(tester, {.kink = 0});
}

TEST(AbsValTest, HasNoGradientAtZero) {
  LayerTester tester(ParamOf("AbsVal"), {{3}});
  tester.input() = {-1, 0, 2};
  tester.top_diff() = {1, 1, 1};
  tester.Forward();
  tester.Backward();
  ExpectNear({-1, 0, 1}, tester.BottomDiff(), 0);
}

TEST(AbsValTest, WorksOnBlockedLayouts) { ExpectSameInBlocks(ParamOf("AbsVal"), {{2, 19, 5, 3}}); }

TEST(AbsValTest, RefusesToWorkInPlace) {
  EXPECT_EQ(ErrorOf(ParamOf("AbsVal"), {{2}}, {.in_place = true}),
            "Expected a top other than the bottom but found AbsVal in place");
}

}  // namespace
}  // namespace crema::test
