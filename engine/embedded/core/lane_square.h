// Squares of as many rows as a vector has lanes, for the kernels that are compiled for each
// processor.
#ifndef CREMA_ENGINE_EMBEDDED_CORE_LANE_SQUARE_H_
#define CREMA_ENGINE_EMBEDDED_CORE_LANE_SQUARE_H_

#include <cstdint>

namespace crema {

// Unnamed: a copy that was compiled for one processor must not be called by code that was compiled
// for another.
namespace {

// Vectors of floats and of their places. (GCC 12 takes no vector of integers whose size depends on
// a template's argument.)
template <int kLanes>
struct SquareTypes;
template <>
struct SquareTypes<4> {
  typedef float Row __attribute__((vector_size(16), aligned(4), may_alias));
  typedef int32_t Places __attribute__((vector_size(16)));
};
template <>
struct SquareTypes<8> {
  typedef float Row __attribute__((vector_size(32), aligned(4), may_alias));
  typedef int32_t Places __attribute__((vector_size(32)));
};
template <>
struct SquareTypes<16> {
  typedef float Row __attribute__((vector_size(64), aligned(4), may_alias));
  typedef int32_t Places __attribute__((vector_size(64)));
};

// kLanes rows of kLanes floats.
template <int kLanes>
struct Square {
  using Row = typename SquareTypes<kLanes>::Row;

  // Exchanges the bit `kHalf` of rows' and columns' indices.
  template <int kHalf>
  [[gnu::always_inline]] static void Exchange(Row* rows) {
    typename SquareTypes<kLanes>::Places upper{}, lower{};
    for (int i = 0; i < kLanes; ++i) {
      upper[i] = (i & kHalf) != 0 ? i - kHalf + kLanes : i;
      lower[i] = (i & kHalf) != 0 ? i + kLanes : i + kHalf;
    }
    for (int i = 0; i < kLanes; ++i) {
      if ((i & kHalf) != 0) continue;
      const Row a = rows[i], b = rows[i + kHalf];
      rows[i] = __builtin_shuffle(a, b, upper);
      rows[i + kHalf] = __builtin_shuffle(a, b, lower);
    }
  }

  // Transposes the rows where they are.
  [[gnu::always_inline]] static void Transpose(Row* rows) {
    if constexpr (kLanes == 16) Exchange<8>(rows);
    if constexpr (kLanes >= 8) Exchange<4>(rows);
    Exchange<2>(rows);
    Exchange<1>(rows);
  }

  // Transposes a square of a matrix into one of another.
  [[gnu::always_inline]] static void Transpose(const float* from, int64_t from_row, float* to,
                                               int64_t to_row) {
    Row rows[kLanes];
    for (int i = 0; i < kLanes; ++i) rows[i] = *reinterpret_cast<const Row*>(from + i * from_row);
    Transpose(rows);
    for (int i = 0; i < kLanes; ++i) *reinterpret_cast<Row*>(to + i * to_row) = rows[i];
  }
};

}  // namespace

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_LANE_SQUARE_H_
