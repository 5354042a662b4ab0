#ifndef CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_
#define CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_

#include "caffe.pb.h"
#include "engine/embedded/core/blob.h"
#include "engine/shared/random.h"

namespace crema {

// Fills the data of `blob`: constant, uniform, gaussian (also sparse), positive_unitball, xavier,
// msra or bilinear. Throws Error for another type, or for a shape that does not fit the type.
void Fill(const caffe::FillerParameter& filler, Blob& blob, Random& random);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_
