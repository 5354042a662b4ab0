#include <cmath>

#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

TEST(AccuracyTest, CountsTheRightItems) {
  LayerTester tester(ParamOf("Accuracy"), {{3, 3}, {3}});
  tester.input(0) = {1, 2, 3, 3, 2, 1, 1, 3, 2};
  tester.input(1) = {2, 0, 2};
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), Shape({}));
  ExpectNear({2.0f / 3}, tester.TopData());
}

TEST(AccuracyTest, TakesTheTopK) {
  caffe::LayerParameter param = ParamOf("Accuracy");
  param.mutable_accuracy_param()->set_top_k(2);
  LayerTester tester(param, {{3, 3}, {3}});
  tester.input(0) = {1, 2, 3, 3, 2, 1, 1, 3, 2};
  tester.input(1) = {1, 2, 2};
  tester.Forward();
  ExpectNear({2.0f / 3}, tester.TopData());
}

TEST(AccuracyTest, CountsTiesAsWrong) {
  LayerTester tester(ParamOf("Accuracy"), {{2, 3}, {2}});
  tester.input(0) = {5, 5, 1, 5, 5, 1};
  tester.input(1) = {0, 1};
  tester.Forward();
  ExpectNear({0}, tester.TopData());
}

TEST(AccuracyTest, CountsNaNAsWrong) {
  LayerTester tester(ParamOf("Accuracy"), {{1, 2}, {1}});
  tester.input(0) = {NAN, NAN};
  tester.input(1) = {0};
  tester.Forward();
  ExpectNear({0}, tester.TopData());
}

TEST(AccuracyTest, SkipsTheIgnoredLabel) {
  caffe::LayerParameter param = ParamOf("Accuracy");
  param.mutable_accuracy_param()->set_ignore_label(-1);
  LayerTester tester(param, {{3, 2}, {3}});
  tester.input(0) = {1, 2, 2, 1, 1, 2};
  tester.input(1) = {1, -1, 0};
  tester.Forward();
  ExpectNear({0.5f}, tester.TopData());
  tester.input(1) = {-1, -1, -1};
  tester.Forward();
  ExpectNear({0}, tester.TopData());
}

TEST(AccuracyTest, GivesTheShareOfEachClass) {
  LayerTester tester(ParamOf("Accuracy"), {{4, 3}, {4}}, {.tops = 2});
  tester.input(0) = {3, 1, 1, 1, 3, 1, 3, 1, 1, 1, 3, 1};
  tester.input(1) = {0, 0, 0, 1};
  tester.Forward();
  EXPECT_EQ(tester.top(1).shape(), Shape({3}));
  ExpectNear({0.75f}, tester.TopData(0));
  // The last class has no items.
  ExpectNear({2.0f / 3, 1, 0}, tester.TopData(1));
}

TEST(AccuracyTest, WorksAlongAnyAxis) {
  for (const int axis : {1, -1}) {
    caffe::LayerParameter param = ParamOf("Accuracy");
    param.mutable_accuracy_param()->set_axis(axis);
    const Shape shape = axis == 1 ? Shape{2, 3, 4} : Shape{2, 4, 3};
    LayerTester tester(param, {shape, {2, 4}});
    tester.input(1) = {0, 1, 2, 0, 1, 2, 0, 1};
    tester.Forward();
    double right = 0;
    for (size_t n = 0; n < 2; ++n) {
      for (size_t i = 0; i < 4; ++i) {
        size_t best = 0;
        const auto score = [&](size_t c) {
          return tester.input()[axis == 1 ? (n * 3 + c) * 4 + i : (n * 4 + i) * 3 + c];
        };
        for (size_t c = 1; c < 3; ++c) best = score(c) > score(best) ? c : best;
        right += static_cast<float>(best) == tester.input(1)[n * 4 + i];
      }
    }
    ExpectNear({static_cast<float>(right / 8)}, tester.TopData());
  }
}

TEST(AccuracyTest, RefusesWhatItCannotCount) {
  caffe::LayerParameter param = ParamOf("Accuracy");
  param.mutable_accuracy_param()->set_top_k(4);
  EXPECT_NE(ErrorOf(param, {{2, 3}, {2}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Accuracy"), {{2, 3}, {3}}), "");
  LayerTester tester(ParamOf("Accuracy"), {{1, 3}, {1}});
  tester.input(1) = {3};
  EXPECT_THROW(tester.Forward(), Error);
  EXPECT_THROW(tester.Backward({true, false}), Error);
  EXPECT_NO_THROW(tester.Backward({false, false}));
}

}  // namespace
}  // namespace crema::test
