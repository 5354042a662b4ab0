// Pooling of one plane, or of a block of channels whose planes are interleaved.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_PLANES_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_PLANES_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/embedded/core/wide_each.h"

namespace crema::pooling {

// `pad` lies before the input and `trail` behind it.
struct Window {
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, trail_h, trail_w;
};

// The input rows (or columns) begin..end-1 under an output position, clipped to the input.
struct Span {
  int begin, end;
  // The length by which an average divides: within the input, and its padding if that counts.
  int counted;
};

// The sizes of an input plane and its output plane. kBlock below is the number of channels that are
// interleaved: 1 in the plain layout, 8 or 16 in blocked ones.
struct Planes {
  int in_h, in_w, out_h, out_w;
  Window window;
  // Whether an average is that of the input's values alone.
  bool excludes_padding;

  // The rows under output row y, and the columns under output column x.
  Span RowsAt(int y) const {
    return SpanAt(y * window.stride_h - window.pad_h, window.kernel_h, in_h, window.trail_h);
  }
  Span ColumnsAt(int x) const {
    return SpanAt(x * window.stride_w - window.pad_w, window.kernel_w, in_w, window.trail_w);
  }

 private:
  Span SpanAt(int from, int kernel, int length, int trail) const {
    const int to = std::min(from + kernel, length + trail);
    const int begin = std::max(from, 0), end = std::min(to, length);
    return {begin, end, excludes_padding ? end - begin : to - from};
  }
};

// The floats that MaxForward needs besides.
inline int64_t MaxScratch(const Planes& p, int block) {
  return int64_t{2} * std::min(p.window.kernel_h, p.in_h) * p.out_w * block;
}

// Eight channels; where the processor has no such vectors, they are made of two.
typedef float EightFloats __attribute__((vector_size(32), aligned(4), may_alias));
typedef int EightInts __attribute__((vector_size(32), aligned(4), may_alias));

// `where` gets the position in the input plane of each maximum, or -1 if a window holds no number.
// Each row under a window is first searched by itself, and once for all the windows that it is
// under. The vectors stay in registers: loops over arrays of kBlock values took two to three times
// as long.
//
// `scratch` holds the maxima of the latest rows, as many as a window has, and their positions.
template <int kBlock>
CREMA_FOR_ALL_PROCESSORS void MaxForward(const Planes& p, const float* in, float* out, int* where,
                                         float* scratch) {
  constexpr int kParts = kBlock / 8;
  const EightFloats least = EightFloats{} - std::numeric_limits<float>::max();
  const int64_t length = static_cast<int64_t>(p.out_w) * kBlock;
  const int slots = std::min(p.window.kernel_h, p.in_h);
  float* const row_best = scratch;
  float* const row_where = scratch + slots * length;
  int made = 0;
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = p.RowsAt(y);
    for (int h = std::max(made, rows.begin); h < rows.end; ++h) {
      const float* row = in + static_cast<int64_t>(h) * p.in_w * kBlock;
      float* to = row_best + h % slots * length;
      float* to_where = row_where + h % slots * length;
      for (int x = 0; x < p.out_w; ++x, to += kBlock, to_where += kBlock) {
        const Span columns = p.ColumnsAt(x);
#pragma GCC unroll 2
        for (int i = 0; i < kParts; ++i) {
          EightFloats best = least;
          EightInts at = EightInts{} - 1;
          for (int w = columns.begin; w < columns.end; ++w) {
            const auto& value = *reinterpret_cast<const EightFloats*>(row + w * kBlock + 8 * i);
            const auto more = value > best;
            best = more ? value : best;
            at = more ? EightInts{} + (h * p.in_w + w) : at;
          }
          *reinterpret_cast<EightFloats*>(to + 8 * i) = best;
          *reinterpret_cast<EightInts*>(to_where + 8 * i) = at;
        }
      }
    }
    made = std::max(made, rows.end);
    for (int64_t x = 0; x < length; x += 8, out += 8, where += 8) {
      EightFloats best = least;
      EightInts at = EightInts{} - 1;
      for (int h = rows.begin; h < rows.end; ++h) {
        const int64_t from = h % slots * length + x;
        const auto& value = *reinterpret_cast<const EightFloats*>(row_best + from);
        const auto& position = *reinterpret_cast<const EightInts*>(row_where + from);
        const auto more = value > best;
        best = more ? value : best;
        at = more ? position : at;
      }
      *reinterpret_cast<EightFloats*>(out) = best;
      *reinterpret_cast<EightInts*>(where) = at;
    }
  }
}

