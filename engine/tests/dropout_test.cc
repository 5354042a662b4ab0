#include <algorithm>
#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter DropoutOf(float ratio, caffe::Phase phase = caffe::TRAIN) {
  caffe::LayerParameter param = ParamOf("Dropout", phase);
  param.mutable_dropout_param()->set_dropout_ratio(ratio);
  return param;
}

TEST(DropoutTest, DropsTheGivenShareAndScalesTheRest) {
  for (const float ratio : {0.0f, 0.25f, 0.5f, 0.9f}) {
    LayerTester tester(DropoutOf(ratio), {{100, 1000}});
    std::fill(tester.input().begin(), tester.input().end(), 1.0f);
    tester.Forward();
    const float scale = 1.0f / (1.0f - ratio);
    double dropped = 0;
    for (const float v : tester.TopData()) {
      ASSERT_TRUE(v == 0 || std::abs(v - scale) < 1e-5f) << v;
      dropped += v == 0;
    }
    // Five standard deviations.
    EXPECT_NEAR(dropped / 1e5, ratio, 5 * 0.5 / std::sqrt(1e5));
  }
}

TEST(DropoutTest, DrawsNewValuesInEveryForwardAndRepeatsThemFromASavedCounter) {
  LayerTester tester(DropoutOf(0.5f), {{10, 37}});
  const uint64_t start = tester.layer().random().counter();
  tester.Forward();
  const Values first = tester.TopData();
  const uint64_t middle = tester.layer().random().counter();
  EXPECT_EQ(middle - start, (370u + 3) / 4);
  tester.Forward();
  const Values second = tester.TopData();
  EXPECT_NE(first, second);
  tester.layer().random().set_counter(middle);
  tester.Forward();
  EXPECT_EQ(second, tester.TopData());
}

TEST(DropoutTest, IsTheIdentityInTesting) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(DropoutOf(0.5f, caffe::TEST), {{2, 3, 4, 5}}, {.in_place = in_place});
    tester.Forward();
    EXPECT_EQ(tester.input(), tester.TopData());
    tester.Backward();
    EXPECT_EQ(tester.top_diff(), tester.BottomDiff());
  }
}

TEST(DropoutTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(DropoutOf(0.4f), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester);
  }
}

// The same values are dropped in all layouts.
TEST(DropoutTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(DropoutOf(0.5f), {{2, 19, 5, 3}});
  ExpectSameInBlocks(DropoutOf(0.5f), {{3, 64, 20, 20}}, {.in_place = true});
}

TEST(DropoutTest, RefusesARatioOutsideOf0To1) {
  EXPECT_NE(ErrorOf(DropoutOf(1.0f), {{2}}), "");
  EXPECT_NE(ErrorOf(DropoutOf(-0.1f), {{2}}), "");
}

}  // namespace
}  // namespace crema::test
