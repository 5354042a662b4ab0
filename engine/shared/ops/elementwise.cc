// Vector math on each value by itself.
#include <algorithm>
#include <vector>

#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/pieces.h"
#include "engine/shared/random.h"
#include "ffi/crema.h"

namespace {

using crema::ops::BestKernels;
using crema::ops::InParallel;
using crema::ops::kCheap;
using crema::ops::kCostly;
using crema::ops::Kernels;

int64_t GrainOf(int32_t f, float parameter) {
  switch (f) {
    case CREMA_OPS_EXP:
    case CREMA_OPS_LOG:
    case CREMA_OPS_TANH:
    case CREMA_OPS_SIGMOID:
    case CREMA_OPS_ERF:
    case CREMA_OPS_GELU:
      return kCostly;
    case CREMA_OPS_POWX:
      return parameter == 2 ? kCheap : kCostly;
    default:
      return kCheap;
  }
}

}  // namespace

extern "C" {

void crema_ops_map(int32_t f, float parameter, int32_t n, const float* x, float* y) {
  const Kernels& kernels = BestKernels();
  InParallel(n, 1, GrainOf(f, parameter), [=, &kernels](int64_t begin, int64_t end) {
    kernels.map(f, parameter, end - begin, x + begin, y + begin);
  });
}

void crema_ops_map_backward(int32_t f, float parameter, int32_t n, const float* values,
                            const float* dy, float* dx) {
  const Kernels& kernels = BestKernels();
  const int64_t grain = f == CREMA_OPS_GELU ? kCostly : kCheap;
  InParallel(n, 1, grain, [=, &kernels](int64_t begin, int64_t end) {
    kernels.map_backward(f, parameter, end - begin, values + begin, dy + begin, dx + begin);
  });
}

void crema_ops_combine(int32_t f, int32_t n, const float* a, const float* b, float* y) {
  const Kernels& kernels = BestKernels();
  InParallel(n, 1, kCheap, [=, &kernels](int64_t begin, int64_t end) {
    kernels.combine(f, end - begin, a + begin, b + begin, y + begin);
  });
}

void crema_ops_axpby(float alpha, int32_t n, const float* x, float beta, float* y) {
  const Kernels& kernels = BestKernels();
  InParallel(n, 1, kCheap, [=, &kernels](int64_t begin, int64_t end) {
    kernels.axpby(alpha, end - begin, x + begin, beta, y + begin);
  });
}

void crema_ops_fill(float value, int32_t n, float* y) {
  InParallel(n, 1, kCheap,
             [=](int64_t begin, int64_t end) { std::fill(y + begin, y + end, value); });
}

void crema_ops_copy(int32_t n, const float* x, float* y) {
  InParallel(n, 1, kCheap,
             [=](int64_t begin, int64_t end) { std::copy(x + begin, x + end, y + begin); });
}

void crema_ops_random(int32_t distribution, float a, float b, uint64_t seed, uint64_t offset,
                      int32_t n, float* y) {
  // The number of values whose random words are made at once: a multiple of the generator's blocks,
  // and of the pairs that gaussians are made from.
  constexpr int64_t kPiece = 1024;
  const Kernels& kernels = BestKernels();
  const crema::Random random(seed, 0);
  // Pieces start at multiples of kPiece in the sequence, so that a value does not depend on where
  // an array starts.
  const int64_t shift = static_cast<int64_t>(offset % kPiece);
  const uint64_t first = offset / kPiece;
  const int64_t pieces = n <= 0 ? 0 : (shift + n + kPiece - 1) / kPiece;
  InParallel(pieces, kPiece, kCostly, [=, &kernels](int64_t begin, int64_t end) {
    uint32_t words[kPiece];
    float values[kPiece];
    for (int64_t p = begin; p < end; ++p) {
      random.Blocks((first + static_cast<uint64_t>(p)) * (kPiece / 4), kPiece / 4, words);
      kernels.random(distribution, a, b, kPiece, words, values);
      const int64_t from = std::max<int64_t>(0, shift - p * kPiece);
      const int64_t to = std::min<int64_t>(kPiece, shift + n - p * kPiece);
      std::copy(values + from, values + to, y + (p * kPiece + from - shift));
    }
  });
}

}  // extern "C"
