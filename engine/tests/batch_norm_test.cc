#include <cmath>
#include <limits>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

struct Statistics {
  std::vector<double> mean, variance;
};

size_t ChannelOf(size_t i, const Blob& blob) {
  const size_t inner = static_cast<size_t>(blob.num_axes() > 1 ? blob.count(2) : 1);
  return i / inner % static_cast<size_t>(blob.num_axes() > 1 ? blob.shape(1) : 1);
}

Statistics Measure(const Values& values, const Blob& blob) {
  const size_t channels = static_cast<size_t>(blob.num_axes() > 1 ? blob.shape(1) : 1);
  const double each = static_cast<double>(values.size() / channels);
  Statistics s{std::vector<double>(channels), std::vector<double>(channels)};
  for (size_t i = 0; i < values.size(); ++i) {
    s.mean[ChannelOf(i, blob)] += static_cast<double>(values[i]) / each;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = ChannelOf(i, blob);
    s.variance[c] += std::pow(static_cast<double>(values[i]) - s.mean[c], 2) / each;
  }
  return s;
}

Values Normalized(const Values& values, const Blob& blob, const Statistics& s, double eps) {
  Values out(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t c = ChannelOf(i, blob);
    out[i] = static_cast<float>((static_cast<double>(values[i]) - s.mean[c]) /
                                std::sqrt(s.variance[c] + eps));
  }
  return out;
}

const Shape kShapes[] = {{4, 3, 2, 5}, {8, 5}, {6}, {3, 2, 7}, {2, 3, 80, 90}};

TEST(BatchNormTest, NormalizesTheBatch) {
  for (const Shape& shape : kShapes) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(ParamOf("BatchNorm"), {shape}, {.in_place = in_place});
      // Far from zero, where squares lose digits.
      for (float& v : tester.input()) v += 50;
      tester.Forward();
      const Statistics s = Measure(tester.input(), tester.bottom());
      ExpectNear(Normalized(tester.input(), tester.bottom(), s, 1e-5), tester.TopData(), 1e-4);
    }
  }
}

TEST(BatchNormTest, GathersStatisticsThatDecay) {
  caffe::LayerParameter param = ParamOf("BatchNorm");
  param.mutable_batch_norm_param()->set_moving_average_fraction(0.9f);
  LayerTester tester(param, {{4, 3, 2, 5}});
  tester.Forward();
  const Statistics first = Measure(tester.input(), tester.bottom());
  tester.input() = RandomValues(120, 55, -1, 5);
  tester.Forward();
  const Statistics second = Measure(tester.input(), tester.bottom());
  const double unbias = 40.0 / 39.0;
  Values mean, variance;
  for (size_t c = 0; c < 3; ++c) {
    mean.push_back(static_cast<float>(0.9 * first.mean[c] + second.mean[c]));
    variance.push_back(static_cast<float>(unbias * (0.9 * first.variance[c] + second.variance[c])));
  }
  ExpectNear(mean, LayerTester::ValuesOf(tester.param(0).data()));
  ExpectNear(variance, LayerTester::ValuesOf(tester.param(1).data()));
  ExpectNear({1.9f}, LayerTester::ValuesOf(tester.param(2).data()));
}

void SetStatistics(LayerTester& tester) {
  const Values mean = {0.5f, -1, 2}, variance = {1, 4, 0.25f};
  std::copy(mean.begin(), mean.end(), tester.param(0).data().Write());
  std::copy(variance.begin(), variance.end(), tester.param(1).data().Write());
  tester.param(2).data().Write()[0] = 2;
}

TEST(BatchNormTest, GathersNaNsAsNaN) {
  LayerTester tester(ParamOf("BatchNorm"), {{2, 2, 3}});
  tester.input()[1] = std::numeric_limits<float>::quiet_NaN();
  tester.Forward();
  for (const size_t statistic : {0u, 1u}) {
    const Values gathered = LayerTester::ValuesOf(tester.param(statistic).data());
    EXPECT_TRUE(std::isnan(gathered[0]));
    EXPECT_FALSE(std::isnan(gathered[1]));
  }
}

