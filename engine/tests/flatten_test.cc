#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter FlattenOf(int axis, int end_axis) {
  caffe::LayerParameter param = ParamOf("Flatten");
  param.mutable_flatten_param()->set_axis(axis);
  param.mutable_flatten_param()->set_end_axis(end_axis);
  return param;
}

Shape ShapeAfter(int axis, int end_axis) {
  LayerTester tester(FlattenOf(axis, end_axis), {{2, 3, 4, 5}});
  return tester.top().shape();
}

TEST(FlattenTest, JoinsAxes) {
  EXPECT_EQ(LayerTester(ParamOf("Flatten"), {{2, 3, 4, 5}}).top().shape(), Shape({2, 60}));
  EXPECT_EQ(ShapeAfter(2, -1), Shape({2, 3, 20}));
  EXPECT_EQ(ShapeAfter(0, -2), Shape({24, 5}));
  EXPECT_EQ(ShapeAfter(-3, 2), Shape({2, 12, 5}));
  EXPECT_EQ(ShapeAfter(1, 1), Shape({2, 3, 4, 5}));
  // With the axis before as the last, one of length 1 comes in between.
  EXPECT_EQ(ShapeAfter(1, 0), Shape({2, 1, 3, 4, 5}));
  EXPECT_EQ(ShapeAfter(-1, 2), Shape({2, 3, 4, 1, 5}));
}

TEST(FlattenTest, KeepsTheValues) {
  for (const int block : {1, 8}) {
    LayerTester tester(ParamOf("Flatten"), {{2, 3, 4, 5}}, {.block = block});
    tester.Forward();
    EXPECT_EQ(tester.input(), tester.TopData());
    CheckGradients(tester);
    tester.ReshapeBottom(0, {3, 3, 2, 1});
    EXPECT_EQ(tester.top().shape(), Shape({3, 6}));
    tester.Forward();
    EXPECT_EQ(tester.input(), tester.TopData());
  }
}

TEST(FlattenTest, RefusesMissingAxes) {
  EXPECT_NE(ErrorOf(FlattenOf(4, -1), {{2, 3, 4, 5}}), "");
  EXPECT_NE(ErrorOf(FlattenOf(2, 0), {{2, 3, 4, 5}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Flatten"), {{2, 3}}, {.in_place = true}), "");
}

}  // namespace
}  // namespace crema::test
