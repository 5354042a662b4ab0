#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_ROW_SUMS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_ROW_SUMS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/shared/parallel.h"

namespace crema {

// Parallel sums over the rows of a matrix, which do not depend on the number of threads: pieces of
// a row in single precision, of the pieces in double and in order.
class RowSums {
 public:
  // The sums of value(i, row) over each row's values i: row * length up to (row + 1) * length.
  template <class Value>
  const std::vector<double>& Of(int64_t rows, int64_t length, const Value& value) {
    constexpr int64_t kPiece = 2048;
    const int64_t cuts = (length + kPiece - 1) / kPiece;
    parts_.resize(static_cast<size_t>(rows * cuts));
    sums_.assign(static_cast<size_t>(rows), 0.0);
    const int64_t work = std::max<int64_t>(1, std::min(length, kPiece));
    ParallelFor(rows * cuts, std::max<int64_t>(1, kCheapGrain / work),
                [&](int64_t begin, int64_t end) {
                  for (int64_t p = begin; p < end; ++p) {
                    const int64_t row = p / cuts, first = p % cuts * kPiece;
                    const int64_t last = row * length + std::min(length, first + kPiece);
                    float sum = 0;
#pragma omp simd reduction(+ : sum)
                    for (int64_t i = row * length + first; i < last; ++i) sum += value(i, row);
                    parts_[static_cast<size_t>(p)] = sum;
                  }
                });
    for (int64_t p = 0; p < rows * cuts; ++p) {
      sums_[static_cast<size_t>(p / cuts)] += static_cast<double>(parts_[static_cast<size_t>(p)]);
    }
    return sums_;
  }

 private:
  std::vector<float> parts_;
  std::vector<double> sums_;
};

// Calls body(row, begin, end) for parts of the rows' values, in parallel.
template <class Body>
void ForEachRowPart(int64_t rows, int64_t length, int64_t grain, const Body& body) {
  ParallelFor(rows * length, grain, [&](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end;) {
      const int64_t row = at / length, until = std::min(end, (row + 1) * length);
      body(row, at, until);
      at = until;
    }
  });
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_ROW_SUMS_H_
