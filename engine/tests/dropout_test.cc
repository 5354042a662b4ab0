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

TEST(DropoutTest, ScalesInTestingInsteadWhereToldSo) {
  caffe::LayerParameter param = DropoutOf(0.25f);
  param.mutable_dropout_param()->set_scale_train(false);
  LayerTester train(param, {{40, 50}});
  std::fill(train.input().begin(), train.input().end(), 2.0f);
  std::fill(train.top_diff().begin(), train.top_diff().end(), 3.0f);
  train.Forward();
  train.Backward();
  const Values kept = train.TopData(), diff = train.BottomDiff();
  EXPECT_NEAR(static_cast<double>(std::count(kept.begin(), kept.end(), 2.0f)), 1500, 100);
  for (size_t i = 0; i < kept.size(); ++i) {
    ASSERT_TRUE(kept[i] == 0 || kept[i] == 2) << kept[i];
    ASSERT_EQ(diff[i], kept[i] == 0 ? 0 : 3);
  }
  param.set_phase(caffe::TEST);
  for (const bool in_place : {false, true}) {
    for (const int block : {1, 8}) {
      LayerTester test(param, {{2, 9, 4, 5}}, {.in_place = in_place, .block = block});
      Values expected = test.input(), expected_diff = test.top_diff();
      for (float& v : expected) v *= 0.75f;
      for (float& v : expected_diff) v *= 0.75f;
      test.Forward();
      EXPECT_EQ(expected, test.TopData());
      test.Backward();
      EXPECT_EQ(expected_diff, test.BottomDiff());
    }
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
