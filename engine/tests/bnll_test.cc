#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(BnllTest, Computes) {
  LayerTester tester(ParamOf("BNLL"), {{4, 7}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) {
    v = static_cast<float>(std::log1p(std::exp(static_cast<double>(v))));
  }
  ExpectNear(expected, tester.TopData(), 1e-6);
}

TEST(BnllTest, KeepsSmallAndLargeValues) {
  LayerTester tester(ParamOf("BNLL"), {{5}});
  tester.input() = {-200, -20, 0, 60, NAN};
  tester.top_diff() = {1, 1, 1, 1, 1};
  tester.Forward();
  const Values found = tester.TopData();
  EXPECT_EQ(found[0], 0);
  EXPECT_NEAR(static_cast<double>(found[1]), std::exp(-20.0), 1e-15);
  EXPECT_NEAR(static_cast<double>(found[2]), std::log(2.0), 1e-7);
  EXPECT_EQ(found[3], 60);
  EXPECT_TRUE(std::isnan(found[4]));
  tester.Backward();
  EXPECT_EQ(tester.BottomDiff()[3], 1);
}

TEST(BnllTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ParamOf("BNLL"), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester);
  }
}

TEST(BnllTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("BNLL"), {{2, 19, 5, 3}});
  ExpectSameInBlocks(ParamOf("BNLL"), {{2, 16, 5, 3}}, {.in_place = true});
}

}  // namespace
}  // namespace crema::test
