#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter BiasOf(int axis, int num_axes) {
  caffe::LayerParameter param = ParamOf("Bias");
  param.mutable_bias_param()->set_axis(axis);
  param.mutable_bias_param()->set_num_axes(num_axes);
  param.mutable_bias_param()->mutable_filler()->set_type("gaussian");
  return param;
}

const Shape kBiasShape = {2, 3, 4, 5};

void ExpectBias(LayerTester& tester, const Values& bias, int64_t inner) {
  tester.Forward();
  Values expected = tester.input();
  for (size_t i = 0; i < expected.size(); ++i) {
    expected[i] += bias[i / static_cast<size_t>(inner) % bias.size()];
  }
  ExpectNear(expected, tester.TopData());
}

struct BiasCase {
  int axis, num_axes;
  Shape shape;
  int64_t inner;
};

const BiasCase kBiasCases[] = {{1, 1, {3}, 20},   {0, -1, {2, 3, 4, 5}, 1}, {1, 2, {3, 4}, 5},
                               {-1, 1, {5}, 1},   {0, 1, {2}, 60},          {2, 0, {}, 120},
                               {0, 2, {2, 3}, 20}};

TEST(BiasTest, AddsAParameter) {
  for (const BiasCase& c : kBiasCases) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(BiasOf(c.axis, c.num_axes), {kBiasShape}, {.in_place = in_place});
      ASSERT_EQ(tester.param(0).shape(), c.shape);
      ExpectBias(tester, LayerTester::ValuesOf(tester.param(0).data()), c.inner);
      CheckGradients(tester);
    }
  }
}

TEST(BiasTest, AddsABottom) {
  for (const BiasCase& c : kBiasCases) {
    LayerTester tester(BiasOf(c.axis, c.num_axes), {kBiasShape, c.shape});
    EXPECT_TRUE(tester.layer().blobs().empty());
    ExpectBias(tester, tester.input(1), c.inner);
    CheckGradients(tester);
  }
}

TEST(BiasTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    ExpectSameInBlocks(BiasOf(1, 1), {{2, 19, 5, 3}}, {.in_place = in_place});
    ExpectSameInBlocks(BiasOf(1, 1), {{3, 64, 30, 30}}, {.in_place = in_place});
  }
  ExpectSameInBlocks(BiasOf(0, 2), {{2, 16, 5, 3}, {2, 16}});
  ExpectSameInBlocks(BiasOf(0, 2), {{2, 19, 5, 3}, {2, 19}});
  ExpectSameInBlocks(BiasOf(2, 1), {{2, 16, 5, 3}});
}

TEST(BiasTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(BiasOf(1, 4), {kBiasShape}), "");
  EXPECT_NE(ErrorOf(BiasOf(1, -2), {kBiasShape}), "");
  EXPECT_NE(ErrorOf(BiasOf(1, 1), {kBiasShape, {4}}), "");
  EXPECT_NE(ErrorOf(BiasOf(3, 1), {kBiasShape, {5, 1}}), "");
}

}  // namespace
}  // namespace crema::test