TEST(BatchNormTest, UsesTheGatheredStatisticsInTesting) {
  for (const bool in_place : {false, true}) {
    caffe::LayerParameter param = ParamOf("BatchNorm", caffe::TEST);
    param.mutable_batch_norm_param()->set_eps(0.1f);
    LayerTester tester(param, {{4, 3, 2, 5}}, {.in_place = in_place});
    SetStatistics(tester);
    tester.Forward();
    ExpectNear(Normalized(tester.input(), tester.bottom(), {{0.25, -0.5, 1}, {0.5, 2, 0.125}}, 0.1),
               tester.TopData());
    CheckGradients(tester);
    EXPECT_EQ(Values{2}, LayerTester::ValuesOf(tester.param(2).data()));
  }
}

TEST(BatchNormTest, AddsEpsToTheStandardDeviationWhereToldSo) {
  for (const bool global : {false, true}) {
    for (const bool in_place : {false, true}) {
      caffe::LayerParameter param = ParamOf("BatchNorm", global ? caffe::TEST : caffe::TRAIN);
      param.mutable_batch_norm_param()->set_eps(0.5f);
      param.mutable_batch_norm_param()->set_add_eps_before_sqrt(false);
      LayerTester tester(param, {{4, 3, 2, 5}}, {.in_place = in_place});
      SetStatistics(tester);
      tester.Forward();
      Statistics s = global ? Statistics{{0.25, -0.5, 1}, {0.5, 2, 0.125}}
                            : Measure(tester.input(), tester.bottom());
      for (double& v : s.variance) v = std::pow(std::sqrt(v) + 0.5, 2);
      ExpectNear(Normalized(tester.input(), tester.bottom(), s, 0), tester.TopData());
      CheckGradients(tester);
    }
  }
}

TEST(BatchNormTest, UsesEpsAloneBeforeStatisticsAreGathered) {
  LayerTester tester(ParamOf("BatchNorm", caffe::TEST), {{1, 1, 2}});
  tester.input() = {1, -2};
  tester.Forward();
  const float scale = 1 / std::sqrt(1e-5f);
  ExpectNear({scale, -2 * scale}, tester.TopData());
}

TEST(BatchNormTest, ObeysUseGlobalStats) {
  caffe::LayerParameter train = ParamOf("BatchNorm");
  train.mutable_batch_norm_param()->set_use_global_stats(true);
  LayerTester global(train, {{4, 3, 2, 5}});
  SetStatistics(global);
  global.Forward();
  EXPECT_EQ(Values{2}, LayerTester::ValuesOf(global.param(2).data()));
  caffe::LayerParameter test = ParamOf("BatchNorm", caffe::TEST);
  test.mutable_batch_norm_param()->set_use_global_stats(false);
  LayerTester batch(test, {{4, 3, 2, 5}});
  batch.Forward();
  EXPECT_EQ(Values{1}, LayerTester::ValuesOf(batch.param(2).data()));
}

TEST(BatchNormTest, HasTheRightGradient) {
  for (const Shape& shape : {kShapes[0], kShapes[1], kShapes[2], kShapes[3]}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(ParamOf("BatchNorm"), {shape}, {.in_place = in_place});
      CheckGradients(tester, {.threshold = 2e-3});
    }
  }
}

TEST(BatchNormTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    ExpectSameInBlocks(ParamOf("BatchNorm"), {{4, 19, 5, 3}}, {.in_place = in_place});
    ExpectSameInBlocks(ParamOf("BatchNorm"), {{3, 64, 30, 30}}, {.in_place = in_place});
    ExpectSameInBlocks(ParamOf("BatchNorm", caffe::TEST), {{2, 19, 5, 3}}, {.in_place = in_place});
  }
}

TEST(BatchNormTest, DoesNotLearnItsStatistics) {
  caffe::LayerParameter param = ParamOf("BatchNorm");
  EXPECT_FALSE(LayerTester(param, {{2, 3}}).layer().LearnsParam(0));
  param.add_param()->set_lr_mult(0);
  EXPECT_EQ(ErrorOf(param, {{2, 3}}), "");
  param.add_param()->set_lr_mult(1);
  EXPECT_NE(ErrorOf(param, {{2, 3}}), "");
  LayerTester tester(ParamOf("BatchNorm"), {{2, 3}});
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 4}), Error);
}

}  // namespace
}  // namespace crema::test
