#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter EluOf(float alpha) {
  caffe::LayerParameter param = ParamOf("ELU");
  param.mutable_elu_param()->set_alpha(alpha);
  return param;
}

TEST(EluTest, Computes) {
  for (const float alpha : {1.0f, 0.3f, -0.5f, 0.0f}) {
    LayerTester tester(EluOf(alpha), {{3, 11}});
    tester.Forward();
    Values expected = tester.input();
    for (float& v : expected) v = v > 0 ? v : alpha * std::expm1(v);
    ExpectNear(expected, tester.TopData(), 1e-6);
  }
}

TEST(EluTest, HasTheRightGradient) {
  for (const float alpha : {1.0f, 0.3f, -0.5f}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(EluOf(alpha), {{2, 3, 4, 5}}, {.in_place = in_place});
      CheckGradients(tester, {.kink = 0});
    }
  }
}

TEST(EluTest, WorksOnBlockedLayouts) {
  for (const float alpha : {1.0f, -0.5f}) {
    ExpectSameInBlocks(EluOf(alpha), {{2, 19, 5, 3}});
    ExpectSameInBlocks(EluOf(alpha), {{2, 19, 5, 3}}, {.in_place = true});
  }
}

}  // namespace
}  // namespace crema::test
