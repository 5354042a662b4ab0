// Parallel sums over all values of a blob, which do not depend on the number of threads.
//
// The vector math has such sums too (engine/shared/ops), but their bits depend on the processor;
// see map.h.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_SUM_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_SUM_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/shared/parallel.h"

namespace crema {

// The sum of of(first, last) over the pieces that 0..count is cut into, added up in order.
template <class Of>
auto SumPieces(int64_t count, int64_t grain, const Of& of) {
  constexpr int64_t kPiece = 2048;
  using Part = decltype(of(int64_t{0}, int64_t{0}));
  std::vector<Part> parts(static_cast<size_t>((count + kPiece - 1) / kPiece));
  ParallelFor(static_cast<int64_t>(parts.size()), grain / kPiece, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      parts[static_cast<size_t>(p)] = of(p * kPiece, std::min(count, (p + 1) * kPiece));
    }
  });
  Part total{};
  for (const Part& part : parts) total += part;
  return total;
}

// The sum of value(i) over i < count: within a piece in single precision and in order, of the
// pieces in double. `value` is called once for each i, so it may store something on the way.
template <class Value>
double Sum(int64_t count, int64_t grain, const Value& value) {
  return SumPieces(count, grain, [=](int64_t first, int64_t last) {
    float sum = 0;
    for (int64_t i = first; i < last; ++i) sum += value(i);
    return static_cast<double>(sum);
  });
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_SUM_H_
