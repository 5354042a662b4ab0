#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(Relu6Test, CutsOffAtZeroAndSix) {
  for (const bool in_place : {false, true}) {
    caffe::LayerParameter param = ParamOf("ReLU6");
    LayerTester tester(param, {{5}}, {.in_place = in_place});
    tester.input() = {-1, 0, 3, 6, 7};
    tester.top_diff() = {1, 1, 1, 1, 1};
    tester.Forward();
    ExpectNear({0, 0, 3, 6, 6}, tester.TopData(), 0);
    tester.Backward();
    ExpectNear({0, 0, 1, 0, 0}, tester.BottomDiff(), 0);
  }
}

TEST(Relu6Test, HasTheRightGradient) {
  caffe::LayerParameter param = ParamOf("ReLU6");
  param.mutable_relu6_param()->set_negative_slope(0.1f);
  LayerTester tester(param, {{2, 3, 4, 5}});
  for (float& v : tester.input()) v = 4 * v + 0.05f;
  CheckGradients(tester, {.threshold = 5e-3, .kink = 6});
  ExpectSameInBlocks(param, {{2, 19, 3, 3}}, {.in_place = true});
}

TEST(Relu6Test, IsAlsoAReluWithItsField) {
  caffe::LayerParameter param = ParamOf("ReLU");
  param.mutable_relu_param()->set_relu6(true);
  for (const bool in_place : {false, true}) {
    LayerTester tester(param, {{6}}, {.in_place = in_place});
    tester.input() = {-1, 0, 3, 5.5f, 6, 7};
    tester.top_diff() = {1, 1, 2, 3, 1, 1};
    tester.Forward();
    ExpectNear({0, 0, 3, 5.5f, 6, 6}, tester.TopData(), 0);
    tester.Backward();
    ExpectNear({0, 0, 2, 3, 0, 0}, tester.BottomDiff(), 0);
  }
  param.mutable_relu_param()->set_negative_slope(0.5f);
  LayerTester leaky(param, {{4}});
  leaky.input() = {-2, 2, 7, -20};
  leaky.Forward();
  ExpectNear({-1, 2, 6, -10}, leaky.TopData(), 0);
  leaky.input() = {-2, 2, 5, 8};
  CheckGradients(leaky);
}

}  // namespace
}  // namespace crema::test
