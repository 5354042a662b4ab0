#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

TEST(SilenceTest, GivesZeroGradients) {
  LayerTester tester(ParamOf("Silence"), {{2, 3}, {4}}, {.tops = 0});
  tester.Forward();
  tester.Backward({true, false});
  EXPECT_EQ(Values(6, 0.0f), tester.BottomDiff(0));
  EXPECT_EQ(Values(4, 123.0f), tester.BottomDiff(1));
}

}  // namespace
}  // namespace crema::test
