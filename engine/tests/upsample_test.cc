#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(UpsampleTest, PutsValuesWhereTheMaskSays) {
  caffe::LayerParameter param = ParamOf("Upsample");
  LayerTester tester(param, {{1, 2, 1, 2}, {1, 2, 1, 2}});
  EXPECT_EQ(tester.top().shape(), (Shape{1, 2, 2, 4}));
  tester.input(0) = {1, 2, 3, 4};
  tester.input(1) = {5, 2, 0, 7};
  tester.Forward();
  ExpectNear({0, 0, 2, 0, 0, 1, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4}, tester.TopData(), 0);
  CheckGradients(tester, {.bottoms = {0}});
}

TEST(UpsampleTest, ComputesTheTopsSize) {
  caffe::LayerParameter param = ParamOf("Upsample");
  auto& upsample = *param.mutable_upsample_param();
  upsample.set_pad_out_h(true);
  EXPECT_EQ(LayerTester(param, {{1, 1, 3, 4}, {1, 1, 3, 4}}).top().shape(), (Shape{1, 1, 5, 8}));
  upsample.set_upsample_h(11);
  upsample.set_upsample_w(7);
  EXPECT_EQ(LayerTester(param, {{1, 1, 3, 4}, {1, 1, 3, 4}}).top().shape(), (Shape{1, 1, 11, 7}));
}

TEST(UpsampleTest, RepeatsValuesWithoutAMask) {
  caffe::LayerParameter param = ParamOf("Upsample");
  param.mutable_upsample_param()->set_scale(2);
  LayerTester tester(param, {{1, 1, 1, 2}});
  tester.input() = {1, 2};
  tester.Forward();
  ExpectNear({1, 1, 2, 2, 1, 1, 2, 2}, tester.TopData(), 0);
  LayerTester larger(param, {{2, 3, 3, 2}});
  CheckGradients(larger);
}

TEST(UpsampleTest, RefusesPlacesOutsideOfTheTop) {
  LayerTester tester(ParamOf("Upsample"), {{1, 1, 1, 1}, {1, 1, 1, 1}});
  for (const float place : {-1.0f, 4.0f, NAN}) {
    tester.input(1) = {place};
    EXPECT_THROW(tester.Forward(), Error);
  }
  EXPECT_NE(ErrorOf(ParamOf("Upsample"), {{1, 1, 1, 1}, {1, 1, 1, 2}}), "");
}

}  // namespace
}  // namespace crema::test
