#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_BROADCAST_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_BROADCAST_H_

#include "engine/embedded/core/blob.h"
#include "engine/embedded/core/channel_view.h"

namespace crema {

// The shape of a parameter that covers `num_axes` axes of `blob` from `axis` on; -1 means all of
// them.
Shape CoveredShape(const Blob& blob, int axis, int num_axes);

// How `factor` applies to `blob`: it is a scalar, or its shape is that of the blob's axes from
// `axis` on. Throws Error if the shapes do not fit.
ChannelShape BroadcastOf(const Blob& blob, int axis, const Blob& factor);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_BROADCAST_H_
