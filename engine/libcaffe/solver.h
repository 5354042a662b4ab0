#ifndef CREMA_ENGINE_LIBCAFFE_SOLVER_H_
#define CREMA_ENGINE_LIBCAFFE_SOLVER_H_

#include <memory>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/net.h"
#include "engine/libcaffe/session.h"

// A solver of libcaffe's with its nets: the pieces of its step, each called alone.
struct crema_solver {
 public:
  // Throws Error.
  crema_solver(caffe::SolverParameter param, const crema_host* host);
  crema_solver(const crema_solver&) = delete;
  crema_solver& operator=(const crema_solver&) = delete;

  crema_net& net() { return *net_; }
  std::vector<std::unique_ptr<crema_net>>& test_nets() { return test_nets_; }
  const std::vector<std::unique_ptr<crema_net>>& test_nets() const { return test_nets_; }

  int iteration() const;
  float LearningRate();
  // Mean loss of iter_size passes; the diffs hold the sum of their gradients.
  float ForwardBackward();
  void ApplyUpdate();

  caffe::SolverState State();
  // Throws Error, before anything changes, when the state does not fit.
  void Restore(const caffe::SolverState& state);

 private:
  crema::libcaffe::Session session_;
  std::unique_ptr<caffe::Solver<float>> owned_;
  crema::libcaffe::CaffeSolver* solver_;
  std::unique_ptr<crema_net> net_;
  std::vector<std::unique_ptr<crema_net>> test_nets_;
};

#endif  // CREMA_ENGINE_LIBCAFFE_SOLVER_H_
