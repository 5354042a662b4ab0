#ifndef CREMA_ENGINE_EMBEDDED_PLAN_FUSION_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_FUSION_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/embedded/core/arena.h"
#include "engine/embedded/core/layer.h"

namespace crema {

// Layers that follow each other and are computed together. What they leave in the blobs that the
// net shows is what they would leave one by one.
class Fusion {
 public:
  Fusion() = default;
  virtual ~Fusion() = default;
  Fusion(const Fusion&) = delete;
  Fusion& operator=(const Fusion&) = delete;

  // "batch norm + scale + rectifier"
  virtual std::string_view name() const = 0;

  // Runs all layers, which have their shapes. Returns false, and does nothing, if they must run one
  // by one this time.
  virtual bool Forward() = 0;

  // Whether the layers may run backward together after such a Forward. If not, they can run one by
  // one as they are.
  virtual bool FusesBackward() const { return false; }
  // Returns false, and does nothing, if they must run one by one this time, after Separate.
  virtual bool Backward() { return false; }
  // After a Forward, and while the shapes are the same, gives the layers what they would have kept
  // one by one. Changes no blob.
  virtual void Separate() {}

  // What it keeps beside the blobs.
  virtual int64_t KeptBytes() const { return 0; }
  // What Backward reads of the bottoms of the first layer and of the tops of the last one, besides
  // what the layers themselves say that they read.
  virtual BackwardReads Reads() const { return {}; }
  // Whether Restore can make the values of the last top again, after a Forward of all layers.
  virtual bool CanRestore() const { return false; }
  // Gives the last top the values, to the last bit, that Forward gave it.
  virtual void Restore() {}
  // Takes what it keeps from an arena from now on, and gives it back after Backward.
  virtual void set_arena(const std::shared_ptr<Arena>& /*arena*/) {}
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_FUSION_H_
