#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter StochasticOf(uint32_t kernel, uint32_t stride,
                                   caffe::Phase phase = caffe::TRAIN) {
  caffe::LayerParameter layer = ParamOf("Pooling", phase);
  layer.mutable_pooling_param()->set_pool(caffe::PoolingParameter_PoolMethod_STOCHASTIC);
  layer.mutable_pooling_param()->set_kernel_size(kernel);
  layer.mutable_pooling_param()->set_stride(stride);
  return layer;
}

void MakePositive(LayerTester& tester) {
  for (float& v : tester.input()) v = std::fabs(v);
}

TEST(StochasticPoolingTest, DrawsEachValueAsOftenAsItIsLarge) {
  LayerTester tester(StochasticOf(2, 2), {{100, 40, 2, 2}});
  for (size_t i = 0; i < tester.input().size(); ++i) {
    tester.input()[i] = static_cast<float>(i % 4);
  }
  tester.Forward();
  std::map<float, int> drawn;
  for (const float v : tester.TopData()) ++drawn[v];
  EXPECT_EQ(drawn[0], 0);
  for (int value = 1; value <= 3; ++value) {
    const double share = value / 6.0;
    // Five standard deviations.
    EXPECT_NEAR(drawn[static_cast<float>(value)] / 4000.0, share,
                5 * std::sqrt(share * (1 - share) / 4000));
  }
}

TEST(StochasticPoolingTest, DrawsNewValuesInEveryForwardAndRepeatsThemFromASavedCounter) {
  LayerTester tester(StochasticOf(3, 2), {{2, 3, 9, 8}});
  MakePositive(tester);
  tester.Forward();
  const uint64_t middle = tester.layer().random().counter();
  tester.Forward();
  const Values second = tester.TopData();
  tester.Forward();
  EXPECT_NE(second, tester.TopData());
  tester.layer().random().set_counter(middle);
  tester.Forward();
  EXPECT_EQ(second, tester.TopData());
}

TEST(StochasticPoolingTest, GivesTheGradientToTheValueThatWasDrawn) {
  for (const uint32_t stride : {1u, 2u, 3u}) {
    LayerTester tester(StochasticOf(3, stride), {{2, 3, 7, 8}});
    // Apart, so that each value says where it is from.
    for (size_t i = 0; i < tester.input().size(); ++i) {
      tester.input()[i] = 1.0f + static_cast<float>(i) / 1024;
    }
    tester.Forward();
    const Values top = tester.TopData();
    Values expected(tester.input().size());
    for (size_t i = 0; i < top.size(); ++i) {
      const auto at = static_cast<size_t>(std::lround((top[i] - 1.0f) * 1024));
      EXPECT_EQ(at / 56, i / static_cast<size_t>(tester.top().count(2)));
      expected[at] += tester.top_diff()[i];
    }
    tester.Backward();
    ExpectNear(expected, tester.BottomDiff());
  }
}

TEST(StochasticPoolingTest, TakesTheFirstOfZerosAndStaysInWindowsOfAnyNumbers) {
  LayerTester tester(StochasticOf(2, 2), {{1, 1, 4, 4}});
  std::fill(tester.input().begin(), tester.input().end(), 0.0f);
  tester.Forward();
  tester.Backward();
  const Values& diff = tester.top_diff();
  EXPECT_EQ(tester.BottomDiff(),
            (Values{diff[0], 0, diff[1], 0, 0, 0, 0, 0, diff[2], 0, diff[3], 0, 0, 0, 0, 0}));
  for (const float v : {-1.0f, NAN, INFINITY}) {
    std::fill(tester.input().begin(), tester.input().end(), v);
    tester.Forward();
    tester.Backward();
    const Values found = tester.BottomDiff();
    EXPECT_NEAR(std::accumulate(found.begin(), found.end(), 0.0f),
                std::accumulate(diff.begin(), diff.end(), 0.0f), 1e-5f);
  }
}

// In testing: the average with the values as weights.
TEST(StochasticPoolingTest, AveragesInTesting) {
  LayerTester tester(StochasticOf(2, 2, caffe::TEST), {{1, 1, 3, 4}});
  tester.input() = {1, 2, 0, 0, 3, 4, 0, 0, 2, 6, 5, 0};
  tester.Forward();
  ExpectNear({3, 0, 5, 5}, tester.TopData());
  LayerTester random(StochasticOf(3, 2, caffe::TEST), {{2, 2, 6, 5}});
  MakePositive(random);
  CheckGradients(random);
}

TEST(StochasticPoolingTest, DoesNotDependOnTheLayout) {
  for (const auto phase : {caffe::TRAIN, caffe::TEST}) {
    ExpectSameInBlocks(StochasticOf(3, 2, phase), {{2, 19, 7, 5}});
  }
}

TEST(StochasticPoolingTest, PoolsWholeImages) {
  caffe::LayerParameter param = StochasticOf(1, 1);
  param.mutable_pooling_param()->clear_kernel_size();
  param.mutable_pooling_param()->set_global_pooling(true);
  LayerTester tester(param, {{2, 3, 5, 4}});
  MakePositive(tester);
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), (Shape{2, 3, 1, 1}));
  for (const float v : tester.TopData()) {
    EXPECT_NE(std::find(tester.input().begin(), tester.input().end(), v), tester.input().end());
  }
}

}  // namespace
}  // namespace crema::test
