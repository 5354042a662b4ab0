#ifndef CREMA_ENGINE_EMBEDDED_PLAN_LIFETIMES_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_LIFETIMES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/embedded/core/arena.h"
#include "engine/embedded/net/net_node.h"
#include "engine/embedded/plan/plan.h"

namespace crema {

// How long the layers of a net need the values and gradients of each blob, while all of them run
// forward, and all of them backward.
//
// What is not theirs alone is kept: parameters; what layers without bottoms give, as they may set
// it once for all passes; losses; the blobs of layers that the host implements.
class Lifetimes {
 public:
  // `kept`: other blobs that are not theirs alone, such as the outputs. `recompute`: what fusions
  // can restore is given up after forward and restored in backward.
  Lifetimes(std::vector<NetNode>& nodes, const Plan& plan, const Blobs& kept, bool recompute);

  // What no layer needs any more once this one has run forward, and once it has run backward.
  const std::vector<Storage*>& after_forward(size_t node) const { return after_forward_[node]; }
  const std::vector<Storage*>& after_backward(size_t node) const { return after_backward_[node]; }

  // What a group of layers gives, and can restore if all of them ran forward together.
  struct Restorable {
    const Plan::Group* group;
    Storage* storage;
  };
  // What may be given up once this layer has run forward, and what backward has to restore before
  // it runs this layer, or the group that ends with it.
  const std::vector<Restorable>& given_up_after_forward(size_t node) const {
    return given_up_[node];
  }
  const std::vector<Restorable>& wanted_before_backward(size_t node) const { return wanted_[node]; }

  // Lets everything that ends take its memory from an arena.
  void UseArena(const std::shared_ptr<Arena>& arena) const;

  // The most bytes that the blobs use at once, in a forward pass, and a backward pass where layers
  // have one, with what the fusions keep.
  int64_t PeakBytes(std::vector<NetNode>& nodes, const Plan& plan) const;

 private:
  std::vector<std::vector<Storage*>> after_forward_, after_backward_;
  std::vector<std::vector<Restorable>> given_up_, wanted_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_LIFETIMES_H_
