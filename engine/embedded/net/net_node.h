#ifndef CREMA_ENGINE_EMBEDDED_NET_NET_NODE_H_
#define CREMA_ENGINE_EMBEDDED_NET_NET_NODE_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/embedded/core/layer.h"

namespace crema {

// A layer in a net, and the blobs that it is connected to.
struct NetNode {
  std::unique_ptr<Layer> layer;
  Blobs bottoms, tops;
  std::vector<int> bottom_ids, top_ids;
  // Whether Backward runs at all.
  bool needs_backward = false;
  // Whether the layer has its shapes, and whether forward has run since it got them.
  bool shaped = false, ran = false;
  Flags propagate_down;
  std::vector<float> loss_weights;  // one per top
  // Tops that stand for a bottom of the same index, as in place, but have data of their own.
  std::vector<size_t> apart;
  // Tops of an Input layer that a layer in place has replaced in the net, with the index of the
  // blob that goes by their name now: what is put into that one is what this layer gives.
  std::vector<std::pair<Blob*, size_t>> replaced;
  // Values that the last passes brought into another layout.
  int64_t forward_reorders = 0, backward_reorders = 0;
  // Seconds that all passes have taken; those of a fusion are its first layer's.
  double forward_seconds = 0, backward_seconds = 0;
  // The versions of the blobs when the layer was shaped, and when the diffs of its losses were
  // set.
  std::vector<uint64_t> bottom_versions, top_versions, loss_versions;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_NET_NODE_H_
