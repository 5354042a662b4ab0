#include "engine/embedded/plan/fused_rectifier.h"

#include "engine/embedded/plan/pattern.h"

namespace crema {

std::unique_ptr<Fusion> FusedRectifier::Match(NetNode& node, NetNode& next) {
  if (node.tops.size() != 1 || !node.apart.empty() || !node.replaced.empty() ||
      node.loss_weights[0] != 0.0f || !RectifiesInPlace(next, node.tops[0])) {
    return nullptr;
  }
  for (const Blob* bottom : node.bottoms) {
    if (bottom == node.tops[0]) return nullptr;
  }
  // What the layer reads backward must be what the ReLU leaves, with which it also works one by
  // one.
  if (!node.layer->MayRectify()) return nullptr;
  return std::make_unique<FusedRectifier>(node);
}

bool FusedRectifier::Forward() {
  if (!node_.layer->CanRectify()) return false;
  node_.layer->set_rectifies(true);
  try {
    node_.layer->Forward(node_.bottoms, node_.tops);
  } catch (...) {
    node_.layer->set_rectifies(false);
    throw;
  }
  node_.layer->set_rectifies(false);
  return true;
}

}  // namespace crema
