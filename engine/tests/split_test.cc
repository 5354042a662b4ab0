#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(SplitTest, SharesTheBottomsData) {
  LayerTester tester(ParamOf("Split"), {{2, 3, 4, 5}}, {.tops = 3});
  tester.Forward();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(&tester.top(i).data(), &tester.bottom().data());
    EXPECT_EQ(tester.input(), tester.TopData(i));
  }
}

TEST(SplitTest, AddsUpTheGradients) {
  for (const int tops : {1, 2, 3, 4}) {
    LayerTester tester(ParamOf("Split"), {{2, 3, 4, 5}}, {.tops = tops});
    CheckGradients(tester);
  }
}

TEST(SplitTest, SkipsTopsWithoutAGradient) {
  LayerTester tester(ParamOf("Split"), {{2, 3}}, {.tops = 3});
  tester.Forward();
  tester.top(1).diff().Write();
  const Values diff = RandomValues(6, 5);
  std::copy(diff.begin(), diff.end(), tester.top(1).diff().Write());
  tester.layer().Backward(tester.tops(), {true}, tester.bottoms());
  EXPECT_EQ(diff, tester.BottomDiff());
  tester.top(1).diff().SetZero();
  tester.layer().Backward(tester.tops(), {true}, tester.bottoms());
  EXPECT_EQ(Values(6, 0.0f), tester.BottomDiff());
}

TEST(SplitTest, WorksOnBlockedLayouts) {
  for (const int tops : {1, 2, 3}) {
    ExpectSameInBlocks(ParamOf("Split"), {{2, 19, 5, 3}}, {.tops = tops});
  }
}

// The diff of one top is plain, those of the others are in blocks.
TEST(SplitTest, AddsGradientsOfDifferentLayouts) {
  for (const size_t plain : {0u, 1u, 2u}) {
    LayerTester tester(ParamOf("Split"), {{2, 19, 5, 3}}, {.tops = 3, .block = 8});
    tester.Forward();
    tester.Backward();
    const Values expected = tester.BottomDiff();
    tester.top(plain).diff().ReadWrite();
    tester.layer().Backward(tester.tops(), {true}, tester.bottoms());
    EXPECT_EQ(expected, tester.BottomDiff());
  }
}

TEST(SplitTest, RefusesToWorkInPlace) {
  EXPECT_NE(ErrorOf(ParamOf("Split"), {{2}}, {.in_place = true}), "");
}

}  // namespace
}  // namespace crema::test
