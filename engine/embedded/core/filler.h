#ifndef CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_
#define CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_

#include "caffe.pb.h"
#include "engine/embedded/core/blob.h"
#include "engine/shared/random.h"

namespace crema {

// Sets the data of `blob` as the filler says: constant, uniform, gaussian (sparse too),
// positive_unitball, xavier, msra, bilinear. Throws Error for another type or an unfit shape.
void Fill(const caffe::FillerParameter& filler, Blob& blob, Random& random);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_FILLER_H_
