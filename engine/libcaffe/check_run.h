#ifndef CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_
#define CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_

#include <vector>

#include "engine/libcaffe/caffe.h"

// Checks that libcaffe leaves out once a layer has shapes and values: it would compute wrong
// results, or write outside its memory.

namespace crema::libcaffe {

// Throws Error unless the layer, which is already shaped, stays within its blobs. If a window of a
// pooling layer lies outside the image, its average is NaN, and its maximum has no position that
// backward could write to.
void CheckShapes(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom,
                 const std::vector<CaffeBlob*>& top);

// Throws Error unless the labels (or indices) by which the layer indexes another blob lie within
// it. Covers SoftmaxWithLoss, InfogainLoss, Accuracy, HingeLoss, MultinomialLogisticLoss, Embed and
// BatchReindex.
void CheckLabels(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom);

// Whether the layer, which has run forward, takes the maximum of a window that holds nothing but
// NaN. Such a maximum has no position that backward could write to.
bool HasMaximumOfNaN(const CaffeLayer& layer, const std::vector<CaffeBlob*>& top);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_
