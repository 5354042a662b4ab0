#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ShuffleOf(uint32_t group) {
  caffe::LayerParameter param = ParamOf("ShuffleChannel");
  param.mutable_shuffle_channel_param()->set_group(group);
  return param;
}

TEST(ShuffleChannelTest, DealsOutTheGroups) {
  LayerTester tester(ShuffleOf(2), {{1, 6, 1, 1}});
  tester.input() = {0, 1, 2, 3, 4, 5};
  tester.Forward();
  ExpectNear({0, 3, 1, 4, 2, 5}, tester.TopData(), 0);
}

TEST(ShuffleChannelTest, HasTheRightGradient) {
  for (const uint32_t group : {1u, 2u, 3u, 6u}) {
    LayerTester tester(ShuffleOf(group), {{2, 6, 3, 2}});
    CheckGradients(tester);
  }
}

TEST(ShuffleChannelTest, RefusesGroupsThatDoNotDivideTheChannels) {
  EXPECT_EQ(ErrorOf(ShuffleOf(4), {{2, 6}}),
            "Expected a group that divides the 6 channels but found 4");
  EXPECT_NE(ErrorOf(ShuffleOf(0), {{2, 6}}), "");
}

}  // namespace
}  // namespace crema::test
