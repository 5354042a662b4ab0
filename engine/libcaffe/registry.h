#ifndef CREMA_ENGINE_LIBCAFFE_REGISTRY_H_
#define CREMA_ENGINE_LIBCAFFE_REGISTRY_H_

#include <string>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// Prepares libcaffe's registry, once per process: replaces the creator of Python layers by one that
// calls the host, and wraps the others. The other functions here require it.
void InitRegistry();

// libcaffe's own layer types, without those of data, sorted, one per line.
const std::string& LayerTypeNames();

// Whether the host makes layers of this type: Script, Python, those that read or write data (Data,
// ImageData, HDF5Output …), and all types that libcaffe does not know. (With CREMA_LIBCAFFE_DATA=1
// in the environment, those of data are libcaffe's own.)
bool IsHostType(const std::string& type);

// Throws Error unless a layer of libcaffe's own can have as many bottoms and tops as `param` gives
// it.
void CheckOwnLayer(const caffe::LayerParameter& param);

// Turns the layer into one that libcaffe hands to the host, which gets it unchanged.
void GiveToHost(caffe::LayerParameter& layer);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_REGISTRY_H_
