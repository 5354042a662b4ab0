#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_

#include <cstdint>

#include "caffe.pb.h"

namespace crema {

// The learning rate of lr_policy at `iteration`: fixed, step, exp, inv, multistep, poly, or
// sigmoid, as Caffe's SGDSolver::GetLearningRate, or cosine. In the first warmup_iter iterations it
// is instead a line from warmup_start_lr to base_lr. Sets `current_step` for step and multistep;
// the latter goes up by one at most, so that it is to be called once in every iteration. Throws
// Error for another policy, and for what the policy can't do with.
float LearningRate(const caffe::SolverParameter& param, int64_t iteration, int& current_step);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_
