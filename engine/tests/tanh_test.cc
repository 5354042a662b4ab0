#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(TanHTest, ComputesTheHyperbolicTangent) {
  LayerTester tester(ParamOf("TanH"), {{2, 3, 4, 5}});
  tester.input()[0] = 100;
  tester.input()[1] = -100;
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = static_cast<float>(std::tanh(static_cast<double>(v)));
  ExpectNear(expected, tester.TopData(), 1e-6);
}

TEST(TanHTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ParamOf("TanH"), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester);
  }
}

TEST(TanHTest, WorksOnBlockedLayouts) { ExpectSameInBlocks(ParamOf("TanH"), {{2, 19, 5, 3}}); }

}  // namespace
}  // namespace crema::test
