#ifndef CREMA_ENGINE_TESTS_SOLVER_BUILDER_H_
#define CREMA_ENGINE_TESTS_SOLVER_BUILDER_H_

#include <string>

#include "engine/embedded/solver/solver.h"
#include "engine/tests/net_builder.h"

namespace crema::test {

inline caffe::SolverParameter SolverOf(const std::string& type,
                                       const caffe::NetParameter& net = SmallNet()) {
  caffe::SolverParameter param;
  param.set_type(type);
  param.set_base_lr(0.05f);
  param.set_lr_policy("fixed");
  param.set_random_seed(7);
  *param.mutable_train_net_param() = net;
  return param;
}

// A net that depends on its generators: new data in every forward, and Dropout.
inline caffe::NetParameter NoisyNet() {
  caffe::NetParameter net;
  AddNoise(net, "data", {4, 16, 8, 8});
  AddNoise(net, "label", {4, 10});
  AddConvolution(net, "conv", "data", 32, 3);
  AddLayer(net, "drop", "Dropout", {"conv"}, {"conv"});
  AddInnerProduct(net, "ip", "conv", 10);
  AddLayer(net, "loss", "EuclideanLoss", {"ip", "label"}, {"loss"});
  return net;
}

inline void Train(Solver& solver, int iterations) {
  for (int i = 0; i < iterations; ++i) {
    solver.ForwardBackward();
    solver.ApplyUpdate();
  }
}

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_SOLVER_BUILDER_H_
