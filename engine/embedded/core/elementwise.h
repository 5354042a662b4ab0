#ifndef CREMA_ENGINE_EMBEDDED_CORE_ELEMENTWISE_H_
#define CREMA_ENGINE_EMBEDDED_CORE_ELEMENTWISE_H_

#include <cstdint>

#include "engine/embedded/core/storage.h"

namespace crema {

// Flat memory of one layout for a function of single values. `count` includes a native layout's
// padding, whose zeros the function must keep: only f(0) = 0 (f(0, 0) = 0) may take it; others use
// plain memory.
struct UnarySpan {
  const float* in;
  float* out;
  int64_t count;
};

struct BinarySpan {
  const float* a;
  const float* b;
  float* out;
  int64_t count;
};

// `in` for reading and `out` for overwriting, both in the layout that `in` has. They may be the
// same.
UnarySpan SpanOf(Storage& in, Storage& out);
// All in the layout of `a`. `out` may be one of them.
BinarySpan SpanOf(Storage& a, Storage& b, Storage& out);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_ELEMENTWISE_H_