// Branch-free: the position of the maximum is unpredictable.
template <int kStride>
void MaxOfRow(const float* __restrict value, int begin, int end, int row, float* __restrict best,
              int* __restrict where) {
#pragma omp simd
  for (int x = begin; x < end; ++x) {
    const float candidate = value[x * kStride];
    const int more = -static_cast<int>(candidate > best[x]);
    best[x] = candidate > best[x] ? candidate : best[x];
    where[x] ^= (where[x] ^ (row + x * kStride)) & more;
  }
}

// Plain layout: one tap of the window at a time over a whole row of outputs, so that the compiler
// can use vectors along the row.
inline void MaxForwardRows(const Planes& p, const float* in, float* out, int* where) {
  const Window& window = p.window;
  for (int y = 0; y < p.out_h; ++y, out += p.out_w, where += p.out_w) {
    const Span rows = p.RowsAt(y);
    std::fill_n(out, p.out_w, -std::numeric_limits<float>::max());
    std::fill_n(where, p.out_w, -1);
    for (int h = rows.begin; h < rows.end; ++h) {
      for (int tap = 0; tap < window.kernel_w; ++tap) {
        // The outputs whose tap lies inside the input.
        const int offset = tap - window.pad_w;
        const int begin = offset >= 0 ? 0 : (-offset + window.stride_w - 1) / window.stride_w;
        const int end =
            offset >= p.in_w ? 0 : std::min(p.out_w, (p.in_w - 1 - offset) / window.stride_w + 1);
        const int row = h * p.in_w + offset;
        const float* value = in + row;
        if (window.stride_w == 2) {
          MaxOfRow<2>(value, begin, end, row, out, where);
        } else if (window.stride_w == 1) {
          MaxOfRow<1>(value, begin, end, row, out, where);
        } else {
          for (int x = begin; x < end; ++x) {
            const bool more = value[x * window.stride_w] > out[x];
            if (more) out[x] = value[x * window.stride_w];
            if (more) where[x] = row + x * window.stride_w;
          }
        }
      }
    }
  }
}

// Plain layout, windows of 2x2 side by side: by far the most common pooling, in one pass.
inline void MaxForwardPairs(const Planes& p, const float* in, float* out, int* where) {
  for (int y = 0; y < p.out_h; ++y, out += p.out_w, where += p.out_w) {
    const int row = 2 * y * p.in_w, below = p.in_w;
    const float* __restrict upper = in + row;
    const float* __restrict lower = upper + p.in_w;
    float* __restrict best = out;
    int* __restrict at = where;
#pragma omp simd
    for (int x = 0; x < p.out_w; ++x) {
      const float a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
      const float ab = b > a ? b : a, cd = d > c ? d : c;
      const int at_ab = static_cast<int>(b > a), at_cd = below + static_cast<int>(d > c);
      const int down = -static_cast<int>(cd > ab);
      best[x] = cd > ab ? cd : ab;
      at[x] = row + 2 * x + (at_ab ^ ((at_ab ^ at_cd) & down));
    }
  }
}

// Adds each output's gradient to the input that was the maximum. `in` must be zero.
template <int kBlock>
void MaxBackward(const Planes& p, const float* out, const int* where, float* in) {
  const int64_t count = static_cast<int64_t>(p.out_h) * p.out_w;
  for (int64_t i = 0; i < count; ++i, out += kBlock, where += kBlock) {
    for (int b = 0; b < kBlock; ++b) {
      if (where[b] >= 0) in[static_cast<int64_t>(where[b]) * kBlock + b] += out[b];
    }
  }
}

template <int kBlock>
void AverageForward(const Planes& p, const float* in, float* out) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = p.RowsAt(y);
    for (int x = 0; x < p.out_w; ++x, out += kBlock) {
      const Span columns = p.ColumnsAt(x);
      float sum[kBlock] = {};
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const float* value = in + (static_cast<int64_t>(h) * p.in_w + w) * kBlock;
          for (int b = 0; b < kBlock; ++b) sum[b] += value[b];
        }
      }
      const auto size = static_cast<float>(rows.counted * columns.counted);
      for (int b = 0; b < kBlock; ++b) out[b] = sum[b] / size;
    }
  }
}

// `in` must be zero.
template <int kBlock>
void AverageBackward(const Planes& p, const float* out, float* in) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = p.RowsAt(y);
    for (int x = 0; x < p.out_w; ++x, out += kBlock) {
      const Span columns = p.ColumnsAt(x);
      const auto size = static_cast<float>(rows.counted * columns.counted);
      float share[kBlock];
      for (int b = 0; b < kBlock; ++b) share[b] = out[b] / size;
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          float* to = in + (static_cast<int64_t>(h) * p.in_w + w) * kBlock;
          for (int b = 0; b < kBlock; ++b) to[b] += share[b];
        }
      }
    }
  }
}

}  // namespace crema::pooling

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_PLANES_H_
