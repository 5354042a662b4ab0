#include "engine/embedded/solver/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <numbers>
#include <string>

#include "engine/shared/error.h"

namespace crema {
namespace {

caffe::SolverParameter PolicyOf(const std::string& policy) {
  caffe::SolverParameter param;
  param.set_lr_policy(policy);
  param.set_base_lr(0.1f);
  param.set_gamma(0.5f);
  param.set_power(0.75f);
  param.set_stepsize(10);
  param.set_max_iter(100);
  return param;
}

void ExpectRates(const caffe::SolverParameter& param, const std::function<double(int)>& rate) {
  int step = 0;
  for (int i = 0; i < 100; ++i) {
    const double found = static_cast<double>(LearningRate(param, i, step));
    EXPECT_NEAR(found, rate(i), 1e-6 * rate(i) + 1e-12) << param.lr_policy() << " at " << i;
  }
}

TEST(LearningRateTest, FollowsEveryPolicy) {
  ExpectRates(PolicyOf("fixed"), [](int) { return 0.1; });
  ExpectRates(PolicyOf("step"), [](int i) { return 0.1 * std::pow(0.5, i / 10); });
  ExpectRates(PolicyOf("exp"), [](int i) { return 0.1 * std::pow(0.5, i); });
  ExpectRates(PolicyOf("inv"), [](int i) { return 0.1 * std::pow(1 + 0.5 * i, -0.75); });
  ExpectRates(PolicyOf("poly"), [](int i) { return 0.1 * std::pow(1 - i / 100.0, 0.75); });
  ExpectRates(PolicyOf("sigmoid"), [](int i) { return 0.1 / (1 + std::exp(-0.5 * (i - 10))); });
  caffe::SolverParameter param = PolicyOf("multistep");
  for (const int step : {5, 6, 30}) param.add_stepvalue(step);
  ExpectRates(param, [](int i) { return 0.1 * std::pow(0.5, (i >= 5) + (i >= 6) + (i >= 30)); });
}

TEST(LearningRateTest, FallsByHalfACosine) {
  caffe::SolverParameter param = PolicyOf("cosine");
  ExpectRates(param, [](int i) { return 0.1 * (1 + std::cos(std::numbers::pi * i / 100)) / 2; });
  param.set_min_lr(0.02f);
  ExpectRates(param,
              [](int i) { return 0.02 + 0.08 * (1 + std::cos(std::numbers::pi * i / 100)) / 2; });
  int step = 0;
  EXPECT_EQ(LearningRate(param, 100, step), 0.02f);
  EXPECT_EQ(LearningRate(param, 1000, step), 0.02f);
  EXPECT_EQ(step, 0);
  // It begins after the warm-up.
  param.set_warmup_iter(20);
  ExpectRates(param, [](int i) {
    return i < 20 ? 0.1 * i / 20
                  : 0.02 + 0.08 * (1 + std::cos(std::numbers::pi * (i - 20) / 80)) / 2;
  });
  param.set_warmup_iter(200);
  ExpectRates(param, [](int i) { return 0.1 * i / 200; });
}

TEST(LearningRateTest, WarmsUpBeforeEveryPolicy) {
  for (const char* policy :
       {"fixed", "step", "exp", "inv", "multistep", "poly", "sigmoid", "cosine"}) {
    caffe::SolverParameter param = PolicyOf(policy);
    for (const int step : {5, 6, 30}) param.add_stepvalue(step);
    caffe::SolverParameter warm = param;
    warm.set_warmup_iter(8);
    warm.set_warmup_start_lr(0.02f);
    int step = 0, warm_step = 0;
    for (int i = 0; i < 50; ++i) {
      const auto rate = static_cast<double>(LearningRate(param, i, step));
      const auto found = static_cast<double>(LearningRate(warm, i, warm_step));
      if (i < 8) {
        EXPECT_NEAR(found, 0.02 + 0.08 * i / 8, 1e-8) << policy << " at " << i;
      }
      // The policies of Caffe count from iteration 0 on, as their fields say.
      if (i >= 8 && param.lr_policy() != "cosine") {
        EXPECT_EQ(found, rate) << policy << " at " << i;
      }
      EXPECT_EQ(warm_step, step);
    }
    EXPECT_EQ(static_cast<double>(LearningRate(warm, 0, warm_step)), static_cast<double>(0.02f));
  }
}

TEST(LearningRateTest, CountsTheSteps) {
  int step = 0;
  LearningRate(PolicyOf("step"), 35, step);
  EXPECT_EQ(step, 3);
  caffe::SolverParameter param = PolicyOf("multistep");
  for (const int value : {5, 6, 30}) param.add_stepvalue(value);
  step = 0;
  // A run that was resumed behind several steps: one an iteration, as in Caffe.
  EXPECT_FLOAT_EQ(LearningRate(param, 1000, step), 0.1f * 0.5f);
  EXPECT_EQ(step, 1);
}

TEST(LearningRateTest, CountsStepsThatAreEqualOrNotInOrderAsCaffeDoes) {
  caffe::SolverParameter param = PolicyOf("multistep");
  for (const int value : {5, 5, 20, 10}) param.add_stepvalue(value);
  ExpectRates(param, [](int i) {
    return 0.1 * std::pow(0.5, (i >= 5) + (i >= 6) + (i >= 20) + (i >= 21));
  });
}

TEST(LearningRateTest, RefusesAnotherPolicyAndAMissingStepsize) {
  int step = 0;
  const auto error = [&](const caffe::SolverParameter& param) -> std::string {
    try {
      LearningRate(param, 0, step);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_EQ(error(PolicyOf("stepp")),
            "Expected an lr_policy (fixed, step, exp, inv, multistep, poly, sigmoid, cosine) but "
            "found 'stepp'");
  caffe::SolverParameter param = PolicyOf("step");
  param.clear_stepsize();
  EXPECT_EQ(error(param), "Expected a stepsize above 0 for lr_policy 'step' but found 0");
  caffe::SolverParameter sigmoid = PolicyOf("sigmoid");
  sigmoid.clear_stepsize();
  EXPECT_EQ(error(sigmoid), "Expected a stepsize above 0 for lr_policy 'sigmoid' but found 0");
  for (const char* policy : {"step", "exp", "inv", "multistep", "sigmoid"}) {
    caffe::SolverParameter negative = PolicyOf(policy);
    negative.set_gamma(-0.5f);
    EXPECT_EQ(error(negative),
              StrCat("Expected a gamma of 0 or more for lr_policy '", policy, "' but found -0.5"));
  }
  caffe::SolverParameter fixed = PolicyOf("fixed");
  fixed.set_gamma(-0.5f);
  EXPECT_EQ(error(fixed), "");
  param.set_stepsize(-3);
  EXPECT_EQ(error(param), "Expected a stepsize above 0 for lr_policy 'step' but found -3");
  caffe::SolverParameter cosine = PolicyOf("cosine");
  cosine.clear_max_iter();
  EXPECT_EQ(error(cosine),
            "Expected a max_iter of 1 or more for lr_policy 'cosine', which ends there, but found "
            "0");
  cosine.set_max_iter(10);
  cosine.set_min_lr(-1);
  EXPECT_EQ(error(cosine), "Expected a min_lr of 0 or more but found -1");
  fixed.set_min_lr(0.01f);
  EXPECT_EQ(error(fixed), "Expected min_lr with lr_policy 'cosine' but found it with 'fixed'");
  fixed.clear_min_lr();
  fixed.set_warmup_start_lr(0.01f);
  EXPECT_EQ(error(fixed),
            "Expected warmup_iter to say how long the warm-up is but found warmup_start_lr alone");
  fixed.set_warmup_iter(-1);
  EXPECT_EQ(error(fixed), "Expected a warmup_iter of 0 or more but found -1");
}

}  // namespace
}  // namespace crema
