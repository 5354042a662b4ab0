// Vector math over an axis: arrays of shape (outer, axis, inner).
#include <algorithm>
#include <limits>

#include "engine/shared/ops/kernels.h"
#include "engine/shared/ops/pieces.h"
#include "ffi/crema.h"

namespace {

using crema::ops::BestKernels;
using crema::ops::InParallel;
using crema::ops::kCheap;
using crema::ops::kCostly;
using crema::ops::Kernels;
using crema::ops::kMaxWidth;

// The value that reduce_columns starts from.
double StartOf(int32_t f) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return f == CREMA_OPS_MAX ? -kInfinity : f == CREMA_OPS_MIN ? kInfinity : 0.0;
}

bool IsEmpty(int64_t outer, int64_t axis, int64_t inner) {
  return outer <= 0 || axis <= 0 || inner <= 0;
}

// Calls body(o, i, width) for each outer index and each run of up to kMaxWidth inner indices.
template <class Body>
void OverColumns(int64_t outer, int64_t axis, int64_t inner, int64_t grain, const Body& body) {
  const int64_t runs = (inner + kMaxWidth - 1) / kMaxWidth;
  InParallel(outer * runs, axis * inner / runs, grain, [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t i = p % runs * kMaxWidth;
      body(p / runs, i, std::min(kMaxWidth, inner - i));
    }
  });
}

}  // namespace

extern "C" {

void crema_ops_reduce_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner, const float* x,
                           float* y) {
  if (outer <= 0 || inner <= 0) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = std::max(axis, 0), width = inner;
  if (width == 1 && length > 0) {
    return InParallel(outer, length, kCheap, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        y[o] = static_cast<float>(kernels.reduce(f, length, x + o * length));
      }
    });
  }
  OverColumns(outer, length, width, kCheap, [=, &kernels](int64_t o, int64_t i, int64_t run) {
    double sums[kMaxWidth];
    std::fill_n(sums, run, length > 0 ? StartOf(f) : 0.0);
    kernels.reduce_columns(f, length, width, run, x + o * length * width + i, nullptr, sums);
    for (int64_t c = 0; c < run; ++c) y[o * width + i + c] = static_cast<float>(sums[c]);
  });
}

void crema_ops_argmax_axis(int32_t outer, int32_t axis, int32_t inner, const float* x, float* y) {
  if (IsEmpty(outer, axis, inner)) return;
  const int64_t length = axis, width = inner;
  if (width == 1) {
    const Kernels& kernels = BestKernels();
    return InParallel(outer, length, kCheap, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        const float* row = x + o * length;
        const auto greatest = static_cast<float>(kernels.reduce(CREMA_OPS_MAX, length, row));
        y[o] = static_cast<float>(kernels.find(length, row, greatest));
      }
    });
  }
  OverColumns(outer, length, width, kCheap, [=](int64_t o, int64_t i, int64_t run) {
    float best[kMaxWidth];
    int32_t index[kMaxWidth];
    const float* row = x + o * length * width + i;
    std::copy_n(row, run, best);
    std::fill_n(index, run, 0);
    for (int64_t a = 1; a < length; ++a) {
      row += width;
#pragma omp simd
      for (int64_t c = 0; c < run; ++c) {
        // The first NaN stays.
        const bool better = row[c] > best[c] || (row[c] != row[c] && best[c] == best[c]);
        best[c] = better ? row[c] : best[c];
        index[c] = better ? static_cast<int32_t>(a) : index[c];
      }
    }
    for (int64_t c = 0; c < run; ++c) y[o * width + i + c] = static_cast<float>(index[c]);
  });
}

void crema_ops_combine_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner, const float* x,
                            const float* v, float* y) {
  if (IsEmpty(outer, axis, inner)) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = axis, width = inner;
  if (width == 1) {
    return InParallel(outer, length, kCheap, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        kernels.combine_scalar(f, length, x + o * length, v[o], y + o * length);
      }
    });
  }
  InParallel(outer * length, width, kCheap, [=, &kernels](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      kernels.combine(f, width, x + row * width, v + row / length * width, y + row * width);
    }
  });
}

