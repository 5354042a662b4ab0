#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter SliceOf(int axis, const std::vector<uint32_t>& points = {}) {
  caffe::LayerParameter param = ParamOf("Slice");
  param.mutable_slice_param()->set_axis(axis);
  for (const uint32_t p : points) param.mutable_slice_param()->add_slice_point(p);
  return param;
}

// Joining the tops again must give the bottom.
void ExpectCut(LayerTester& tester, int axis, const std::vector<int>& lengths) {
  tester.Forward();
  Values joined;
  for (int64_t o = 0; o < tester.bottom().count(0, axis); ++o) {
    for (size_t t = 0; t < lengths.size(); ++t) {
      ASSERT_EQ(tester.top(t).shape(axis), lengths[t]);
      const int64_t row = tester.top(t).count(axis);
      const Values data = tester.TopData(t);
      joined.insert(joined.end(), data.begin() + o * row, data.begin() + (o + 1) * row);
    }
  }
  EXPECT_EQ(tester.input(), joined);
  CheckGradients(tester);
}

TEST(SliceTest, CutsIntoEqualParts) {
  LayerTester tester(ParamOf("Slice"), {{2, 6, 3}}, {.tops = 3});
  ExpectCut(tester, 1, {2, 2, 2});
}

TEST(SliceTest, CutsAtPointsAlongAnyAxis) {
  for (const int axis : {0, 1, 2, -1}) {
    LayerTester tester(SliceOf(axis, {1, 4}), {{6, 6, 6}}, {.tops = 3});
    ExpectCut(tester, axis < 0 ? 2 : axis, {1, 3, 2});
  }
}

TEST(SliceTest, TakesTheOldField) {
  caffe::LayerParameter param = ParamOf("Slice");
  param.mutable_slice_param()->set_slice_dim(0);
  LayerTester tester(param, {{4, 3}}, {.tops = 2});
  ExpectCut(tester, 0, {2, 2});
  param.mutable_slice_param()->set_axis(0);
  EXPECT_NE(ErrorOf(param, {{4, 3}}, {.tops = 2}), "");
}

TEST(SliceTest, PassesASingleTopThrough) {
  LayerTester tester(ParamOf("Slice"), {{2, 3}});
  ExpectCut(tester, 1, {3});
}

TEST(SliceTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("Slice"), {{2, 32, 5, 3}}, {.tops = 2});
  ExpectSameInBlocks(SliceOf(1, {16}), {{2, 19, 5, 3}}, {.tops = 2});
  ExpectSameInBlocks(SliceOf(1, {3, 8}), {{2, 19, 5, 3}}, {.tops = 3});
  ExpectSameInBlocks(SliceOf(2, {3}), {{2, 16, 5, 3}}, {.tops = 2});
}

TEST(SliceTest, RefusesPointsThatDoNotFit) {
  EXPECT_NE(ErrorOf(ParamOf("Slice"), {{2, 5}}, {.tops = 2}), "");
  EXPECT_NE(ErrorOf(SliceOf(1, {1, 2}), {{2, 5}}, {.tops = 2}), "");
  EXPECT_NE(ErrorOf(SliceOf(1, {2, 2}), {{2, 5}}, {.tops = 3}), "");
  EXPECT_NE(ErrorOf(SliceOf(1, {5}), {{2, 5}}, {.tops = 2}), "");
  EXPECT_NE(ErrorOf(SliceOf(1, {0}), {{2, 5}}, {.tops = 2}), "");
  EXPECT_NE(ErrorOf(SliceOf(2, {1}), {{2, 5}}, {.tops = 2}), "");
}

}  // namespace
}  // namespace crema::test
