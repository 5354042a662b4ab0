#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_READ_SHAPE_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_READ_SHAPE_H_

#include "caffe.pb.h"
#include "engine/embedded/core/blob.h"
#include "engine/shared/error.h"

namespace crema {

// A shape in a layer's parameter. Throws Error, which names `where` it stands, for lengths that no
// blob can have.
inline Shape ReadShape(const caffe::BlobShape& dims, const char* where) {
  Shape shape;
  for (const int64_t dim : dims.dim()) {
    Require(dim >= 0 && dim <= INT32_MAX, "Expected ", where,
            " to have lengths from 0 to 2147483647 but found ", dim);
    shape.push_back(static_cast<int>(dim));
  }
  return shape;
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_READ_SHAPE_H_