void crema_ops_combine_vector(int32_t f, int32_t outer, int32_t axis, int32_t inner, const float* x,
                              const float* v, float* y) {
  if (IsEmpty(outer, axis, inner)) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = axis, width = inner;
  if (width == 1) {
    return InParallel(outer, length, kCheap, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        kernels.combine(f, length, x + o * length, v, y + o * length);
      }
    });
  }
  InParallel(outer * length, width, kCheap, [=, &kernels](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      kernels.combine_scalar(f, width, x + row * width, v[row % length], y + row * width);
    }
  });
}

void crema_ops_sum_vector(int32_t outer, int32_t axis, int32_t inner, const float* x,
                          const float* z, float beta, float* v) {
  if (axis <= 0) return;
  const Kernels& kernels = BestKernels();
  const int64_t rows = std::max(outer, 0), length = axis, width = std::max(inner, 0);
  const auto give = [=](int64_t a, double sum) {
    v[a] = static_cast<float>(beta == 0 ? sum : static_cast<double>(beta * v[a]) + sum);
  };
  if (width != 1) {
    return InParallel(length, rows * width, kCheap, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t a = begin; a < end; ++a) {
        double sum = 0;
        for (int64_t o = 0; o < rows; ++o) {
          const int64_t at = (o * length + a) * width;
          sum += z == nullptr ? kernels.reduce(CREMA_OPS_SUM, width, x + at)
                              : kernels.dot(width, x + at, z + at);
        }
        give(a, sum);
      }
    });
  }
  // A few columns at a time, so that each thread gets some.
  const int64_t run =
      std::min(kMaxWidth, std::max<int64_t>(16, length / (2 * crema::ops::Threads())));
  const int64_t runs = (length + run - 1) / run;
  InParallel(runs, rows * run, kCheap, [=, &kernels](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t first = p * run, count = std::min(run, length - first);
      double sums[kMaxWidth] = {};
      kernels.reduce_columns(z == nullptr ? CREMA_OPS_SUM : CREMA_OPS_DOT, rows, length, count,
                             x + first, z == nullptr ? nullptr : z + first, sums);
      for (int64_t c = 0; c < count; ++c) give(first + c, sums[c]);
    }
  });
}

void crema_ops_softmax(int32_t log, int32_t outer, int32_t axis, int32_t inner, const float* x,
                       float* y) {
  if (IsEmpty(outer, axis, inner)) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = axis, width = inner;
  const bool logarithm = log != 0;
  if (width == 1) {
    return InParallel(outer, length, kCostly, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t at = begin * length; at < end * length; at += length) {
        kernels.softmax(length, x + at, y + at, logarithm);
      }
    });
  }
  OverColumns(outer, length, width, kCostly, [=, &kernels](int64_t o, int64_t i, int64_t run) {
    const int64_t at = o * length * width + i;
    kernels.softmax_columns(length, width, run, x + at, y + at, logarithm);
  });
}

void crema_ops_softmax_backward(int32_t log, int32_t outer, int32_t axis, int32_t inner,
                                const float* y, const float* dy, float* dx) {
  if (IsEmpty(outer, axis, inner)) return;
  const Kernels& kernels = BestKernels();
  const int64_t length = axis, width = inner, grain = log != 0 ? kCostly : kCheap;
  const bool logarithm = log != 0;
  if (width == 1) {
    return InParallel(outer, length, grain, [=, &kernels](int64_t begin, int64_t end) {
      for (int64_t at = begin * length; at < end * length; at += length) {
        kernels.softmax_backward(length, y + at, dy + at, dx + at, logarithm);
      }
    });
  }
  OverColumns(outer, length, width, grain, [=, &kernels](int64_t o, int64_t i, int64_t run) {
    const int64_t at = o * length * width + i;
    kernels.softmax_backward_columns(length, width, run, y + at, dy + at, dx + at, logarithm);
  });
}

}  // extern "C"
