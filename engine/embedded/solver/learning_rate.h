#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_

#include <cstdint>

#include "caffe.pb.h"

namespace crema {

// The learning rate of lr_policy (fixed, step, exp, inv, multistep, poly or sigmoid) at
// `iteration`, as SGDSolver::GetLearningRate of Caffe computes it. Sets `current_step` for step and
// multistep. Throws Error for another policy.
float LearningRate(const caffe::SolverParameter& param, int64_t iteration, int& current_step);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_LEARNING_RATE_H_
