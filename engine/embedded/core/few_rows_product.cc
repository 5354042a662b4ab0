#include "engine/embedded/core/few_rows_product.h"

#include <algorithm>

#include "engine/embedded/core/packed_kernel.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Fewer rows leave most of a vector empty; with more, the library's order pays.
constexpr int64_t kFewest = 8, kMost = 128;
// Values of w that do not fit into the second-level cache.
constexpr int64_t kLarge = 1 << 20;
// Rows and columns that are turned at a time, so that both sides stay in the first-level cache.
constexpr int64_t kTile = 16;

// The same for MultiplyPlain, which took 70 to 85 % of the library's time at 8 and 16 rows, and as
// long from 32 on.
constexpr int64_t kFewestPlain = 6, kMostPlain = 24;
// Floats of a panel of w and of a piece of w. A piece has rows of several pages, as each costs an
// entry of the processor's table of pages.
constexpr int64_t kPanel = 512, kPiece = 64 * 1024;
constexpr int64_t kLeastColumns = 1024;
// What is behind each panel keeps them from meeting in the same lines of the cache.
constexpr int64_t kPanelGap = 16;
// The number of multiplications for which it pays to wake one more thread.
constexpr int64_t kProductGrain = 1 << 18;

}  // namespace

bool FewRowsProduct::Pays(int64_t rows, int64_t n, int64_t k) {
  return rows >= kFewest && rows <= kMost && n * k >= kLarge;
}

bool FewRowsProduct::PaysPlain(int64_t rows, int64_t n, int64_t k) {
  return rows >= kFewestPlain && rows <= kMostPlain && k >= kLeastColumns && n * k >= kLarge;
}

FewRowsProduct::FewRowsProduct() : kernel_(BestPackedKernel()) {}

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

void FewRowsProduct::MultiplyPlain(int64_t rows, int64_t n, int64_t k, const float* x,
                                   const float* w, float* y) {
  if (n == 0) {
    std::fill_n(y, rows * k, 0.0f);
    return;
  }
  const int64_t width = kernel_.width, depth = kPanel / width;
  const int64_t panels = (k + width - 1) / width;
  const int64_t piece = kPiece / kPanel * (kPanel + kPanelGap);
  const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  // x in blocks of kPackedRows columns of its transpose, part by part.
  float* const scratch = pieces_.Reserve(piece * threads + n * rows);
  float* const turned = scratch + piece * threads;
  for (int64_t first = 0; first < n; first += depth) {
    const int64_t here = std::min(depth, n - first);
    for (int64_t row = 0; row < rows; row += kPackedRows) {
      const int64_t count = std::min(kPackedRows, rows - row);
      float* const to = turned + first * rows + row * here;
      for (int64_t r = 0; r < count; ++r) {
        for (int64_t i = 0; i < here; ++i) to[i * count + r] = x[(row + r) * n + first + i];
      }
    }
  }
  const int64_t work = std::max<int64_t>(1, rows * n * width);
  ParallelFor(panels, std::max<int64_t>(1, kProductGrain / work), [&](int64_t begin, int64_t end) {
    const int64_t first = begin * width, last = std::min(k, end * width);
    MultiplyColumns(rows, n, k, last - first, turned, w + first, y + first,
                    scratch + (threads > 1 ? omp_get_thread_num() : 0) * piece);
  });
}

void FewRowsProduct::MultiplyColumns(int64_t rows, int64_t n, int64_t k, int64_t columns,
                                     const float* x, const float* w, float* y,
                                     float* scratch) const {
  const int64_t width = kernel_.width, depth = kPanel / width, most = kPiece / depth;
  for (int64_t column = 0; column < columns; column += most) {
    const int64_t here = std::min(most, columns - column), whole = here / width,
                  rest = here % width;
    for (int64_t done = 0; done < n; done += depth) {
      const int64_t deep = std::min(depth, n - done);
      for (int64_t i = 0; i < deep; ++i) {
        const float* from = w + (done + i) * k + column;
        kernel_.spread(whole, from, scratch + i * width, kPanel + kPanelGap);
        if (rest == 0) continue;
        float* last = scratch + whole * (kPanel + kPanelGap) + i * width;
        std::copy_n(from + whole * width, rest, last);
        std::fill(last + rest, last + width, 0.0f);
      }
      for (int64_t j = 0; j < here; j += width) {
        for (int64_t row = 0; row < rows; row += kPackedRows) {
          const int64_t count = std::min(kPackedRows, rows - row);
          kernel_.multiply(count, deep, {x + done * rows + row * deep, 1, count},
                           scratch + j / width * (kPanel + kPanelGap), done > 0,
                           std::min(width, here - j), y + row * k + column + j, k);
        }
      }
    }
  }
}

}  // namespace crema
