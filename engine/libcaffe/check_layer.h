#ifndef CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_
#define CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_

#include <vector>

#include "engine/libcaffe/caffe.h"

// What can be known of a layer's mistakes before libcaffe sets it up. libcaffe ends the process at
// each of them; here each is an Error.

namespace crema::libcaffe {

// Throws Error unless the layer's own settings make sense: numbers of outputs, kernels, strides,
// fillers, stored blobs.
void CheckLayer(const caffe::LayerParameter& param);
// Throws Error unless a layer that was made can have so many bottoms and tops.
void CheckArity(const CaffeLayer& layer, const caffe::LayerParameter& param);
// Throws Error unless the filler makes sense; for a blob of `shape`, if it is known (else null).
void CheckFiller(const caffe::FillerParameter& filler, const std::vector<int>* shape);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_
