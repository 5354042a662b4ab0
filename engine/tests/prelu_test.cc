#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter PreluOf(bool shared) {
  caffe::LayerParameter param = ParamOf("PReLU");
  param.mutable_prelu_param()->set_channel_shared(shared);
  param.mutable_prelu_param()->mutable_filler()->set_type("gaussian");
  param.mutable_prelu_param()->mutable_filler()->set_std(1);
  return param;
}

TEST(PreluTest, ScalesNegativeValuesByASlopePerChannel) {
  for (const bool shared : {false, true}) {
    LayerTester tester(PreluOf(shared), {{2, 3, 4, 5}});
    EXPECT_EQ(tester.param(0).shape(), shared ? Shape{} : Shape{3});
    tester.Forward();
    const Values slopes = LayerTester::ValuesOf(tester.param(0).data());
    Values expected = tester.input();
    for (size_t i = 0; i < expected.size(); ++i) {
      if (expected[i] <= 0) expected[i] *= slopes[shared ? 0 : i / 20 % 3];
    }
    ExpectNear(expected, tester.TopData(), 1e-6);
  }
}

TEST(PreluTest, BeginsWithSlopesOfAQuarter) {
  LayerTester tester(ParamOf("PReLU"), {{2, 3}});
  ExpectNear({0.25f, 0.25f, 0.25f}, LayerTester::ValuesOf(tester.param(0).data()), 0);
}

TEST(PreluTest, HasTheRightGradient) {
  for (const bool shared : {false, true}) {
    for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{5, 7}, Shape{2, 3, 5}}) {
      for (const bool in_place : {false, true}) {
        LayerTester tester(PreluOf(shared), {shape}, {.in_place = in_place});
        CheckGradients(tester, {.threshold = 2e-3, .kink = 0});
      }
    }
  }
}

TEST(PreluTest, WorksOnBlockedLayouts) {
  for (const bool shared : {false, true}) {
    ExpectSameInBlocks(PreluOf(shared), {{2, 19, 5, 3}});
    ExpectSameInBlocks(PreluOf(shared), {{2, 19, 5, 3}}, {.in_place = true});
  }
}

TEST(PreluTest, SharesOneSlopeAmongAnyNumberOfChannels) {
  LayerTester tester(PreluOf(true), {{2, 3}});
  tester.ReshapeBottom(0, {4, 5});
  CheckGradients(tester, {.threshold = 2e-3, .kink = 0});
}

TEST(PreluTest, RefusesOtherChannelsAndTooFewAxes) {
  LayerTester tester(PreluOf(false), {{2, 3}});
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 4}), Error);
  EXPECT_EQ(ErrorOf(PreluOf(false), {{5}}),
            "Expected a bottom of 2 axes or more but found shape 5 (5)");
}

}  // namespace
}  // namespace crema::test
