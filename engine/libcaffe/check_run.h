#ifndef CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_
#define CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_

#include <vector>

#include "engine/libcaffe/caffe.h"

// What libcaffe does not look at once a layer has shapes and values: it would compute something
// wrong, or write where it must not.

namespace crema::libcaffe {

// Throws Error unless the layer, shaped already, computes within its blobs: where a window of a
// pooling layer sees nothing of the image, its average is NaN, and its maximum has no place that
// backward could write to.
void CheckShapes(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom,
                 const std::vector<CaffeBlob*>& top);

// Throws Error unless the labels (or indices) by which the layer finds its way in another blob lie
// within it. Known are SoftmaxWithLoss, InfogainLoss, Accuracy, HingeLoss, MultinomialLogisticLoss,
// Embed and BatchReindex.
void CheckLabels(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom);

// Whether the layer, run forward, takes maxima and one of them is of NaN alone. Such a one has no
// place that backward could write to either.
bool HasMaximumOfNaN(const CaffeLayer& layer, const std::vector<CaffeBlob*>& top);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_CHECK_RUN_H_
