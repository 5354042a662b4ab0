#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ClipOf(float min, float max) {
  caffe::LayerParameter param = ParamOf("Clip");
  param.mutable_clip_param()->set_min(min);
  param.mutable_clip_param()->set_max(max);
  return param;
}

TEST(ClipTest, Computes) {
  LayerTester tester(ClipOf(-1, 0.5f), {{2, 3, 4, 5}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = std::max(-1.0f, std::min(v, 0.5f));
  ExpectNear(expected, tester.TopData(), 0);
}

TEST(ClipTest, PassesTheGradientBetweenAndAtTheBounds) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ClipOf(-1, 2), {{6}}, {.in_place = in_place});
    tester.input() = {-1.5f, -1, 0, 2, 2.5f, NAN};
    tester.top_diff() = {1, 2, 3, 4, 5, 6};
    tester.Forward();
    ExpectNear({-1, -1, 0, 2, 2, -1}, tester.TopData(), 0);
    tester.Backward();
    ExpectNear({0, 2, 3, 4, 0, 0}, tester.BottomDiff(), 0);
  }
}

TEST(ClipTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ClipOf(-3, 1), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester, {.kink = 1});
  }
}

// With bounds on one side of 0, the padding of a layout must stay 0.
TEST(ClipTest, WorksOnBlockedLayouts) {
  for (const float min : {-1.0f, 0.5f}) {
    ExpectSameInBlocks(ClipOf(min, 1), {{2, 19, 5, 3}});
    ExpectSameInBlocks(ClipOf(min, 1), {{2, 19, 5, 3}}, {.in_place = true});
  }
}

}  // namespace
}  // namespace crema::test
