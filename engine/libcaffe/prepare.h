#ifndef CREMA_ENGINE_LIBCAFFE_PREPARE_H_
#define CREMA_ENGINE_LIBCAFFE_PREPARE_H_

#include "engine/libcaffe/caffe.h"
#include "ffi/crema.h"

namespace crema::libcaffe {

// Prepares a net for libcaffe: checks the connections and settings of its layers, and replaces the
// host's layers by ones of the type that calls the host. Throws Error.
void PrepareNet(caffe::NetParameter& net, const crema_host& host);

// Prepares a solver and its nets for libcaffe: checks it, and removes what would make libcaffe
// write files or print. Throws Error.
void PrepareSolver(caffe::SolverParameter& solver, const crema_host& host);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_PREPARE_H_
