#include <cfloat>
#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

Values Labels(size_t count, int classes) {
  Values labels(count);
  for (size_t i = 0; i < count; ++i)
    labels[i] = static_cast<float>((i * 7 + 3) % 100 % static_cast<size_t>(classes));
  return labels;
}

// The sum of the items' losses, over items whose label is not `ignored`.
double SoftmaxLossReference(const Values& scores, const Values& labels, int64_t outer,
                            int64_t classes, int64_t inner, int ignored, int* valid) {
  double loss = 0;
  *valid = 0;
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      const int label = static_cast<int>(labels[static_cast<size_t>(o * inner + i)]);
      if (label == ignored) continue;
      double sum = 0;
      const auto at = [&](int64_t c) {
        return static_cast<double>(scores[static_cast<size_t>((o * classes + c) * inner + i)]);
      };
      for (int64_t c = 0; c < classes; ++c) sum += std::exp(at(c));
      loss -= at(label) - std::log(sum);
      ++*valid;
    }
  }
  return loss;
}

using Mode = caffe::LossParameter_NormalizationMode;

struct SoftmaxCase {
  // -1 means not given.
  int normalization, normalize;
  bool ignore;
  int axis;
};

class SoftmaxWithLossTest : public testing::TestWithParam<SoftmaxCase> {
 protected:
  static constexpr int kIgnored = 2;

  caffe::LayerParameter Param() const {
    const SoftmaxCase c = GetParam();
    caffe::LayerParameter param = ParamOf("SoftmaxWithLoss");
    if (c.normalization >= 0)
      param.mutable_loss_param()->set_normalization(static_cast<Mode>(c.normalization));
    if (c.normalize >= 0) param.mutable_loss_param()->set_normalize(c.normalize == 1);
    if (c.ignore) param.mutable_loss_param()->set_ignore_label(kIgnored);
    param.mutable_softmax_param()->set_axis(c.axis);
    return param;
  }
  // Scores (4, 5, 3) with the classes at axis 1, or (4, 3, 5) with the classes last.
  std::vector<Shape> Shapes() const {
    return GetParam().axis == 1 ? std::vector<Shape>{{4, 5, 3}, {4, 3}}
                                : std::vector<Shape>{{4, 3, 5}, {4, 3}};
  }
};

TEST_P(SoftmaxWithLossTest, Computes) {
  const SoftmaxCase c = GetParam();
  LayerTester tester(Param(), Shapes());
  tester.input(1) = Labels(12, 5);
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), Shape({}));
  int valid = 0;
  const double sum = c.axis == 1 ? SoftmaxLossReference(tester.input(), tester.input(1), 4, 5, 3,
                                                        c.ignore ? kIgnored : -1, &valid)
                                 : SoftmaxLossReference(tester.input(), tester.input(1), 12, 5, 1,
                                                        c.ignore ? kIgnored : -1, &valid);
  EXPECT_EQ(valid < 12, c.ignore);
  const double outer = c.axis == 1 ? 4 : 12;
  double by = valid;  // The default.
  if (c.normalize == 0) by = outer;
  if (c.normalization == caffe::LossParameter_NormalizationMode_FULL) by = 12;
  if (c.normalization == caffe::LossParameter_NormalizationMode_VALID) by = valid;
  if (c.normalization == caffe::LossParameter_NormalizationMode_BATCH_SIZE) by = outer;
  if (c.normalization == caffe::LossParameter_NormalizationMode_NONE) by = 1;
  ExpectNear({static_cast<float>(sum / by)}, tester.TopData(), 1e-6);
}

TEST_P(SoftmaxWithLossTest, HasTheRightGradient) {
  LayerTester tester(Param(), Shapes());
  tester.input(1) = Labels(12, 5);
  CheckGradients(tester, {.bottoms = {0}});
}

INSTANTIATE_TEST_SUITE_P(Cases, SoftmaxWithLossTest,
                         testing::Values(SoftmaxCase{-1, -1, false, 1},
                                         SoftmaxCase{-1, -1, true, 1}, SoftmaxCase{0, -1, true, 1},
                                         SoftmaxCase{1, -1, true, 1}, SoftmaxCase{2, -1, true, 1},
                                         SoftmaxCase{3, -1, true, 1}, SoftmaxCase{-1, 0, true, 1},
                                         SoftmaxCase{-1, 1, true, 1}, SoftmaxCase{0, 0, true, 1},
                                         SoftmaxCase{-1, -1, true, -1},
                                         SoftmaxCase{2, -1, true, 2}));

