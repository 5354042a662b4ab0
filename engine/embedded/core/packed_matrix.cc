#include "engine/embedded/core/packed_matrix.h"

#include <algorithm>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The number of multiplications for which it pays to wake one more thread.
constexpr int64_t kProductGrain = 1 << 18;

// Rows of a, and rows of a panel, that are multiplied at a time: the former stay in the
// second-level cache, the latter in the first-level cache.
constexpr int64_t kChunk = 96, kDepth = 256;
// Columns of a transposed a that are multiplied at a time, copied before in the order in which they
// are read: in a, they are so far apart that they would meet in the same lines of the cache.
constexpr int64_t kTurnedChunk = 48;

// The best that oneDNN would use here: it can be told to use less.
const PackedKernel& BestKernel() {
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

}  // namespace

const PackedKernel& BaselinePackedKernel() { return PanelProduct<4>::kKernel; }

PackedMatrix::PackedMatrix() : kernel_(BestKernel()) {}

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
                  for (int64_t j = 0; transposed && j < columns; ++j) {
                    const float* from = b + (first + j) * k;
                    for (int64_t i = 0; i < k; ++i) to[i * width + j] = from[i];
                  }
                  for (int64_t i = 0; !transposed && i < k; ++i) {
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
    ParallelFor(chunks, std::max<int64_t>(1, kProductGrain / (kChunk * work)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t chunk = begin; chunk < end; ++chunk) {
                    const int64_t first = chunk * kChunk;
                    MultiplyPanels(0, panels, std::min(kChunk, rows - first), a + first * k_, add,
                                   c + first * n_);
                  }
                });
    return;
  }
  ParallelFor(panels, std::max<int64_t>(1, kProductGrain / std::max<int64_t>(1, rows * k_ * width)),
              [&](int64_t begin, int64_t end) { MultiplyPanels(begin, end, rows, a, add, c); });
}

void PackedMatrix::MultiplyTransposed(int64_t rows, const float* a, bool add, float* c) {
  if (k_ == 0) {
    if (!add) std::fill_n(c, rows * n_, 0.0f);
    return;
  }
  const int64_t chunks = (rows + kTurnedChunk - 1) / kTurnedChunk;
  float* scratch =
      turned_.Reserve(kTurnedChunk * kDepth * (omp_in_parallel() ? 1 : omp_get_max_threads()));
  const int64_t work = std::max<int64_t>(1, kTurnedChunk * n_ * k_);
  ParallelFor(chunks, std::max<int64_t>(1, kProductGrain / work), [&](int64_t begin, int64_t end) {
    float* together =
        scratch + (omp_in_parallel() ? omp_get_thread_num() : 0) * kTurnedChunk * kDepth;
    for (int64_t chunk = begin; chunk < end; ++chunk) {
      const int64_t first = chunk * kTurnedChunk, count = std::min(kTurnedChunk, rows - first);
      for (int64_t done = 0; done < k_; done += kDepth) {
        const int64_t depth = std::min(kDepth, k_ - done);
        const auto block = [&](int64_t row) { return std::min(kernel_.rows, count - row); };
        for (int64_t row = 0; row < count; row += kernel_.rows) {
          const float* from = a + done * rows + first + row;
          float* to = together + row * depth;
          for (int64_t i = 0; i < depth; ++i, from += rows, to += block(row)) {
            std::copy_n(from, block(row), to);
          }
        }
        for (int64_t column = 0; column < n_; column += kernel_.width) {
          for (int64_t row = 0; row < count; row += kernel_.rows) {
            kernel_.multiply(block(row), depth, {together + row * depth, 1, block(row)},
                             panels_.get() + column * k_ + done * kernel_.width, add || done > 0,
                             std::min(kernel_.width, n_ - column), c + (first + row) * n_ + column,
                             n_);
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
