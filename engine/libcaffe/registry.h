#ifndef CREMA_ENGINE_LIBCAFFE_REGISTRY_H_
#define CREMA_ENGINE_LIBCAFFE_REGISTRY_H_

#include <string>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// Readies libcaffe, once a process: puts the creator that calls the host in the place of Python's,
// and watches the others. Everything else here wants it done.
void InitRegistry();

// libcaffe's own layer types, one a line, sorted.
const std::string& LayerTypeNames();

// Whether the host makes layers of this type: Script, Python, Data, and what libcaffe doesn't know.
// (With CREMA_LIBCAFFE_DATA=1 in the environment, Data is libcaffe's own.)
bool IsHostType(const std::string& type);

// Throws Error unless a layer of libcaffe's own can have so many bottoms and tops.
void CheckOwnLayer(const caffe::LayerParameter& param);

// Makes the layer one that libcaffe hands to the host. The host gets it as it was.
void GiveToHost(caffe::LayerParameter& layer);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_REGISTRY_H_
