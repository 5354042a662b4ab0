// Functions that are applied to each value of a blob by itself.
//
// The vector math has such functions too (engine/shared/ops), but its kernels are compiled for each
// kind of processor and use fused operations, which round differently. These loops take any
// function, and round each operation (wide_each.h), so that they give the same bits everywhere.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_

#include <cstdint>

#include "engine/embedded/core/storage.h"
#include "engine/embedded/core/wide_each.h"
#include "engine/shared/parallel.h"

namespace crema {

// Memory in one layout. `count` includes the padding of a native layout, whose zeros must stay
// zero: if f(0) (or f(0, 0)) is not 0, use a dense span or plain memory.
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

// `in` for reading and `out` for overwriting, both in the layout of `in`. They may be the same.
UnarySpan SpanOf(Storage& in, Storage& out);
// All three in the layout of `a`. `out` may be one of the others.
BinarySpan SpanOf(Storage& a, Storage& b, Storage& out);
// Like SpanOf, but never with padding: for functions whose f(0), or f(0, 0), is not 0.
UnarySpan DenseSpanOf(Storage& in, Storage& out);
BinarySpan DenseSpanOf(Storage& a, Storage& b, Storage& out);

// out[i] = function(i) for each i < count, in parallel.
template <class Function>
void Map(int64_t count, float* out, int64_t grain, const Function& function) {
  ParallelFor(count, grain, [=](int64_t begin, int64_t end) {
    WideEach(end - begin, out + begin, [=](int64_t i) { return function(begin + i); });
  });
}

// out[i] = function(in[i]), in parallel.
template <class Function>
void Map(const UnarySpan& span, int64_t grain, const Function& function) {
  const float* in = span.in;
  Map(span.count, span.out, grain, [=](int64_t i) { return function(in[i]); });
}

// out[i] = function(a[i], b[i]), in parallel.
template <class Function>
void Map(const BinarySpan& span, int64_t grain, const Function& function) {
  const float *a = span.a, *b = span.b;
  Map(span.count, span.out, grain, [=](int64_t i) { return function(a[i], b[i]); });
}

// Copies all values, in the layout of `from`. Does nothing if both are the same.
void CopyValues(Storage& from, Storage& to);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_
