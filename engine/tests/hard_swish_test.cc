#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(HardSwishTest, Computes) {
  LayerTester tester(ParamOf("HardSwish"), {{6}});
  tester.input() = {-4, -3, -1, 0, 1.5f, 4};
  tester.Forward();
  ExpectNear({0, 0, -1 / 3.0f, 0, 1.125f, 4}, tester.TopData(), 1e-6);
}

TEST(HardSwishTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ParamOf("HardSwish"), {{2, 3, 4, 5}}, {.in_place = in_place});
    CheckGradients(tester);
    for (float& v : tester.input()) v += 6;
    CheckGradients(tester, {.threshold = 5e-3});
  }
  ExpectSameInBlocks(ParamOf("HardSwish"), {{2, 19, 3, 3}});
}

}  // namespace
}  // namespace crema::test
