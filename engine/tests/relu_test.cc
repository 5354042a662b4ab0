#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(ReluTest, CutsOffNegativeValues) {
  LayerTester tester(ParamOf("ReLU"), {{2, 3, 4, 5}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = std::max(v, 0.0f);
  ExpectNear(expected, tester.TopData(), 0);
  EXPECT_EQ(tester.bottom().shape(), tester.top().shape());
}

TEST(ReluTest, ScalesNegativeValuesByTheSlope) {
  caffe::LayerParameter param = ParamOf("ReLU");
  param.mutable_relu_param()->set_negative_slope(0.1f);
  LayerTester tester(param, {{7, 11}});
  tester.Forward();
  Values expected = tester.input();
  for (float& v : expected) v = v > 0 ? v : 0.1f * v;
  ExpectNear(expected, tester.TopData(), 0);
}

TEST(ReluTest, KeepsNaN) {
  LayerTester tester(ParamOf("ReLU"), {{2}});
  tester.input() = {NAN, 1};
  tester.Forward();
  ExpectNear({NAN, 1}, tester.TopData());
}

TEST(ReluTest, HasTheRightGradient) {
  for (const float slope : {0.0f, 0.25f}) {
    for (const bool in_place : {false, true}) {
      caffe::LayerParameter param = ParamOf("ReLU");
      param.mutable_relu_param()->set_negative_slope(slope);
      LayerTester tester(param, {{2, 3, 4, 5}}, {.in_place = in_place});
      CheckGradients(tester, {.kink = 0});
    }
  }
}

TEST(ReluTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    ExpectSameInBlocks(ParamOf("ReLU"), {{2, 19, 5, 3}}, {.in_place = in_place});
  }
}

TEST(ReluTest, WorksInParallel) {
  LayerTester tester(ParamOf("ReLU"), {{16, 16, 33, 33}});
  tester.Forward();
  tester.Backward();
  Values data = tester.input(), diff = tester.top_diff();
  for (size_t i = 0; i < data.size(); ++i) {
    diff[i] = data[i] > 0 ? diff[i] : 0;
    data[i] = std::max(data[i], 0.0f);
  }
  ExpectNear(data, tester.TopData(), 0);
  ExpectNear(diff, tester.BottomDiff(), 0);
}

}  // namespace
}  // namespace crema::test
