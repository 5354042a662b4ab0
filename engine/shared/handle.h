// The handles of crema.h. A handle is the address of one of the engine's own objects, under a type
// that C can name. Each engine says in its handles.h which class stands behind which handle:
//
//   template <>
//   struct crema::border::ClassOf<crema_net> {
//     using Type = Net;
//   };
//
// Compiles as C++17, for libcaffe's headers.
#ifndef CREMA_ENGINE_SHARED_HANDLE_H_
#define CREMA_ENGINE_SHARED_HANDLE_H_

#include <string>

#include "ffi/crema.h"

namespace crema::border {

template <class Handle>
struct ClassOf;

// The bytes of a buffer are a string in every engine.
template <>
struct ClassOf<crema_buffer> {
  using Type = std::string;
};

// The object that a handle stands for; null for null.
template <class Handle>
typename ClassOf<Handle>::Type* ObjectOf(Handle* handle) {
  return reinterpret_cast<typename ClassOf<Handle>::Type*>(handle);
}
template <class Handle>
const typename ClassOf<Handle>::Type* ObjectOf(const Handle* handle) {
  return reinterpret_cast<const typename ClassOf<Handle>::Type*>(handle);
}

// The handle of an object, such as HandleOf<crema_net>(net).
template <class Handle>
Handle* HandleOf(typename ClassOf<Handle>::Type* object) {
  return reinterpret_cast<Handle*>(object);
}

}  // namespace crema::border

#endif  // CREMA_ENGINE_SHARED_HANDLE_H_
