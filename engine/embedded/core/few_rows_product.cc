#include "engine/embedded/core/few_rows_product.h"

#include <algorithm>

#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Fewer rows leave most of a vector empty; with more, the library's order pays.
constexpr int64_t kFewest = 8, kMost = 128;
// Values of w that do not fit into the second-level cache.
constexpr int64_t kLarge = 1 << 20;
// Rows and columns that are turned at a time, so that both sides stay in the first-level cache.
constexpr int64_t kTile = 16;

}  // namespace

bool FewRowsProduct::Pays(int64_t rows, int64_t n, int64_t k) {
  return rows >= kFewest && rows <= kMost && n * k >= kLarge;
}

void FewRowsProduct::Multiply(int64_t rows, int64_t n, int64_t k, const float* x, const float* w,
                              bool add, float* y) {
  packed_.Pack(x, k, rows, true);
  float* columns = columns_.Reserve(n * rows);
  packed_.Multiply(n, w, false, columns);
  const int64_t tiles = (n + kTile - 1) / kTile;
  const int64_t grain = std::max<int64_t>(1, kCheapGrain / (kTile * std::max<int64_t>(1, rows)));
  ParallelFor(tiles, grain, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin * kTile; first < std::min(end * kTile, n); first += kTile) {
      const int64_t last = std::min(first + kTile, n);
      for (int64_t row = 0; row < rows; ++row) {
        for (int64_t i = first; i < last; ++i) {
          const float value = columns[i * rows + row];
          float& to = y[row * n + i];
          to = add ? to + value : value;
        }
      }
    }
  });
}

}  // namespace crema