TEST(SoftmaxWithLossEdgeTest, GivesTheSoftmaxAsASecondTop) {
  LayerTester tester(ParamOf("SoftmaxWithLoss"), {{3, 4}, {3}}, {.tops = 2});
  tester.input(1) = {0, 1, 3};
  tester.Forward();
  EXPECT_EQ(tester.top(1).shape(), Shape({3, 4}));
  LayerTester softmax(ParamOf("Softmax"), {{3, 4}});
  softmax.input() = tester.input();
  softmax.Forward();
  ExpectNear(softmax.TopData(), tester.TopData(1), 1e-6);
  EXPECT_EQ(tester.layer().DefaultLossWeight(0), 1.0f);
  EXPECT_EQ(tester.layer().DefaultLossWeight(1), 0.0f);
}

TEST(SoftmaxWithLossEdgeTest, ClipsVanishingProbabilities) {
  LayerTester tester(ParamOf("SoftmaxWithLoss"), {{1, 2}, {1}});
  tester.input(0) = {1000, 0};
  tester.input(1) = {1};
  tester.Forward();
  ExpectNear({-std::log(FLT_MIN)}, tester.TopData());
}

TEST(SoftmaxWithLossEdgeTest, IsZeroWhenAllIsIgnored) {
  caffe::LayerParameter param = ParamOf("SoftmaxWithLoss");
  param.mutable_loss_param()->set_ignore_label(255);
  LayerTester tester(param, {{2, 3}, {2}});
  tester.input(1) = {255, 255};
  tester.Forward();
  tester.Backward({true, false});
  ExpectNear({0}, tester.TopData(), 0);
  ExpectNear(Values(6, 0.0f), tester.BottomDiff(), 0);
}

TEST(SoftmaxWithLossEdgeTest, RefusesLabelsOutOfRange) {
  LayerTester tester(ParamOf("SoftmaxWithLoss"), {{1, 3}, {1}});
  for (const float label : {3.0f, -1.0f, NAN, 1e20f}) {
    tester.input(1) = {label};
    EXPECT_THROW(tester.Forward(), Error) << label;
  }
  tester.input(1) = {2.9f};
  EXPECT_NO_THROW(tester.Forward());
  EXPECT_THROW(tester.Backward({true, true}), Error);
}

TEST(SoftmaxWithLossEdgeTest, RefusesAnotherNumberOfLabels) {
  EXPECT_NE(ErrorOf(ParamOf("SoftmaxWithLoss"), {{4, 5, 3}, {4}}), "");
  EXPECT_NE(ErrorOf(ParamOf("SoftmaxWithLoss"), {{4, 5}, {2, 2}}), "");
}

TEST(SoftmaxWithLossEdgeTest, WorksOnBlockedLayouts) {
  for (const int block : {1, 8, 16}) {
    LayerTester tester(ParamOf("SoftmaxWithLoss"), {{2, 19, 3, 3}, {2, 3, 3}}, {.block = block});
    tester.input(1) = Labels(18, 19);
    tester.Forward();
    int valid = 0;
    const double sum = SoftmaxLossReference(tester.input(), tester.input(1), 2, 19, 9, -1, &valid);
    ExpectNear({static_cast<float>(sum / 18)}, tester.TopData(), 1e-6);
    CheckGradients(tester, {.bottoms = {0}});
  }
}

TEST(SoftmaxWithLossTest, GivesTheLossOfEachItemInAThirdTop) {
  caffe::LayerParameter param = ParamOf("SoftmaxWithLoss");
  param.mutable_loss_param()->set_ignore_label(2);
  LayerTester tester(param, {{2, 4, 3}, {2, 1, 3}}, {.tops = 3});
  EXPECT_EQ(tester.top(2).shape(), Shape({2, 1, 3}));
  tester.input(1) = {0, 2, 1, 3, 3, 2};
  tester.Forward();
  Values expected;
  float sum = 0;
  for (size_t i = 0; i < 6; ++i) {
    const auto at = [&](size_t c) { return std::exp(tester.input()[(i / 3 * 4 + c) * 3 + i % 3]); };
    const auto label = static_cast<size_t>(tester.input(1)[i]);
    expected.push_back(label == 2 ? 0.0f : -std::log(at(label) / (at(0) + at(1) + at(2) + at(3))));
    sum += expected.back();
  }
  ExpectNear(expected, tester.TopData(2));
  ExpectNear({sum / 4}, tester.TopData());
  // The gradient is that of the first top alone.
  const Values with_losses = (tester.Backward({true, false}), tester.BottomDiff());
  LayerTester alone(param, {{2, 4, 3}, {2, 1, 3}});
  alone.input() = tester.input();
  alone.input(1) = tester.input(1);
  alone.top_diff() = tester.top_diff();
  alone.Forward();
  alone.Backward({true, false});
  EXPECT_EQ(alone.BottomDiff(), with_losses);
}

}  // namespace
}  // namespace crema::test
