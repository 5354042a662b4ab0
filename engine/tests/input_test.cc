#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

caffe::LayerParameter InputOf(const std::vector<Shape>& shapes) {
  caffe::LayerParameter param = ParamOf("Input");
  for (const Shape& shape : shapes) {
    caffe::BlobShape* to = param.mutable_input_param()->add_shape();
    for (const int dim : shape) to->add_dim(dim);
  }
  return param;
}

TEST(InputTest, ShapesItsTops) {
  LayerTester one(InputOf({{2, 3}}), {}, {.tops = 2});
  EXPECT_EQ(one.top(0).shape(), Shape({2, 3}));
  EXPECT_EQ(one.top(1).shape(), Shape({2, 3}));
  LayerTester each(InputOf({{2, 3}, {4}}), {}, {.tops = 2});
  EXPECT_EQ(each.top(0).shape(), Shape({2, 3}));
  EXPECT_EQ(each.top(1).shape(), Shape({4}));
  EXPECT_NO_THROW(LayerTester(InputOf({}), {}, {.tops = 2}));
}

TEST(InputTest, KeepsAShapeAndValuesGivenFromOutside) {
  LayerTester tester(InputOf({{2, 3}}), {});
  tester.top().Reshape({2});
  tester.layer().Reshape(tester.bottoms(), tester.tops());
  EXPECT_EQ(tester.top().shape(), Shape({2}));
  tester.top().data().Write()[0] = 5;
  tester.top().data().ReadWrite()[1] = 6;
  tester.Forward();
  ExpectNear({5, 6}, tester.TopData());
}

TEST(InputTest, RefusesAnotherNumberOfShapes) {
  EXPECT_NE(ErrorOf(InputOf({{1}, {2}}), {}, {.tops = 3}), "");
  EXPECT_NE(ErrorOf(InputOf({{-1}}), {}), "");
}

}  // namespace
}  // namespace crema::test
