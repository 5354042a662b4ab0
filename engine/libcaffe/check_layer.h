#ifndef CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_
#define CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_

#include <vector>

#include "engine/libcaffe/caffe.h"

// Finds mistakes in a layer before libcaffe sets it up: libcaffe would end the process at each of
// them; here each is an Error.

namespace crema::libcaffe {

// Throws Error unless the layer's settings make sense: numbers of outputs, kernels, strides,
// fillers, stored blobs.
void CheckLayer(const caffe::LayerParameter& param);
// Throws Error unless the layer, which is already made, can have as many bottoms and tops as
// `param` gives it.
void CheckArity(const CaffeLayer& layer, const caffe::LayerParameter& param);
// Throws Error unless the filler makes sense, for a blob of `shape` unless that is null.
void CheckFiller(const caffe::FillerParameter& filler, const std::vector<int>* shape);
// Throws Error unless a DummyData layer can fill its top with an index, of `shape`.
void CheckDummyTop(const caffe::DummyDataParameter& param, int top, const std::vector<int>& shape);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_CHECK_LAYER_H_
