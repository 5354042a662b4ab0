#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ReductionOf(caffe::ReductionParameter_ReductionOp operation, int axis,
                                  float coeff) {
  caffe::LayerParameter param = ParamOf("Reduction");
  param.mutable_reduction_param()->set_operation(operation);
  param.mutable_reduction_param()->set_axis(axis);
  param.mutable_reduction_param()->set_coeff(coeff);
  return param;
}

constexpr caffe::ReductionParameter_ReductionOp kOperations[] = {
    caffe::ReductionParameter_ReductionOp_SUM, caffe::ReductionParameter_ReductionOp_ASUM,
    caffe::ReductionParameter_ReductionOp_SUMSQ, caffe::ReductionParameter_ReductionOp_MEAN};

TEST(ReductionTest, ComputesOverRowsOfAnyLength) {
  for (const auto operation : kOperations) {
    for (const int length : {1, 5, 5000}) {
      LayerTester tester(ReductionOf(operation, 1, 1.5f), {{3, length}});
      tester.Forward();
      EXPECT_EQ(tester.top().shape(), (Shape{3}));
      Values expected;
      for (size_t row = 0; row < 3; ++row) {
        double sum = 0;
        for (size_t i = 0; i < static_cast<size_t>(length); ++i) {
          const double x =
              static_cast<double>(tester.input()[row * static_cast<size_t>(length) + i]);
          sum += operation == caffe::ReductionParameter_ReductionOp_ASUM    ? std::fabs(x)
                 : operation == caffe::ReductionParameter_ReductionOp_SUMSQ ? x * x
                                                                            : x;
        }
        if (operation == caffe::ReductionParameter_ReductionOp_MEAN) sum /= length;
        expected.push_back(static_cast<float>(1.5 * sum));
      }
      ExpectNear(expected, tester.TopData(), 1e-4);
    }
  }
}

TEST(ReductionTest, HasTheRightGradient) {
  for (const auto operation : kOperations) {
    for (const int axis : {0, 1, 3, -2}) {
      LayerTester tester(ReductionOf(operation, axis, 0.5f), {{2, 3, 4, 2}});
      EXPECT_EQ(tester.top().num_axes(), axis < 0 ? 4 + axis : axis);
      CheckGradients(tester, {.threshold = 2e-3, .kink = 0});
    }
  }
}

TEST(ReductionTest, HasNoGradientOfAnAbsoluteValueOfZero) {
  LayerTester tester(ReductionOf(caffe::ReductionParameter_ReductionOp_ASUM, 0, 1), {{3}});
  tester.input() = {-2, 0, 3};
  tester.top_diff() = {2};
  tester.Forward();
  tester.Backward();
  ExpectNear({-2, 0, 2}, tester.BottomDiff(), 0);
}

TEST(ReductionTest, RefusesToWorkInPlace) {
  EXPECT_NE(ErrorOf(ParamOf("Reduction"), {{2}}, {.in_place = true}), "");
}

}  // namespace
}  // namespace crema::test
