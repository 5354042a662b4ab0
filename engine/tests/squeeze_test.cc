#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(SqueezeTest, LeavesOutAxesOfLengthOne) {
  caffe::LayerParameter param = ParamOf("Squeeze");
  LayerTester all(param, {{1, 3, 1, 2, 1}});
  EXPECT_EQ(all.top().shape(), (Shape{3, 2}));
  param.mutable_squeeze_param()->add_axis(-1);
  param.mutable_squeeze_param()->add_axis(0);
  LayerTester some(param, {{1, 3, 1, 2, 1}});
  EXPECT_EQ(some.top().shape(), (Shape{3, 1, 2}));
  some.Forward();
  ExpectNear(some.input(), some.TopData(), 0);
}

TEST(SqueezeTest, SharesTheBottomsMemory) {
  LayerTester tester(ParamOf("Squeeze"), {{2, 1, 3}});
  EXPECT_EQ(&tester.bottom().data(), &tester.top().data());
  EXPECT_EQ(&tester.bottom().diff(), &tester.top().diff());
}

TEST(SqueezeTest, RefusesOtherLengths) {
  caffe::LayerParameter param = ParamOf("Squeeze");
  param.mutable_squeeze_param()->add_axis(1);
  EXPECT_EQ(ErrorOf(param, {{2, 3}}), "Expected axis 1 to have a length of 1 but found 3");
}

}  // namespace
}  // namespace crema::test
