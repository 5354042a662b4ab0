#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ThresholdOf(float threshold) {
  caffe::LayerParameter param = ParamOf("Threshold");
  param.mutable_threshold_param()->set_threshold(threshold);
  return param;
}

TEST(ThresholdTest, Computes) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(ThresholdOf(0.5f), {{5}}, {.in_place = in_place});
    tester.input() = {-1, 0.5f, 0.51f, 3, NAN};
    tester.Forward();
    ExpectNear({0, 0, 1, 1, 0}, tester.TopData(), 0);
  }
}

// With a threshold below 0, the padding of a layout must stay 0.
TEST(ThresholdTest, WorksOnBlockedLayouts) {
  LayerTester plain(ThresholdOf(-0.5f), {{2, 19, 5, 3}});
  plain.Forward();
  LayerTester blocked(ThresholdOf(-0.5f), {{2, 19, 5, 3}}, {.block = 16});
  blocked.input() = plain.input();
  blocked.Forward();
  ExpectNear(plain.TopData(), blocked.TopData(), 0);
}

TEST(ThresholdTest, RefusesAGradient) {
  LayerTester tester(ThresholdOf(0), {{2}});
  tester.Forward();
  EXPECT_THROW(tester.Backward(), Error);
  tester.Backward({false});
}

}  // namespace
}  // namespace crema::test
