#include "engine/embedded/solver/learning_rate.h"

#include <cmath>

#include "engine/shared/error.h"

namespace crema {

float LearningRate(const caffe::SolverParameter& param, int64_t iteration, int& current_step) {
  const std::string& policy = param.lr_policy();
  const float base = param.base_lr(), gamma = param.gamma(), power = param.power();
  const auto iter = static_cast<float>(iteration);
  Require(gamma >= 0 || policy == "fixed" || policy == "poly",
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
  throw Error(
      StrCat("Expected an lr_policy (fixed, step, exp, inv, multistep, poly, sigmoid) but found '",
             policy, "'"));
}

}  // namespace crema
