#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ArgMaxOf(uint32_t top_k, bool values) {
  caffe::LayerParameter param = ParamOf("ArgMax");
  param.mutable_argmax_param()->set_top_k(top_k);
  param.mutable_argmax_param()->set_out_max_val(values);
  return param;
}

caffe::LayerParameter ArgMaxOf(uint32_t top_k, bool values, int axis) {
  caffe::LayerParameter param = ArgMaxOf(top_k, values);
  param.mutable_argmax_param()->set_axis(axis);
  return param;
}

TEST(ArgMaxTest, FindsTheGreatestOfAnItem) {
  LayerTester tester(ArgMaxOf(1, false), {{2, 2, 2}});
  tester.input() = {1, 4, -1, 3, 5, 0, 6, 2};
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), (Shape{2, 1, 1}));
  ExpectNear({1, 2}, tester.TopData(), 0);
}

TEST(ArgMaxTest, GivesPositionsAndValuesOfAnItem) {
  LayerTester tester(ArgMaxOf(2, true), {{2, 4}});
  tester.input() = {1, 4, -1, 3, 5, 0, 6, 2};
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), (Shape{2, 2, 2}));
  ExpectNear({1, 3, 4, 3, 2, 0, 6, 5}, tester.TopData(), 0);
}

TEST(ArgMaxTest, FindsTheGreatestAlongAnAxis) {
  for (const uint32_t k : {1u, 2u, 3u}) {
    for (const bool values : {false, true}) {
      LayerTester tester(ArgMaxOf(k, values, 1), {{2, 3, 300}});
      tester.Forward();
      EXPECT_EQ(tester.top().shape(), (Shape{2, static_cast<int>(k), 300}));
      const Values found = tester.TopData();
      for (size_t n = 0; n < 2; ++n) {
        for (size_t i = 0; i < 300; ++i) {
          std::vector<std::pair<float, size_t>> all;
          for (size_t c = 0; c < 3; ++c) all.emplace_back(tester.input()[(n * 3 + c) * 300 + i], c);
          std::sort(all.rbegin(), all.rend());
          for (size_t r = 0; r < k; ++r) {
            const float expected = values ? all[r].first : static_cast<float>(all[r].second);
            ASSERT_EQ(found[(n * k + r) * 300 + i], expected);
          }
        }
      }
    }
  }
}

// As std::greater<std::pair<float, int>>, by which Caffe sorts.
TEST(ArgMaxTest, TakesTheLastOfEqualValuesFirst) {
  for (const uint32_t k : {1u, 3u}) {
    LayerTester tester(ArgMaxOf(k, false), {{1, 4}});
    tester.input() = {7, 1, 7, 7};
    tester.Forward();
    const Values expected = {3, 2, 0};
    ExpectNear(Values(expected.begin(), expected.begin() + k), tester.TopData(), 0);
  }
}

TEST(ArgMaxTest, TakesNaNForTheLeast) {
  for (const uint32_t k : {1u, 2u}) {
    LayerTester tester(ArgMaxOf(k, false), {{1, 3}});
    tester.input() = {-3, NAN, -5};
    tester.Forward();
    const Values expected = {0, 2};
    ExpectNear(Values(expected.begin(), expected.begin() + k), tester.TopData(), 0);
  }
}

TEST(ArgMaxTest, RefusesWhatItCannotDo) {
  EXPECT_EQ(ErrorOf(ArgMaxOf(4, false), {{2, 3}}),
            "Expected a top_k from 1 to 3, the number of values to choose from, but found 4");
  EXPECT_NE(ErrorOf(ArgMaxOf(0, false), {{2, 3}}), "");
  EXPECT_NE(ErrorOf(ArgMaxOf(1, false, 2), {{2, 3}}), "");
  EXPECT_NE(ErrorOf(ArgMaxOf(1, false), {{2, 3}}, {.in_place = true}), "");
  LayerTester tester(ArgMaxOf(1, false), {{2, 3}});
  tester.Forward();
  EXPECT_THROW(tester.Backward(), Error);
}

}  // namespace
}  // namespace crema::test
