#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

// Targets of 0, 1, values between them, and -1, which some tests ignore.
Values Targets(size_t count, bool ignored) {
  Values targets = RandomValues(static_cast<int64_t>(count), 9, 0, 1);
  for (size_t i = 0; i < count; i += 3) targets[i] = static_cast<float>(i % 2);
  for (size_t i = 1; ignored && i < count; i += 4) targets[i] = -1;
  return targets;
}

double SigmoidReference(const Values& x, const Values& target, int* valid) {
  double sum = 0;
  *valid = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (target[i] == -1.0f) continue;
    const double t = static_cast<double>(target[i]);
    const double p = 1 / (1 + std::exp(-static_cast<double>(x[i])));
    sum -= t * std::log(p) + (1 - t) * std::log(1 - p);
    ++*valid;
  }
  return sum;
}

TEST(SigmoidCrossEntropyLossTest, ComputesWithEveryNormalization) {
  for (int mode = -1; mode < 4; ++mode) {
    caffe::LayerParameter param = ParamOf("SigmoidCrossEntropyLoss");
    param.mutable_loss_param()->set_ignore_label(-1);
    if (mode >= 0) {
      param.mutable_loss_param()->set_normalization(
          static_cast<caffe::LossParameter_NormalizationMode>(mode));
    }
    LayerTester tester(param, {{4, 5, 2}, {4, 10}});
    tester.input(1) = Targets(40, true);
    tester.Forward();
    int valid = 0;
    const double sum = SigmoidReference(tester.input(0), tester.input(1), &valid);
    ASSERT_LT(valid, 40);
    // By default, the batch size.
    const double by[] = {4, 40, static_cast<double>(valid), 4, 1};
    ExpectNear({static_cast<float>(sum / by[mode + 1])}, tester.TopData());
    CheckGradients(tester, {.bottoms = {0}});
  }
}

TEST(SigmoidCrossEntropyLossTest, TakesTheOldField) {
  for (const bool normalize : {false, true}) {
    caffe::LayerParameter param = ParamOf("SigmoidCrossEntropyLoss");
    param.mutable_loss_param()->set_normalize(normalize);
    LayerTester tester(param, {{4, 10}, {4, 10}});
    tester.input(1) = Targets(40, false);
    tester.Forward();
    int valid = 0;
    const double sum = SigmoidReference(tester.input(0), tester.input(1), &valid);
    ExpectNear({static_cast<float>(sum / (normalize ? 40 : 4))}, tester.TopData());
  }
}

TEST(SigmoidCrossEntropyLossTest, IsStableForLargeValues) {
  LayerTester tester(ParamOf("SigmoidCrossEntropyLoss"), {{1, 4}, {1, 4}});
  tester.input(0) = {1000, 1000, -1000, -1000};
  tester.input(1) = {1, 0, 0, 1};
  tester.Forward();
  ExpectNear({2000}, tester.TopData());
}

TEST(SigmoidCrossEntropyLossTest, SumsManyPieces) {
  LayerTester tester(ParamOf("SigmoidCrossEntropyLoss"), {{64, 784}, {64, 784}});
  tester.input(1) = Targets(64 * 784, false);
  tester.Forward();
  int valid = 0;
  const double sum = SigmoidReference(tester.input(0), tester.input(1), &valid);
  ExpectNear({static_cast<float>(sum / 64)}, tester.TopData());
}

TEST(SigmoidCrossEntropyLossTest, Refuses) {
  EXPECT_NE(ErrorOf(ParamOf("SigmoidCrossEntropyLoss"), {{2, 3}, {2, 4}}), "");
  LayerTester tester(ParamOf("SigmoidCrossEntropyLoss"), {{2, 3}, {2, 3}});
  tester.Forward();
  EXPECT_THROW(tester.Backward({true, true}), Error);
}

}  // namespace
}  // namespace crema::test
