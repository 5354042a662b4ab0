#include <algorithm>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

using Operation = caffe::EltwiseParameter_EltwiseOp;

caffe::LayerParameter EltwiseOf(Operation operation, const Values& coeff = {}) {
  caffe::LayerParameter param = ParamOf("Eltwise");
  param.mutable_eltwise_param()->set_operation(operation);
  for (const float c : coeff) param.mutable_eltwise_param()->add_coeff(c);
  return param;
}

constexpr Operation kSum = caffe::EltwiseParameter_EltwiseOp_SUM;
constexpr Operation kProduct = caffe::EltwiseParameter_EltwiseOp_PROD;
constexpr Operation kMax = caffe::EltwiseParameter_EltwiseOp_MAX;

const Shape kEltwiseShape = {2, 3, 4, 5};

TEST(EltwiseTest, AddsUp) {
  LayerTester tester(ParamOf("Eltwise"), {kEltwiseShape, kEltwiseShape, kEltwiseShape});
  tester.Forward();
  Values expected = tester.input(0);
  for (size_t i = 0; i < expected.size(); ++i)
    expected[i] += tester.input(1)[i] + tester.input(2)[i];
  ExpectNear(expected, tester.TopData());
}

TEST(EltwiseTest, WeightsTheTermsOfASum) {
  LayerTester tester(EltwiseOf(kSum, {1, -0.5f, 2}), {kEltwiseShape, kEltwiseShape, kEltwiseShape});
  tester.Forward();
  Values expected = tester.input(0);
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i] += -0.5f * tester.input(1)[i] + 2 * tester.input(2)[i];
  }
  ExpectNear(expected, tester.TopData());
}

TEST(EltwiseTest, Multiplies) {
  LayerTester tester(EltwiseOf(kProduct), {kEltwiseShape, kEltwiseShape, kEltwiseShape});
  tester.Forward();
  Values expected = tester.input(0);
  for (size_t i = 0; i < expected.size(); ++i)
    expected[i] *= tester.input(1)[i] * tester.input(2)[i];
  ExpectNear(expected, tester.TopData());
}

TEST(EltwiseTest, TakesTheGreatest) {
  LayerTester tester(EltwiseOf(kMax), {kEltwiseShape, kEltwiseShape, kEltwiseShape});
  tester.Forward();
  Values expected = tester.input(0);
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i] = std::max({expected[i], tester.input(1)[i], tester.input(2)[i]});
  }
  ExpectNear(expected, tester.TopData(), 0);
}

TEST(EltwiseTest, GivesTheGradientOfEqualValuesToTheSecondBottom) {
  LayerTester tester(EltwiseOf(kMax), {{1}, {1}, {1}});
  for (size_t i = 0; i < 3; ++i) tester.input(i) = {2};
  tester.Forward();
  tester.Backward();
  EXPECT_EQ(Values{0}, tester.BottomDiff(0));
  EXPECT_EQ(tester.top_diff(), tester.BottomDiff(1));
  EXPECT_EQ(Values{0}, tester.BottomDiff(2));
}

TEST(EltwiseTest, HasTheRightGradient) {
  for (const size_t bottoms : {2u, 3u}) {
    const std::vector<Shape> shapes(bottoms, kEltwiseShape);
    LayerTester sum(EltwiseOf(kSum, bottoms == 2 ? Values{-1, 0.5f} : Values{1, 2, 3}), shapes);
    CheckGradients(sum);
    LayerTester product(EltwiseOf(kProduct), shapes);
    CheckGradients(product);
    LayerTester max(EltwiseOf(kMax), shapes);
    // No two values are within a step of each other.
    for (size_t b = 0; b < bottoms; ++b) {
      for (size_t i = 0; i < max.input(b).size(); ++i) {
        max.input(b)[i] =
            static_cast<float>((i * 5 + b * 7) % 11 % 3) + 0.2f * static_cast<float>(b);
      }
    }
    CheckGradients(max);
  }
}

TEST(EltwiseTest, HasTheRightGradientByDivision) {
  caffe::LayerParameter param = EltwiseOf(kProduct);
  param.mutable_eltwise_param()->set_stable_prod_grad(false);
  LayerTester tester(param, {kEltwiseShape, kEltwiseShape});
  for (size_t b = 0; b < 2; ++b) {
    for (float& v : tester.input(b)) v = v < 0 ? v - 0.3f : v + 0.3f;
  }
  CheckGradients(tester);
  ExpectSameInBlocks(param, {{2, 19, 5, 3}, {2, 19, 5, 3}});
}

TEST(EltwiseTest, WorksOnBlockedLayouts) {
  const std::vector<Shape> shapes(3, Shape{2, 19, 5, 3});
  ExpectSameInBlocks(EltwiseOf(kSum, {1, -0.5f, 2}), shapes);
  ExpectSameInBlocks(EltwiseOf(kProduct), shapes);
  ExpectSameInBlocks(EltwiseOf(kMax), shapes);
}

TEST(EltwiseTest, RefusesWhatDoesNotFit) {
  EXPECT_NE(ErrorOf(ParamOf("Eltwise"), {{2, 3}, {3, 2}}), "");
  EXPECT_NE(ErrorOf(EltwiseOf(kSum, {1}), {{2}, {2}}), "");
  EXPECT_NE(ErrorOf(EltwiseOf(kProduct, {1, 1}), {{2}, {2}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Eltwise"), {{2}, {2}}, {.in_place = true}), "");
}

}  // namespace
}  // namespace crema::test
