// The classes behind the handles of crema.h in libcaffe's shim.
#ifndef CREMA_ENGINE_LIBCAFFE_HANDLES_H_
#define CREMA_ENGINE_LIBCAFFE_HANDLES_H_

#include "engine/shared/handle.h"

namespace crema {

namespace libcaffe {

struct SessionBlob;
class HostLayer;
class Net;
class Solver;

}  // namespace libcaffe

namespace border {

template <>
struct ClassOf<crema_blob> {
  using Type = libcaffe::SessionBlob;
};
template <>
struct ClassOf<crema_layer> {
  using Type = libcaffe::HostLayer;
};
template <>
struct ClassOf<crema_net> {
  using Type = libcaffe::Net;
};
template <>
struct ClassOf<crema_solver> {
  using Type = libcaffe::Solver;
};

}  // namespace border
}  // namespace crema

#endif  // CREMA_ENGINE_LIBCAFFE_HANDLES_H_
