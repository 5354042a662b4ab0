// What the patterns of a plan have in common.
#ifndef CREMA_ENGINE_EMBEDDED_PLAN_PATTERN_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_PATTERN_H_

#include <algorithm>
#include <string_view>

#include "engine/embedded/net/net_node.h"

namespace crema {

// Whether the node is a layer of this type with one bottom and one top, which has no loss weight
// and is nothing special to the net.
inline bool IsPlain(const NetNode& node, std::string_view type) {
  return node.layer->param().type() == type && node.bottoms.size() == 1 && node.tops.size() == 1 &&
         node.apart.empty() && node.replaced.empty() && node.loss_weights[0] == 0.0f;
}

// Whether the node does no more than overwrite the blob.
inline bool WorksInPlace(const NetNode& node, const Blob* blob) {
  return node.bottoms[0] == blob && node.tops[0] == blob;
}

// Whether it is a rectifier, y = max(x, 0), that overwrites the blob.
inline bool RectifiesInPlace(const NetNode& node, const Blob* blob) {
  return IsPlain(node, "ReLU") && WorksInPlace(node, blob) &&
         node.layer->param().relu_param().negative_slope() == 0.0f &&
         !node.layer->param().relu_param().relu6();
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_PATTERN_H_
