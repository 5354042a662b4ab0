#ifndef CREMA_ENGINE_LIBCAFFE_SOLVER_H_
#define CREMA_ENGINE_LIBCAFFE_SOLVER_H_

#include <memory>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/net.h"
#include "engine/libcaffe/session.h"

namespace crema::libcaffe {

// A solver of libcaffe's with its nets: the pieces of its step, each called alone.
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
  // Mean loss of iter_size passes; the diffs hold the sum of their gradients.
  float ForwardBackward();
  void ApplyUpdate();

  caffe::SolverState State();
  // Throws Error, before anything changes, when the state does not fit.
  void Restore(const caffe::SolverState& state);

 private:
  Session session_;
  std::unique_ptr<caffe::Solver<float>> owned_;
  CaffeSolver* solver_;
  std::unique_ptr<Net> net_;
  std::vector<std::unique_ptr<Net>> test_nets_;
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_SOLVER_H_
