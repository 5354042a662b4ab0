#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ScaleOf(int axis, int num_axes, bool bias) {
  caffe::LayerParameter param = ParamOf("Scale");
  caffe::ScaleParameter* scale = param.mutable_scale_param();
  scale->set_axis(axis);
  scale->set_num_axes(num_axes);
  scale->mutable_filler()->set_type("gaussian");
  scale->set_bias_term(bias);
  scale->mutable_bias_filler()->set_type("gaussian");
  return param;
}

const Shape kScaleShape = {2, 3, 4, 5};

void ExpectScaled(LayerTester& tester, const Values& scale, const Values& bias, int64_t inner) {
  tester.Forward();
  Values expected = tester.input();
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t c = i / static_cast<size_t>(inner) % scale.size();
    expected[i] = expected[i] * scale[c] + (bias.empty() ? 0 : bias[c]);
  }
  ExpectNear(expected, tester.TopData());
}

struct ScaleCase {
  int axis, num_axes;
  Shape shape;
  int64_t inner;
};

const ScaleCase kScaleCases[] = {{1, 1, {3}, 20},   {0, -1, {2, 3, 4, 5}, 1}, {1, 2, {3, 4}, 5},
                                 {-1, 1, {5}, 1},   {0, 1, {2}, 60},          {2, 0, {}, 120},
                                 {0, 2, {2, 3}, 20}};

TEST(ScaleTest, MultipliesByAParameter) {
  for (const ScaleCase& c : kScaleCases) {
    for (const bool in_place : {false, true}) {
      for (const bool bias : {false, true}) {
        LayerTester tester(ScaleOf(c.axis, c.num_axes, bias), {kScaleShape},
                           {.in_place = in_place});
        ASSERT_EQ(tester.layer().blobs().size(), bias ? 2u : 1u);
        ASSERT_EQ(tester.param(0).shape(), c.shape);
        ExpectScaled(tester, LayerTester::ValuesOf(tester.param(0).data()),
                     bias ? LayerTester::ValuesOf(tester.param(1).data()) : Values(), c.inner);
        CheckGradients(tester);
      }
    }
  }
}

TEST(ScaleTest, MultipliesByABottom) {
  for (const ScaleCase& c : kScaleCases) {
    for (const bool in_place : {false, true}) {
      for (const bool bias : {false, true}) {
        LayerTester tester(ScaleOf(c.axis, c.num_axes, bias), {kScaleShape, c.shape},
                           {.in_place = in_place});
        ASSERT_EQ(tester.layer().blobs().size(), bias ? 1u : 0u);
        ExpectScaled(tester, tester.input(1),
                     bias ? LayerTester::ValuesOf(tester.param(0).data()) : Values(), c.inner);
        CheckGradients(tester);
        CheckGradients(tester, {.bottoms = {1}});
      }
    }
  }
}

TEST(ScaleTest, IsTheIdentityWithoutAFiller) {
  LayerTester tester(ParamOf("Scale"), {kScaleShape});
  tester.Forward();
  EXPECT_EQ(tester.input(), tester.TopData());
}

TEST(ScaleTest, ComputesOnlyTheGradientsThatAreWanted) {
  LayerTester tester(ScaleOf(1, 1, true), {kScaleShape});
  tester.layer().set_param_propagate_down(0, false);
  tester.Forward();
  tester.Backward();
  EXPECT_EQ(Values(3, 0.0f), tester.ParamDiff(0));
  EXPECT_NE(Values(3, 0.0f), tester.ParamDiff(1));
}

TEST(ScaleTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    ExpectSameInBlocks(ScaleOf(1, 1, true), {{2, 19, 5, 3}}, {.in_place = in_place});
    ExpectSameInBlocks(ScaleOf(1, 1, true), {{3, 64, 30, 30}}, {.in_place = in_place}, 1e-4);
    // As squeeze-and-excitation networks use it.
    ExpectSameInBlocks(ScaleOf(0, 2, false), {{2, 16, 5, 3}, {2, 16}}, {.in_place = in_place});
    ExpectSameInBlocks(ScaleOf(0, 2, false), {{2, 19, 5, 3}, {2, 19}}, {.in_place = in_place});
  }
  ExpectSameInBlocks(ScaleOf(2, 1, true), {{2, 16, 5, 3}});
}

TEST(ScaleTest, RefusesAFactorThatItsBiasDoesNotFit) {
  LayerTester tester(ScaleOf(0, 1, true), {{2, 1}, {2}});
  tester.bottom(1).Reshape({1000});
  EXPECT_THROW(tester.ReshapeBottom(0, {1000, 1}), Error);
}

TEST(ScaleTest, RunsBackwardBeforeForward) {
  LayerTester tester(ScaleOf(1, 1, false), {kScaleShape});
  tester.Backward();
  const Values scale = LayerTester::ValuesOf(tester.param(0).data());
  Values expected = tester.top_diff();
  for (size_t i = 0; i < expected.size(); ++i) expected[i] *= scale[i / 20 % 3];
  ExpectNear(expected, tester.BottomDiff());
}

TEST(ScaleTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(ScaleOf(1, 4, false), {kScaleShape}), "");
  EXPECT_NE(ErrorOf(ScaleOf(1, -2, false), {kScaleShape}), "");
  EXPECT_NE(ErrorOf(ScaleOf(1, 1, false), {kScaleShape, {4}}), "");
}

}  // namespace
}  // namespace crema::test
