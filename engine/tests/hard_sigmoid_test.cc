#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(HardSigmoidTest, Computes) {
  LayerTester tester(ParamOf("HardSigmoid"), {{5}});
  tester.input() = {-3, -2.5f, 0, 1, 4};
  tester.Forward();
  ExpectNear({0, 0, 0.5f, 0.7f, 1}, tester.TopData(), 1e-6);
}

TEST(HardSigmoidTest, HasTheRightGradient) {
  caffe::LayerParameter param = ParamOf("HardSigmoid");
  param.mutable_hard_sigmoid_param()->set_alpha(0.3f);
  param.mutable_hard_sigmoid_param()->set_beta(0.6f);
  for (const bool in_place : {false, true}) {
    LayerTester tester(param, {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester, {.kink = 4 / 3.0});
  }
  ExpectSameInBlocks(param, {{2, 19, 3, 3}});
}

}  // namespace
}  // namespace crema::test
