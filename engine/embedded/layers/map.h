#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_

#include "engine/embedded/core/elementwise.h"
#include "engine/shared/parallel.h"

namespace crema {

// Elements below which a thread more costs more than it brings, for functions of a few
// instructions.
inline constexpr int64_t kCheapGrain = 16384;
// The same for functions that take an exponential or the like.
inline constexpr int64_t kCostlyGrain = 2048;

// out[i] = function(in[i]).
template <class Function>
void Map(const UnarySpan& span, int64_t grain, const Function& function) {
  ParallelFor(span.count, grain, [&](int64_t begin, int64_t end) {
    const float* in = span.in;
    float* out = span.out;
    // A copy: a write to `out` can't be taken for a change of what the function holds.
    const Function local = function;
    // In and out are the same or apart: no iteration reads what another one wrote.
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) out[i] = local(in[i]);
  });
}

// out[i] = function(a[i], b[i]).
template <class Function>
void Map(const BinarySpan& span, int64_t grain, const Function& function) {
  ParallelFor(span.count, grain, [&](int64_t begin, int64_t end) {
    const float* a = span.a;
    const float* b = span.b;
    float* out = span.out;
    const Function local = function;
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) out[i] = local(a[i], b[i]);
  });
}

// As SpanOf, but never with padding: for functions with f(0) other than 0.
inline UnarySpan DenseSpanOf(Storage& in, Storage& out) {
  const onednn::Desc* layout = in.layout();
  if (layout != nullptr && onednn::PaddedCount(*layout) == in.count()) return SpanOf(in, out);
  const float* from = in.Read();
  return {from, out.Write(), in.count()};
}

// Copies all values, in the layout that `from` has. Nothing is done where they are the same.
inline void CopyValues(Storage& from, Storage& to) {
  if (&from != &to) Map(SpanOf(from, to), kCheapGrain, [](float x) { return x; });
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_MAP_H_
