#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_ADOPTS_NORMALIZED_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_ADOPTS_NORMALIZED_H_

#include <vector>

#include "engine/embedded/core/channel_view.h"

namespace crema {

// What a forward pass of batch normalization found, for each channel, and the normalized values, in
// the layout.
struct Normalized {
  const ChannelLayout& layout;
  const std::vector<float>&mean, &variance, &factor;
  const float* values;
};

// A layer of a group that ran forward together, BatchNorm or Scale. It can take over what it would
// have kept for its own backward pass.
class AdoptsNormalized {
 public:
  virtual ~AdoptsNormalized() = default;
  virtual void Adopt(const Normalized& normalized) = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_ADOPTS_NORMALIZED_H_
