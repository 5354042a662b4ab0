#ifndef CREMA_ENGINE_EMBEDDED_CORE_LAYER_H_
#define CREMA_ENGINE_EMBEDDED_CORE_LAYER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "caffe.pb.h"
#include "engine/embedded/core/blob.h"
#include "engine/shared/error.h"
#include "engine/shared/memory_limit.h"
#include "engine/shared/random.h"

namespace crema {

class Tuning;

using Blobs = std::vector<Blob*>;
using Flags = std::vector<bool>;

// How many bottoms and tops a layer takes.
struct Arity {
  static constexpr int kAny = 1 << 30;
  int min_bottoms = 0, max_bottoms = kAny;
  int min_tops = 0, max_tops = kAny;
  // As many tops as bottoms.
  bool same_number = false;

  static Arity Exactly(int bottoms, int tops) { return {bottoms, bottoms, tops, tops, false}; }
};

// What of a blob's values is read or left: none, which of them are above 0, or all.
enum class Kept { kNone, kSigns, kAll };

// What a layer's Backward reads besides diffs and parameters.
struct BackwardReads {
  Kept bottoms = Kept::kNone, tops = Kept::kNone;
  // What Forward kept in the layer, so that Backward can't run before it.
  bool forward = false;
};

// One layer of a net. It is constructed from its LayerParameter. Then SetUp is called once, Reshape
// whenever a bottom's shape has changed, and Forward and Backward any number of times.
//
// Conventions of the passes:
//
// - Forward sets every value of the tops' data (Write), or works in place if a top is its bottom.
//
// - Backward reads the tops' diff and overwrites (Write) the diff of each bottom i with
//   propagate_down[i]. It adds to the diff of each parameter i with param_propagate_down(i), or may
//   overwrite that diff if it is zero().
class Layer {
 public:
  explicit Layer(const caffe::LayerParameter& param) : param_(param) {}
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  virtual Arity arity() const = 0;
  // Makes the parameters, and whatever else does not depend on the exact shapes of the bottoms.
  virtual void SetUp(const Blobs& /*bottom*/, const Blobs& /*top*/) {}
  // Shapes the tops and the layer's own memory.
  virtual void Reshape(const Blobs& bottom, const Blobs& top) = 0;
  virtual void Forward(const Blobs& bottom, const Blobs& top) = 0;
  virtual void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) = 0;

  // Whether Reshape is called before every forward, not only after a bottom's shape has changed.
  virtual bool ReshapesAlways() const { return false; }
  // The loss weight of a top for which the net gives none.
  virtual float DefaultLossWeight(int /*top*/) const { return 0.0f; }
  // Whether missing tops are added, without a name, until there are min_tops, as Caffe does for
  // losses.
  virtual bool MakesMissingTops() const { return false; }
  // Whether force_backward may ask for this bottom's diff.
  virtual bool AllowForceBackward(int /*bottom*/) const { return true; }

  // For people to read: how the layer computes its passes, where it has a choice, as pairs such as
  // "forward" and "winograd 4x4".
  virtual std::vector<std::pair<std::string, std::string>> Algorithms() const { return {}; }

  // Adds what the layer chose by measurement, as it is shaped now.
  virtual void AddTuned(Tuning& /*tuning*/) const {}
  // Choices that were made before, which count from the next Reshape on; null for none.
  void set_tuning(const std::shared_ptr<const Tuning>& tuning) { tuning_ = tuning; }

  // What Backward reads, as the layer is shaped now. The net sees to it that the values are still
  // there: a layer that would overwrite them in place gets a top of its own.
  virtual BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const {
    return {.bottoms = Kept::kAll, .tops = Kept::kAll};
  }
  // What the layer leaves of its bottom's values when it works in place. Where it leaves out a
  // value's gradient, the sign does not matter. Layers that refuse to work in place have no say.
  virtual Kept LeavesInPlace() const { return Kept::kAll; }

  // Whether Forward of such a layer may be told to replace values of its top below zero by zero,
  // and whether it can be told so as it is shaped now. NaN stays NaN.
  virtual bool MayRectify() const { return false; }
  virtual bool CanRectify() const { return MayRectify(); }
  void set_rectifies(bool rectifies) { rectifies_ = rectifies; }

  // False if parameter i is no more than a statistic that the layer gathers, or is frozen: its
  // lr_mult is then 0.
  virtual bool LearnsParam(size_t /*i*/) const { return true; }

  const caffe::LayerParameter& param() const { return param_; }
  const std::string& name() const { return param_.name(); }
  bool training() const { return param_.phase() == caffe::TRAIN; }

  std::vector<std::shared_ptr<Blob>>& blobs() { return blobs_; }
  const std::vector<std::shared_ptr<Blob>>& blobs() const { return blobs_; }
  // Whether the gradient of parameter i is wanted. The net sets this from lr_mult.
  bool param_propagate_down(size_t i) const {
    return i < param_propagate_down_.size() && param_propagate_down_[i];
  }
  void set_param_propagate_down(size_t i, bool wanted) {
    if (param_propagate_down_.size() <= i) param_propagate_down_.resize(i + 1, true);
    param_propagate_down_[i] = wanted;
  }

  // Where the layer counts its parameters before they take memory. The net sets it for SetUp.
  void set_memory_plan(MemoryPlan* plan) { plan_ = plan; }

  // The layer's own random generator. The net sets it before SetUp.
  Random& random() { return random_; }
  void set_random(const Random& random) { random_ = random; }

 protected:
  // Adds parameter number blobs().size() and fills it. Throws Error where it would take too much
  // memory.
  Blob& AddParam(const Shape& shape, const caffe::FillerParameter& filler);
  bool rectifies() const { return rectifies_; }
  const Tuning* tuning() const { return tuning_.get(); }
  // Counts the values of a blob that SetUp is about to fill. Throws Error where there is no memory
  // for them.
  void PlanMemory(Blob& blob);

 private:
  const caffe::LayerParameter param_;
  std::vector<std::shared_ptr<Blob>> blobs_;
  Flags param_propagate_down_;
  Random random_{0, 0};
  MemoryPlan* plan_ = nullptr;
  std::shared_ptr<const Tuning> tuning_;
  bool rectifies_ = false;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_LAYER_H_
