#ifndef CREMA_ENGINE_EMBEDDED_PLAN_FUSED_RECTIFIER_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_FUSED_RECTIFIER_H_

#include <memory>

#include "engine/embedded/net/net_node.h"
#include "engine/embedded/plan/fusion.h"

namespace crema {

// A layer that can leave out the values below zero while it writes its top, and a ReLU that would
// do no more than that, in place.
class FusedRectifier : public Fusion {
 public:
  // Null if the two nodes are nothing of that kind.
  static std::unique_ptr<Fusion> Match(NetNode& node, NetNode& next);

  explicit FusedRectifier(NetNode& node) : node_(node) {}

  std::string_view name() const override { return "rectifier"; }
  bool Forward() override;

 private:
  NetNode& node_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_FUSED_RECTIFIER_H_
