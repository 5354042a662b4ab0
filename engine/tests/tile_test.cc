#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter TileOf(int axis, int tiles) {
  caffe::LayerParameter param = ParamOf("Tile");
  param.mutable_tile_param()->set_axis(axis);
  param.mutable_tile_param()->set_tiles(tiles);
  return param;
}

TEST(TileTest, RepeatsAlongAnAxis) {
  LayerTester tester(TileOf(1, 3), {{2, 2}});
  tester.input() = {1, 2, 3, 4};
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), (Shape{2, 6}));
  ExpectNear({1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4}, tester.TopData(), 0);
}

TEST(TileTest, RepeatsSingleValues) {
  LayerTester tester(TileOf(-1, 3), {{2, 1}});
  tester.input() = {1, 2};
  tester.Forward();
  ExpectNear({1, 1, 1, 2, 2, 2}, tester.TopData(), 0);
}

TEST(TileTest, HasTheRightGradient) {
  for (const int axis : {0, 1, 2, -1}) {
    for (const int tiles : {1, 3}) {
      LayerTester tester(TileOf(axis, tiles), {{2, 3, 4, axis == -1 ? 1 : 2}});
      CheckGradients(tester);
    }
  }
}

TEST(TileTest, RepeatsLongRowsInPieces) {
  LayerTester tester(TileOf(0, 2), {{3, 3000}});
  tester.Forward();
  Values expected = tester.input();
  expected.insert(expected.end(), tester.input().begin(), tester.input().end());
  ExpectNear(expected, tester.TopData(), 0);
  tester.Backward();
  const Values found = tester.BottomDiff();
  for (size_t i = 0; i < 9000; ++i) {
    ASSERT_EQ(found[i], tester.top_diff()[i] + tester.top_diff()[9000 + i]);
  }
}

TEST(TileTest, RefusesWhatItCannotDo) {
  EXPECT_EQ(ErrorOf(ParamOf("Tile"), {{2, 2}}), "Expected tiles of 1 or more but found 0");
  EXPECT_NE(ErrorOf(TileOf(1, 2), {{2, 2}}, {.in_place = true}), "");
  EXPECT_NE(ErrorOf(TileOf(1, INT32_MAX), {{2, 2}}), "");
}

}  // namespace
}  // namespace crema::test
