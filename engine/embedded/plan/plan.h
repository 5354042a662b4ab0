#ifndef CREMA_ENGINE_EMBEDDED_PLAN_PLAN_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_PLAN_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/embedded/net/net_node.h"
#include "engine/embedded/plan/fusion.h"

namespace crema {

// Which layers of a net are computed together. It is made once, when the net is built, by passes
// that each look for one pattern among the layers that no pass before has taken.
class Plan {
 public:
  struct Group {
    size_t begin, end;  // layers begin..end-1
    std::unique_ptr<Fusion> fusion;
    // Whether the last forward pass ran all of them together.
    bool ran = false;
  };

  Plan() = default;
  // The nodes must stay where they are. Empty if plans are turned off.
  explicit Plan(std::vector<NetNode>& nodes);

  const std::vector<Group>& groups() const { return groups_; }
  const Group* GroupOf(size_t layer) const { return const_cast<Plan*>(this)->GroupOf(layer); }
  // The group of a layer; null if it runs alone.
  Group* GroupOf(size_t layer) {
    const size_t index = layer < group_of_.size() ? group_of_[layer] : kNone;
    return index == kNone ? nullptr : &groups_[index];
  }

 private:
  static constexpr size_t kNone = ~size_t{0};
  void Add(size_t begin, size_t end, std::unique_ptr<Fusion> fusion);

  std::vector<Group> groups_;
  std::vector<size_t> group_of_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_PLAN_H_
