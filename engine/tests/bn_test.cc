#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::FillerParameter Uniform(float low, float high) {
  caffe::FillerParameter filler;
  filler.set_type("uniform");
  filler.set_min(low);
  filler.set_max(high);
  return filler;
}

caffe::LayerParameter Segnet(bool infers = false, caffe::Phase phase = caffe::TRAIN) {
  caffe::LayerParameter param = ParamOf("BN", phase);
  auto& bn = *param.mutable_bn_param();
  *bn.mutable_scale_filler() = Uniform(0.5f, 2);
  *bn.mutable_shift_filler() = Uniform(-1, 1);
  if (infers) bn.set_bn_mode(caffe::BNParameter_BNMode_INFERENCE);
  return param;
}

caffe::LayerParameter Pspnet(bool frozen = false, caffe::Phase phase = caffe::TRAIN) {
  caffe::LayerParameter param = ParamOf("BN", phase);
  auto& bn = *param.mutable_bn_param();
  *bn.mutable_slope_filler() = Uniform(0.5f, 2);
  *bn.mutable_bias_filler() = Uniform(-1, 1);
  if (frozen) bn.set_frozen(true);
  return param;
}

const Shape kBnShape = {4, 3, 2, 5};

size_t BnChannelOf(size_t i) { return i / 10 % 3; }

struct BnStatistics {
  std::vector<double> mean = std::vector<double>(3), variance = std::vector<double>(3);
};

BnStatistics MeasureBn(const Values& values) {
  BnStatistics s;
  for (size_t i = 0; i < values.size(); ++i) {
    s.mean[BnChannelOf(i)] += static_cast<double>(values[i]) / 40;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    s.variance[BnChannelOf(i)] +=
        std::pow(static_cast<double>(values[i]) - s.mean[BnChannelOf(i)], 2) / 40;
  }
  return s;
}

Values ExpectedBn(LayerTester& tester, const BnStatistics& s, double eps) {
  const Values scale = LayerTester::ValuesOf(tester.param(0).data());
  const Values shift = LayerTester::ValuesOf(tester.param(1).data());
  Values out;
  for (size_t i = 0; i < tester.input().size(); ++i) {
    const size_t c = BnChannelOf(i);
    const double normalized =
        (static_cast<double>(tester.input()[i]) - s.mean[c]) / std::sqrt(s.variance[c] + eps);
    out.push_back(static_cast<float>(static_cast<double>(scale[c]) * normalized +
                                     static_cast<double>(shift[c])));
  }
  return out;
}

void SetBnStatistics(LayerTester& tester) {
  const Values mean = {0.5f, -1, 2}, variance = {1, 4, 0.25f};
  std::copy(mean.begin(), mean.end(), tester.param(2).data().Write());
  std::copy(variance.begin(), variance.end(), tester.param(3).data().Write());
}

Values AsFloats(const std::vector<double>& values) { return Values(values.begin(), values.end()); }

TEST(BnTest, OfSegnetNormalizesTheBatchInBothPhases) {
  for (const caffe::Phase phase : {caffe::TRAIN, caffe::TEST}) {
    LayerTester tester(Segnet(false, phase), {kBnShape}, {.tops = 3});
    ASSERT_EQ(tester.layer().blobs().size(), 2u);
    EXPECT_EQ(tester.param(0).shape(), Shape({1, 3, 1, 1}));
    tester.Forward();
    const BnStatistics s = MeasureBn(tester.input());
    ExpectNear(ExpectedBn(tester, s, 1e-9), tester.TopData());
    EXPECT_EQ(tester.top(1).shape(), Shape({1, 3, 1, 1}));
    ExpectNear(AsFloats(s.mean), tester.TopData(1));
    ExpectNear(AsFloats(s.variance), tester.TopData(2));
  }
}

TEST(BnTest, OfSegnetInfersWithScaleAndShiftAlone) {
  LayerTester tester(Segnet(true, caffe::TEST), {kBnShape});
  tester.Forward();
  ExpectNear(ExpectedBn(tester, {{0, 0, 0}, {1, 1, 1}}, 0), tester.TopData());
  CheckGradients(tester);
  // Without statistics, there are no tops for them.
  EXPECT_EQ(tester.layer().arity().max_tops, 1);
}

