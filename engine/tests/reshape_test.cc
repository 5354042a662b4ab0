#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ReshapeOf(const Shape& dims, int axis = 0, int num_axes = -1) {
  caffe::LayerParameter param = ParamOf("Reshape");
  for (const int dim : dims) param.mutable_reshape_param()->mutable_shape()->add_dim(dim);
  param.mutable_reshape_param()->set_axis(axis);
  param.mutable_reshape_param()->set_num_axes(num_axes);
  return param;
}

Shape ShapeAfterReshape(const caffe::LayerParameter& param, const Shape& bottom = {2, 8, 3}) {
  return LayerTester(param, {bottom}).top().shape();
}

TEST(ReshapeTest, ShapesTheTop) {
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({2, 2, 4, 3})), Shape({2, 2, 4, 3}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({0, 2, 0, 4}), {2, 8, 3}), Shape({2, 2, 3, 4}));
}

TEST(ReshapeTest, CopiesAndInfersLengths) {
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({0, -1})), Shape({2, 24}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({0, 2, 4, -1})), Shape({2, 2, 4, 3}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({-1})), Shape({48}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({0, 0, 0, -1})), Shape({2, 8, 3, 1}));
}

TEST(ReshapeTest, ReplacesSomeAxes) {
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({2, 4}, 1, 1)), Shape({2, 2, 4, 3}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({-1, 4}, 1, 1)), Shape({2, 2, 4, 3}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({12, 2}, -3, -1)), Shape({2, 12, 2}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({1}, 0, 0)), Shape({1, 2, 8, 3}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({1, 1}, -1, 0)), Shape({2, 8, 3, 1, 1}));
  EXPECT_EQ(ShapeAfterReshape(ReshapeOf({}, 1, 0)), Shape({2, 8, 3}));
}

TEST(ReshapeTest, KeepsTheValues) {
  LayerTester tester(ReshapeOf({0, -1}), {{2, 8, 3}}, {.block = 8});
  tester.Forward();
  EXPECT_EQ(tester.input(), tester.TopData());
  CheckGradients(tester);
  tester.ReshapeBottom(0, {3, 1, 5});
  EXPECT_EQ(tester.top().shape(), Shape({3, 5}));
}

TEST(ReshapeTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(ReshapeOf({5, -1}), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({-1, -1}), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({2, 8}), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({0, 0, 0, 0}), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({1}, 4, 0), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({1}, 2, 2), {{2, 8, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({-2}), {{2}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({2, 0, -1}), {{2, 0, 3}}), "");
  EXPECT_NE(ErrorOf(ReshapeOf({0, -1}), {{2, 3}}, {.in_place = true}), "");
}

caffe::LayerParameter PixelShuffleOf(int by) {
  caffe::LayerParameter param = ParamOf("Reshape");
  param.mutable_reshape_param()->set_pixelshuffler(by);
  return param;
}

TEST(ReshapeTest, ShufflesPixels) {
  LayerTester tester(PixelShuffleOf(3), {{2, 18, 2, 4}});
  ASSERT_EQ(tester.top().shape(), Shape({2, 2, 6, 12}));
  tester.Forward();
  const Values top = tester.TopData();
  for (size_t at = 0; at < top.size(); ++at) {
    const size_t x = at % 12, y = at / 12 % 6, c = at / 72 % 2, n = at / 144;
    const size_t channel = c * 9 + y % 3 * 3 + x % 3;
    ASSERT_EQ(top[at], tester.input()[((n * 18 + channel) * 2 + y / 3) * 4 + x / 3]) << at;
  }
  CheckGradients(tester);
  // A factor of 1 leaves it to the shape.
  caffe::LayerParameter plain = PixelShuffleOf(1);
  plain.mutable_reshape_param()->mutable_shape()->add_dim(-1);
  EXPECT_EQ(LayerTester(plain, {{2, 4, 1, 1}}).top().shape(), Shape({8}));
}

TEST(ReshapeTest, RefusesToShuffleWhatDoesNotDivide) {
  EXPECT_EQ(ErrorOf(PixelShuffleOf(2), {{1, 6, 2, 2}}),
            "Expected channels that 4, the square of pixelshuffler, divides, but found 6");
  EXPECT_NE(ErrorOf(PixelShuffleOf(2), {{4, 2, 2}}), "");
  EXPECT_NE(ErrorOf(PixelShuffleOf(0), {{1, 4, 2, 2}}), "");
}

}  // namespace
}  // namespace crema::test
