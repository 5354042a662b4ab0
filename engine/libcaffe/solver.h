#ifndef CREMA_ENGINE_LIBCAFFE_SOLVER_H_
#define CREMA_ENGINE_LIBCAFFE_SOLVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/net.h"
#include "engine/libcaffe/session.h"

namespace crema::libcaffe {

// A libcaffe solver with its nets, whose step is split into parts that are called one by one.
class Solver {
 public:
  // Throws Error.
  Solver(caffe::SolverParameter param, const crema_host* host);
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  Net& net() { return *net_; }
  std::vector<std::unique_ptr<Net>>& test_nets() { return test_nets_; }
  const std::vector<std::unique_ptr<Net>>& test_nets() const { return test_nets_; }

  int iteration() const;
  float LearningRate();
  // Replaces the rate of lr_policy from now on; NaN gives it back.
  void SetLearningRate(float rate);
  // Runs iter_size passes and returns their mean loss. The diffs hold the sum of their gradients.
  float ForwardBackward();
  void ApplyUpdate();

  caffe::SolverState State();
  // If the state does not fit, throws Error before anything changes.
  void Restore(const caffe::SolverState& state);

 private:
  Session session_;
  std::unique_ptr<caffe::Solver<float>> owned_;
  CaffeSolver* solver_;
  std::unique_ptr<Net> net_;
  std::vector<std::unique_ptr<Net>> test_nets_;
  std::optional<float> set_rate_;
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_SOLVER_H_
