// Records to batches: mean, scale, crop and mirror for the data layers.

#ifndef CREMA_ENGINE_SHARED_TRANSFORM_H_
#define CREMA_ENGINE_SHARED_TRANSFORM_H_

#include <cstdint>

#include "ffi/crema.h"

namespace crema {

// Transforms `num` records, contiguous at `records`, into `out`, as crema.h says of
// crema_transform_batch. It uses only the calling thread, since it is called from a thread that
// works ahead of the solver and must not take the solver's processors. Throws Error if the
// transform or a window makes no sense; `out` is then unspecified.
void TransformBatch(const crema_transform& transform, int num, const uint8_t* records,
                    const int32_t* offsets, const uint8_t* mirror, float* out);

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_TRANSFORM_H_
