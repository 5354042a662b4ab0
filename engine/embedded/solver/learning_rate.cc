#include "engine/embedded/solver/learning_rate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/shared/error.h"

namespace crema {

namespace {

// Half a cosine, from base_lr at the end of the warm-up to min_lr at max_iter (Loshchilov and
// Hutter 2017, without restarts), and min_lr from there on.
float CosineRate(const caffe::SolverParameter& param, int64_t iteration) {
  Require(param.max_iter() > 0,
          "Expected a max_iter of 1 or more for lr_policy 'cosine', which ends there, but found ",
          param.max_iter());
  if (iteration >= param.max_iter()) return param.min_lr();
  const int64_t length = std::max(param.max_iter() - param.warmup_iter(), 1);
  const int64_t done = std::max<int64_t>(iteration - param.warmup_iter(), 0);
  const double part = static_cast<double>(done) / static_cast<double>(length);
  const double share = (1 + std::cos(std::numbers::pi * part)) / 2;
  const double least = static_cast<double>(param.min_lr());
  return static_cast<float>(least + (static_cast<double>(param.base_lr()) - least) * share);
}

void CheckOwnFields(const caffe::SolverParameter& param) {
  Require(!param.has_min_lr() || param.lr_policy() == "cosine",
          "Expected min_lr with lr_policy 'cosine' but found it with '", param.lr_policy(), "'");
  Require(param.min_lr() >= 0, "Expected a min_lr of 0 or more but found ", param.min_lr());
  Require(param.warmup_iter() >= 0, "Expected a warmup_iter of 0 or more but found ",
          param.warmup_iter());
  Require(!param.has_warmup_start_lr() || param.has_warmup_iter(),
          "Expected warmup_iter to say how long the warm-up is but found warmup_start_lr alone");
  Require(param.warmup_start_lr() >= 0, "Expected a warmup_start_lr of 0 or more but found ",
          param.warmup_start_lr());
}

float PolicyRate(const caffe::SolverParameter& param, int64_t iteration, int& current_step) {
  const std::string& policy = param.lr_policy();
  const float base = param.base_lr(), gamma = param.gamma(), power = param.power();
  const auto iter = static_cast<float>(iteration);
  Require(gamma >= 0 || policy == "fixed" || policy == "poly" || policy == "cosine",
          "Expected a gamma of 0 or more for lr_policy '", policy, "' but found ", gamma);
  if (policy == "fixed") return base;
  if (policy == "step") {
    Require(param.stepsize() > 0, "Expected a stepsize above 0 for lr_policy 'step' but found ",
            param.stepsize());
    current_step = static_cast<int>(iteration / param.stepsize());
    return base * std::pow(gamma, static_cast<float>(current_step));
  }
  if (policy == "exp") return base * std::pow(gamma, iter);
  if (policy == "inv") return base * std::pow(1.0f + gamma * iter, -power);
  if (policy == "multistep") {
    // One step an iteration at most, as Caffe counts: of equal stepvalues the second counts an
    // iteration later, and one that is less than the one before it right after that.
    if (current_step < param.stepvalue_size() && iteration >= param.stepvalue(current_step))
      ++current_step;
    return base * std::pow(gamma, static_cast<float>(current_step));
  }
  if (policy == "poly")
    return base * std::pow(1.0f - iter / static_cast<float>(param.max_iter()), power);
  if (policy == "sigmoid") {
    Require(param.stepsize() > 0, "Expected a stepsize above 0 for lr_policy 'sigmoid' but found ",
            param.stepsize());
    return base *
           (1.0f / (1.0f + std::exp(-gamma * static_cast<float>(iteration - param.stepsize()))));
  }
  if (policy == "cosine") return CosineRate(param, iteration);
  throw Error(StrCat(
      "Expected an lr_policy (fixed, step, exp, inv, multistep, poly, sigmoid, cosine) but found '",
      policy, "'"));
}

}  // namespace

float LearningRate(const caffe::SolverParameter& param, int64_t iteration, int& current_step) {
  CheckOwnFields(param);
  // The steps of a policy are counted in the warm-up as well.
  const float rate = PolicyRate(param, iteration, current_step);
  if (iteration >= param.warmup_iter()) return rate;
  const double start = static_cast<double>(param.warmup_start_lr());
  const double part = static_cast<double>(iteration) / param.warmup_iter();
  return static_cast<float>(start + (static_cast<double>(param.base_lr()) - start) * part);
}

}  // namespace crema
