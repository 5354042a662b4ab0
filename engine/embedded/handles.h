// The classes behind the handles of crema.h in the embedded engine.
#ifndef CREMA_ENGINE_EMBEDDED_HANDLES_H_
#define CREMA_ENGINE_EMBEDDED_HANDLES_H_

#include "engine/shared/handle.h"

namespace crema {

class Blob;
class HostLayer;
class Net;
class Solver;

namespace border {

template <>
struct ClassOf<crema_blob> {
  using Type = Blob;
};
template <>
struct ClassOf<crema_layer> {
  using Type = HostLayer;
};
template <>
struct ClassOf<crema_net> {
  using Type = Net;
};
template <>
struct ClassOf<crema_solver> {
  using Type = Solver;
};

}  // namespace border
}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_HANDLES_H_
