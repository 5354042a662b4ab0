#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(SigmoidTest, ComputesTheLogisticFunction) {
  LayerTester tester(ParamOf("Sigmoid"), {{2, 3, 4, 5}});
  tester.input()[0] = 100;
  tester.input()[1] = -100;
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = static_cast<float>(1.0 / (1.0 + std::exp(-static_cast<double>(v))));
  ExpectNear(expected, tester.TopData(), 1e-6);
}

TEST(SigmoidTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ParamOf("Sigmoid"), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester);
  }
}

// With and without channels that pad a block, in which sigmoid(0) must not appear.
TEST(SigmoidTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("Sigmoid"), {{2, 19, 5, 3}});
  ExpectSameInBlocks(ParamOf("Sigmoid"), {{2, 32, 5, 3}}, {.in_place = true});
}

}  // namespace
}  // namespace crema::test
