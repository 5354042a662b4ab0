#ifndef CREMA_ENGINE_LIBCAFFE_PREPARE_H_
#define CREMA_ENGINE_LIBCAFFE_PREPARE_H_

#include "engine/libcaffe/caffe.h"
#include "ffi/crema.h"

namespace crema::libcaffe {

// Makes a net ready for libcaffe: checks how its layers are connected and what they say, and turns
// the host's layers into ones of the type that calls the host. Throws Error.
void PrepareNet(caffe::NetParameter& net, const crema_host& host);

// Makes a solver ready for libcaffe, its nets included: checks it, and takes out what would make
// libcaffe write files or print. Throws Error.
void PrepareSolver(caffe::SolverParameter& solver, const crema_host& host);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_PREPARE_H_
