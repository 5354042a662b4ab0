#include "engine/embedded/core/packed_matrix.h"

#include <algorithm>
#include <cstring>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The number of multiplications for which it pays to wake one more thread.
constexpr int64_t kPackedGrain = 1 << 18;

// Rows of a, and rows of a panel, that are multiplied at a time: the former stay in the
// second-level cache, the latter in the first-level cache.
constexpr int64_t kChunk = 96, kDepth = 256;
// Of a transposed a, up to so many columns of so many rows are copied together, in the order in
// which products read them: few columns of many rows would be read from a new page each time, and
// all meet in the same lines of the cache.
constexpr int64_t kTurnedChunk = 480, kTurnedDepth = 128;
// How far apart blocks of kPackedRows columns are. What is behind each keeps them from meeting in
// the same lines, too.
constexpr int64_t kTurnedBlock = kTurnedDepth * kPackedRows + 16;

// Copies `count` columns of a matrix whose rows are `stride` apart, in blocks of kPackedRows
// columns; the last block has the rest.
void Gather(int64_t count, int64_t depth, const float* a, int64_t stride, float* blocks) {
  const int64_t whole = count / kPackedRows, rest = count % kPackedRows;
  for (int64_t i = 0; i < depth; ++i, a += stride) {
    for (int64_t b = 0; b < whole; ++b) {
      // Not std::copy_n, which calls a function for so few.
      std::memcpy(blocks + b * kTurnedBlock + i * kPackedRows, a + b * kPackedRows,
                  kPackedRows * sizeof(float));
    }
    std::copy_n(a + whole * kPackedRows, rest, blocks + whole * kTurnedBlock + i * rest);
  }
}

}  // namespace

const PackedKernel& BaselinePackedKernel() { return PanelProduct<4>::kKernel; }

const PackedKernel& BestPackedKernel() {
#if defined(__x86_64__)
  const int lanes = onednn::VectorLanes();
  if (lanes >= 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
    return Avx512PackedKernel();
  }
  if (lanes >= 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return Avx2PackedKernel();
  }
#endif
  return BaselinePackedKernel();
}

PackedMatrix::PackedMatrix() : kernel_(BestPackedKernel()) {}

void PackedMatrix::Pack(const float* b, int64_t k, int64_t n, bool transposed) {
  k_ = k;
  n_ = n;
  const int64_t width = kernel_.width, panels = (n + width - 1) / width;
  float* memory = panels_.Reserve(panels * width * k);
  ParallelFor(panels, std::max<int64_t>(1, kCheapGrain / std::max<int64_t>(1, width * k)),
              [&](int64_t begin, int64_t end) {
                for (int64_t p = begin; p < end; ++p) {
                  float* to = memory + p * width * k;
                  const int64_t first = p * width, columns = std::min(width, n - first);
                  if (transposed) {
                    kernel_.turn(columns, k, b + first * k, k, to);
                    continue;
                  }
                  for (int64_t i = 0; i < k; ++i) {
                    std::copy_n(b + i * n + first, columns, to + i * width);
                  }
                  if (columns == width) continue;
                  for (int64_t i = 0; i < k; ++i)
                    std::fill(to + i * width + columns, to + (i + 1) * width, 0.0f);
                }
              });
}

void PackedMatrix::Multiply(int64_t rows, const float* a, bool add, float* c) const {
  const int64_t width = kernel_.width, panels = (n_ + width - 1) / width;
  if (k_ == 0) {
    if (!add) std::fill_n(c, rows * n_, 0.0f);
    return;
  }
  // Threads get rows if there are many, else panels.
  const int64_t work = std::max<int64_t>(1, n_ * k_);
  if (rows >= kChunk * 2) {
    const int64_t chunks = (rows + kChunk - 1) / kChunk;
    ParallelFor(chunks, std::max<int64_t>(1, kPackedGrain / (kChunk * work)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t chunk = begin; chunk < end; ++chunk) {
                    const int64_t first = chunk * kChunk;
                    MultiplyPanels(0, panels, std::min(kChunk, rows - first), a + first * k_, add,
                                   c + first * n_);
                  }
                });
    return;
  }
  ParallelFor(panels, std::max<int64_t>(1, kPackedGrain / std::max<int64_t>(1, rows * k_ * width)),
              [&](int64_t begin, int64_t end) { MultiplyPanels(begin, end, rows, a, add, c); });
}

void PackedMatrix::MultiplyTransposed(int64_t rows, const float* a,
                                      std::span<const Product> products, Buffer& scratch) {
  const PackedMatrix& first_matrix = products.front().matrix;
  const PackedKernel& kernel = first_matrix.kernel_;
  const int64_t k = first_matrix.k_;
  int64_t columns = 0;
  for (const auto& [matrix, add, c] : products) {
    columns += matrix.n_;
    if (k == 0 && !add) std::fill_n(c, rows * matrix.n_, 0.0f);
  }
  if (k == 0) return;
  const int64_t threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  // As many for each thread.
  const int64_t share = (rows + threads - 1) / threads;
  const int64_t parts = (share + kTurnedChunk - 1) / kTurnedChunk;
  const int64_t chunk_rows =
      ((share + parts - 1) / parts + kPackedRows - 1) / kPackedRows * kPackedRows;
  const int64_t chunks = (rows + chunk_rows - 1) / chunk_rows;
  float* turned = scratch.Reserve(chunk_rows / kPackedRows * kTurnedBlock * threads);
  const int64_t work = std::max<int64_t>(1, chunk_rows * columns * k);
  ParallelFor(chunks, std::max<int64_t>(1, kPackedGrain / work), [&](int64_t begin, int64_t end) {
    float* blocks =
        turned + (threads > 1 ? omp_get_thread_num() : 0) * chunk_rows / kPackedRows * kTurnedBlock;
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      const int64_t first = chunk * chunk_rows, count = std::min(chunk_rows, rows - first);
      for (int64_t done = 0; done < k; done += kTurnedDepth) {
        const int64_t depth = std::min(kTurnedDepth, k - done);
        Gather(count, depth, a + done * rows + first, rows, blocks);
        for (const auto& [matrix, add, c] : products) {
          const int64_t n = matrix.n_;
          for (int64_t column = 0; column < n; column += kernel.width) {
            for (int64_t row = 0; row < count; row += kPackedRows) {
              const int64_t block = std::min(kPackedRows, count - row);
              kernel.multiply(block, depth, {blocks + row / kPackedRows * kTurnedBlock, 1, block},
                              matrix.panels_.get() + column * k + done * kernel.width,
                              add || done > 0, std::min(kernel.width, n - column),
                              c + (first + row) * n + column, n);
            }
          }
        }
      }
    }
  });
}

// So many rows of a and of the panel at a time that both stay in the caches.
void PackedMatrix::MultiplyPanels(int64_t begin, int64_t end, int64_t rows, const float* a,
                                  bool add, float* c) const {
  const int64_t width = kernel_.width;
  for (int64_t done = 0; done < k_; done += kDepth) {
    const int64_t depth = std::min(kDepth, k_ - done);
    for (int64_t first = begin * width; first < std::min(end * width, n_); first += width) {
      kernel_.multiply(rows, depth, {a + done, k_, 1}, panels_.get() + first * k_ + done * width,
                       add || done > 0, std::min(width, n_ - first), c + first, n_);
    }
  }
}

}  // namespace crema
