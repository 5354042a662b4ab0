#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_SOLVER_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_SOLVER_H_

#include <memory>
#include <optional>
#include <vector>

#include "caffe.pb.h"
#include "engine/embedded/net/net.h"
#include "engine/embedded/solver/update_rule.h"

namespace crema {

// A train net, its test nets, and the rule that updates the parameters they share.
class Solver {
 public:
  Solver(const caffe::SolverParameter& param, const crema_host& host);

  Net& net() { return *net_; }
  std::vector<std::unique_ptr<Net>>& test_nets() { return test_nets_; }
  const std::vector<std::unique_ptr<Net>>& test_nets() const { return test_nets_; }
  int64_t iteration() const { return iteration_; }
  float CurrentRate() const;
  // Replaces the rate of lr_policy from now on; NaN gives it back.
  void SetLearningRate(float rate);

  // Runs iter_size passes and returns their mean loss. The diffs hold the sum of their gradients.
  float ForwardBackward();
  void ApplyUpdate();

  caffe::SolverState State();
  void Restore(const caffe::SolverState& state);

 private:
  float ClipScale();
  void Update(size_t index, const UpdateArguments& arguments);

  const caffe::SolverParameter param_;
  uint64_t seed_;
  std::unique_ptr<UpdateRule> rule_;
  std::unique_ptr<Net> net_;
  std::vector<std::unique_ptr<Net>> test_nets_;
  // History h of learnable i is at h * (number of learnables) + i, as in Caffe's files.
  std::vector<std::unique_ptr<Blob>> history_;
  int64_t iteration_ = 0;
  int current_step_ = 0;
  std::optional<float> set_rate_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_SOLVER_H_
