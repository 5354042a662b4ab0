#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_

#include <cstdint>
#include <memory>

#include "caffe.pb.h"

namespace crema {

// What one update of one parameter needs besides its values.
struct UpdateArguments {
  float rate;        // learning rate times lr_mult
  float decay;       // weight_decay times decay_mult
  bool l1;           // decay by the sign of the value, else by the value
  float diff_scale;  // of clipping and iter_size
  int64_t iteration;
};

// An elementwise update, one pass over a parameter: scales the diff, adds the decay, updates the
// history and the value. Does not know the layout: value, diff and history lie alike.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  // Blobs of history a parameter has.
  virtual int num_histories() const { return 1; }
  // Whether a value that is zero, with a zero diff and history, stays zero.
  virtual bool KeepsZeros() const { return true; }
  // history[h] + begin ... for elements begin..end-1.
  virtual void Apply(const UpdateArguments& arguments, int64_t begin, int64_t end, float* value,
                     const float* diff, float* const* history) const = 0;
};

// The rule of a solver type: SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam. Throws Error for
// another, and for hyperparameters that the type refuses.
std::unique_ptr<UpdateRule> MakeUpdateRule(const caffe::SolverParameter& param);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_
