// The inner loops of products with a packed matrix. They are compiled for every processor, for AVX2
// and for AVX-512.
#ifndef CREMA_ENGINE_EMBEDDED_CORE_PACKED_KERNEL_H_
#define CREMA_ENGINE_EMBEDDED_CORE_PACKED_KERNEL_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "engine/embedded/core/lane_square.h"

namespace crema {

// The rows whose sums stay in registers together.
constexpr int64_t kPackedRows = 6;

// A matrix, or the transpose of one: how far apart its rows are, and the values of a row.
struct PackedLeft {
  const float* values;
  int64_t row, step;
};

// A panel is `width` columns of the matrix: k rows of that many floats, of which the last panel has
// zeros behind its columns.
struct PackedKernel {
  int64_t width;
  // The first `columns` columns of c = a * panel, or c += a * panel, for `rows` rows. Those of c
  // are ldc apart.
  void (*multiply)(int64_t rows, int64_t k, PackedLeft a, const float* panel, bool add,
                   int64_t columns, float* c, int64_t ldc);
  // Makes a panel of the transpose of a matrix with `columns` rows of k values, `stride` apart.
  void (*turn)(int64_t columns, int64_t k, const float* from, int64_t stride, float* panel);
  // Copies `count` times `width` values, one after the other, to places that are `step` apart.
  void (*spread)(int64_t count, const float* from, float* to, int64_t step);
};

const PackedKernel& BaselinePackedKernel();
// Needs AVX2 and FMA.
const PackedKernel& Avx2PackedKernel();
// Needs AVX-512.
const PackedKernel& Avx512PackedKernel();
// The best one that oneDNN would use here: it can be told to use less.
const PackedKernel& BestPackedKernel();

// Unnamed: a copy that was compiled for one processor must not be called by code that was compiled
// for another.
namespace {

// Panels of two vectors of kLanes floats.
template <int kLanes>
struct PanelProduct {
  typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));
  static constexpr int64_t kWidth = 2 * kLanes;

  static Vector& At(float* p) { return *reinterpret_cast<Vector*>(p); }
  static const Vector& At(const float* p) { return *reinterpret_cast<const Vector*>(p); }

  // The sums of a few rows, which stay in registers: all indices are constants.
  template <size_t... kRow>
  static void Rows(std::index_sequence<kRow...>, int64_t k, PackedLeft a, const float* panel,
                   bool add, int64_t columns, float* c, int64_t ldc) {
    Vector left[sizeof...(kRow)] = {}, right[sizeof...(kRow)] = {};
    const float* value = a.values;
    for (int64_t i = 0; i < k; ++i, value += a.step, panel += kWidth) {
      const Vector l = At(panel), r = At(panel + kLanes);
      ((left[kRow] += l * value[static_cast<int64_t>(kRow) * a.row],
        right[kRow] += r * value[static_cast<int64_t>(kRow) * a.row]),
       ...);
    }
    if (columns == kWidth) {
      (Put(add, left[kRow], right[kRow], c + static_cast<int64_t>(kRow) * ldc), ...);
      return;
    }
    float values[sizeof...(kRow)][kWidth];
    (Put(false, left[kRow], right[kRow], values[kRow]), ...);
    for (size_t row = 0; row < sizeof...(kRow); ++row, c += ldc) {
      for (int64_t j = 0; j < columns; ++j) c[j] = add ? c[j] + values[row][j] : values[row][j];
    }
  }

  static void Put(bool add, const Vector& left, const Vector& right, float* c) {
    At(c) = add ? At(c) + left : left;
    At(c + kLanes) = add ? At(c + kLanes) + right : right;
  }

  static void Multiply(int64_t rows, int64_t k, PackedLeft a, const float* panel, bool add,
                       int64_t columns, float* c, int64_t ldc) {
    for (; rows >= kPackedRows;
         rows -= kPackedRows, a.values += kPackedRows * a.row, c += kPackedRows * ldc) {
      Rows(std::make_index_sequence<kPackedRows>(), k, a, panel, add, columns, c, ldc);
    }
    switch (rows) {
      case 1:
        return Rows(std::make_index_sequence<1>(), k, a, panel, add, columns, c, ldc);
      case 2:
        return Rows(std::make_index_sequence<2>(), k, a, panel, add, columns, c, ldc);
      case 3:
        return Rows(std::make_index_sequence<3>(), k, a, panel, add, columns, c, ldc);
      case 4:
        return Rows(std::make_index_sequence<4>(), k, a, panel, add, columns, c, ldc);
      case 5:
        return Rows(std::make_index_sequence<5>(), k, a, panel, add, columns, c, ldc);
      default:
        return;
    }
  }

  static void Turn(int64_t columns, int64_t k, const float* from, int64_t stride, float* panel) {
    int64_t i = 0;
    if (columns == kWidth) {
      for (; i + kLanes <= k; i += kLanes) {
        for (int64_t half = 0; half < kWidth; half += kLanes) {
          Square<kLanes>::Transpose(from + half * stride + i, stride, panel + i * kWidth + half,
                                    kWidth);
        }
      }
    }
    for (; i < k; ++i) {
      for (int64_t j = 0; j < columns; ++j) panel[i * kWidth + j] = from[j * stride + i];
      std::fill(panel + i * kWidth + columns, panel + (i + 1) * kWidth, 0.0f);
    }
  }

  static void Spread(int64_t count, const float* from, float* to, int64_t step) {
    for (int64_t i = 0; i < count; ++i, from += kWidth, to += step) {
      At(to) = At(from);
      At(to + kLanes) = At(from + kLanes);
    }
  }

  static constexpr PackedKernel kKernel = {kWidth, Multiply, Turn, Spread};
};

}  // namespace

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_PACKED_KERNEL_H_
