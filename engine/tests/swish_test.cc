#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter SwishOf(float beta) {
  caffe::LayerParameter param = ParamOf("Swish");
  param.mutable_swish_param()->set_beta(beta);
  return param;
}

TEST(SwishTest, Computes) {
  for (const float beta : {1.0f, 2.5f, 0.0f, -1.0f}) {
    LayerTester tester(SwishOf(beta), {{3, 11}});
    tester.Forward();
    Values expected = tester.input();
    for (float& v : expected) v = v / (1 + std::exp(-beta * v));
    ExpectNear(expected, tester.TopData(), 1e-6);
  }
}

TEST(SwishTest, HasTheRightGradient) {
  for (const float beta : {1.0f, 2.5f, 0.0f, -1.0f}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(SwishOf(beta), {{2, 3, 4, 5}}, {.in_place = in_place});
      CheckGradients(tester);
    }
  }
}

TEST(SwishTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(SwishOf(1), {{2, 19, 5, 3}});
  ExpectSameInBlocks(SwishOf(1), {{2, 19, 5, 3}}, {.in_place = true});
}

}  // namespace
}  // namespace crema::test