TEST(BnTest, OfPspnetNormalizesTheBatchAndFollowsItsStatistics) {
  caffe::LayerParameter param = Pspnet();
  param.mutable_bn_param()->set_momentum(0.75f);
  param.mutable_bn_param()->set_eps(0.1f);
  LayerTester tester(param, {kBnShape});
  ASSERT_EQ(tester.layer().blobs().size(), 4u);
  EXPECT_EQ(tester.param(3).shape(), Shape({1, 3, 1, 1}));
  SetBnStatistics(tester);
  tester.Forward();
  const BnStatistics s = MeasureBn(tester.input());
  // Of single precision: the layer's eps.
  ExpectNear(ExpectedBn(tester, s, static_cast<double>(0.1f)), tester.TopData());
  const double mean[] = {0.5, -1, 2}, variance[] = {1, 4, 0.25};
  Values followed_mean, followed_variance;
  for (size_t c = 0; c < 3; ++c) {
    followed_mean.push_back(static_cast<float>(0.75 * mean[c] + 0.25 * s.mean[c]));
    followed_variance.push_back(static_cast<float>(0.75 * variance[c] + 0.25 * s.variance[c]));
  }
  ExpectNear(followed_mean, LayerTester::ValuesOf(tester.param(2).data()));
  ExpectNear(followed_variance, LayerTester::ValuesOf(tester.param(3).data()));
}

TEST(BnTest, OfPspnetUsesItsStatisticsInTestingAndFrozen) {
  const BnStatistics s = {{0.5, -1, 2}, {1, 4, 0.25}};
  for (const bool frozen : {false, true}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(Pspnet(frozen, frozen ? caffe::TRAIN : caffe::TEST), {kBnShape},
                         {.in_place = in_place});
      // Before any weights are copied to it.
      EXPECT_EQ(LayerTester::ValuesOf(tester.param(3).data()), Values(3, frozen ? 1.0f : 0.0f));
      SetBnStatistics(tester);
      tester.Forward();
      ExpectNear(ExpectedBn(tester, s, 1e-5), tester.TopData());
      CheckGradients(tester);
      EXPECT_EQ(LayerTester::ValuesOf(tester.param(2).data()), Values({0.5f, -1, 2}));
    }
  }
}

TEST(BnTest, LearnsScaleAndShiftUnlessFrozen) {
  for (const bool frozen : {false, true}) {
    LayerTester tester(Pspnet(frozen), {kBnShape});
    EXPECT_EQ(tester.layer().LearnsParam(0), !frozen);
    EXPECT_EQ(tester.layer().LearnsParam(1), !frozen);
    EXPECT_FALSE(tester.layer().LearnsParam(2));
    EXPECT_FALSE(tester.layer().LearnsParam(3));
  }
  LayerTester segnet(Segnet(), {kBnShape});
  EXPECT_TRUE(segnet.layer().LearnsParam(1));
}

TEST(BnTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    for (const auto& param : {Segnet(), Segnet(true), Pspnet()}) {
      LayerTester tester(param, {kBnShape}, {.in_place = in_place});
      CheckGradients(tester);
    }
  }
}

TEST(BnTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    for (const auto& param : {Segnet(), Segnet(true), Pspnet(), Pspnet(true)}) {
      ExpectSameInBlocks(param, {{2, 19, 5, 3}}, {.in_place = in_place}, 1e-4);
    }
  }
}

TEST(BnTest, RefusesMixturesAndOtherForks) {
  caffe::LayerParameter both = Segnet();
  both.mutable_bn_param()->set_frozen(true);
  EXPECT_EQ(ErrorOf(both, {kBnShape}),
            "Expected either SegNet's fields of BN (scale_filler, shift_filler, bn_mode) or "
            "PSPNet's (slope_filler, bias_filler, momentum, eps, frozen, icnet) but found both");
  caffe::LayerParameter other = Pspnet();
  other.mutable_bn_param()->set_decay(0.9f);
  EXPECT_NE(ErrorOf(other, {kBnShape}), "");
  EXPECT_NE(ErrorOf(Segnet(), {{3}}), "");
}

}  // namespace
}  // namespace crema::test
