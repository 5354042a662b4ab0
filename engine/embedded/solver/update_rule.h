#ifndef CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_
#define CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_

#include <cstdint>
#include <memory>

#include "caffe.pb.h"

namespace crema {

// What an update of a parameter needs beside its values.
struct UpdateArguments {
  float rate;        // learning rate times lr_mult
  float decay;       // weight_decay times decay_mult
  bool l1;           // decay by the sign of the value, else by the value
  float diff_scale;  // of clipping and iter_size
  int64_t iteration;
};

// An elementwise update in one pass over a parameter: scales the diff, adds the decay, and updates
// the history and the value. It does not know the layout, which is the same for all three.
class UpdateRule {
 public:
  virtual ~UpdateRule() = default;
  // The number of history blobs per parameter.
  virtual int num_histories() const { return 1; }
  // Whether a zero value with a zero diff and zero history stays zero.
  virtual bool KeepsZeros() const { return true; }
  // Updates elements begin..end-1 of the value and of each history[h].
  virtual void Apply(const UpdateArguments& arguments, int64_t begin, int64_t end, float* value,
                     const float* diff, float* const* history) const = 0;
};

// The rule of a solver type: SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam or AdamW. Throws Error
// for another type, and for hyperparameters that the type does not allow.
std::unique_ptr<UpdateRule> MakeUpdateRule(const caffe::SolverParameter& param);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_SOLVER_UPDATE_RULE_H_
