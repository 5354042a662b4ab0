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
  // `kept`: other blobs that are not theirs alone, such as the outputs.
  Lifetimes(std::vector<NetNode>& nodes, const Plan& plan, const Blobs& kept);

  // What no layer needs any more once this one has run forward, and once it has run backward.
  const std::vector<Storage*>& after_forward(size_t node) const { return after_forward_[node]; }
  const std::vector<Storage*>& after_backward(size_t node) const { return after_backward_[node]; }

  // Lets everything that ends take its memory from an arena.
  void UseArena(const std::shared_ptr<Arena>& arena) const;

  // The most bytes that the blobs use at once, in a forward pass, and a backward pass where layers
  // have one, with what the fusions keep.
  int64_t PeakBytes(std::vector<NetNode>& nodes, const Plan& plan) const;

 private:
  std::vector<std::vector<Storage*>> after_forward_, after_backward_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_LIFETIMES_H_
