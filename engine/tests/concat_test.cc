#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ConcatOf(int axis) {
  caffe::LayerParameter param = ParamOf("Concat");
  param.mutable_concat_param()->set_axis(axis);
  return param;
}

TEST(ConcatTest, JoinsAlongAnyAxis) {
  for (const int axis : {0, 1, 2, -1}) {
    const size_t a = static_cast<size_t>(axis < 0 ? axis + 3 : axis);
    std::vector<Shape> shapes(3, Shape{2, 3, 4});
    shapes[1][a] = 5;
    shapes[2][a] = 1;
    LayerTester tester(ConcatOf(axis), shapes);
    Shape whole = shapes[0];
    whole[a] += 6;
    ASSERT_EQ(tester.top().shape(), whole);
    tester.Forward();
    Values expected;
    for (int64_t o = 0; o < tester.top().count(0, static_cast<int>(a)); ++o) {
      for (size_t b = 0; b < 3; ++b) {
        const int64_t row = tester.bottom(b).count(static_cast<int>(a));
        const auto from = tester.input(b).begin() + o * row;
        expected.insert(expected.end(), from, from + row);
      }
    }
    EXPECT_EQ(expected, tester.TopData());
    CheckGradients(tester);
    CheckGradients(tester, {.bottoms = {1}});
  }
}

TEST(ConcatTest, TakesTheOldField) {
  caffe::LayerParameter param = ParamOf("Concat");
  param.mutable_concat_param()->set_concat_dim(2);
  LayerTester tester(param, {{2, 3, 4}, {2, 3, 1}});
  EXPECT_EQ(tester.top().shape(), Shape({2, 3, 5}));
  param.mutable_concat_param()->set_axis(2);
  EXPECT_NE(ErrorOf(param, {{2, 3, 4}, {2, 3, 1}}), "");
  param.mutable_concat_param()->clear_axis();
  param.mutable_concat_param()->set_concat_dim(3);
  EXPECT_NE(ErrorOf(param, {{2, 3, 4}, {2, 3, 1}}), "");
}

TEST(ConcatTest, PassesASingleBottomThrough) {
  LayerTester tester(ParamOf("Concat"), {{2, 3}});
  tester.Forward();
  EXPECT_EQ(tester.input(), tester.TopData());
  CheckGradients(tester);
}

TEST(ConcatTest, WorksOnBlockedLayouts) {
  // Whole blocks, a last bottom with padding, and bottoms that do not consist of whole blocks.
  ExpectSameInBlocks(ParamOf("Concat"), {{2, 16, 5, 3}, {2, 32, 5, 3}});
  ExpectSameInBlocks(ParamOf("Concat"), {{2, 16, 5, 3}, {2, 3, 5, 3}});
  ExpectSameInBlocks(ParamOf("Concat"), {{2, 8, 5, 3}, {2, 19, 5, 3}, {2, 4, 5, 3}});
  ExpectSameInBlocks(ConcatOf(2), {{2, 16, 5, 3}, {2, 16, 1, 3}});
  ExpectSameInBlocks(ConcatOf(0), {{2, 16, 5, 3}, {1, 16, 5, 3}});
}

TEST(ConcatTest, StaysInBlocks) {
  LayerTester tester(ParamOf("Concat"), {{2, 16, 5, 3}, {2, 8, 5, 3}}, {.block = 8});
  tester.Forward();
  EXPECT_NE(tester.top().data().layout(), nullptr);
  tester.Backward();
  EXPECT_NE(tester.bottom(1).diff().layout(), nullptr);
}

TEST(ConcatTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(ParamOf("Concat"), {{2, 3, 4}, {2, 3}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Concat"), {{2, 3, 4}, {2, 3, 5}}), "");
}

}  // namespace
}  // namespace crema::test
