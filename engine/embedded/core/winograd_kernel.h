// The transforms of Winograd's convolution. They are compiled for every processor, for AVX2 and for
// AVX-512.
//
// A convolution of few taps is a product of polynomials. Six points determine it for tiles of
// 7 - taps positions: both factors are evaluated there, the values are multiplied point by point,
// and the product is put together again. In two dimensions 36 multiplications do the work of 144
// for 3x3 taps, and of 100 for 5x5. (A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural
// Networks, 2015.)
//
// The points are 0, ±11/16, ±3/2 and infinity. With the usual 0, ±1, ±2 rounding errors are three
// times as large. (B. Barabasz et al.: Error Analysis and Improving the Accuracy of Winograd
// Convolution, 2020.)
#ifndef CREMA_ENGINE_EMBEDDED_CORE_WINOGRAD_KERNEL_H_
#define CREMA_ENGINE_EMBEDDED_CORE_WINOGRAD_KERNEL_H_

#include <cstddef>
#include <cstdint>

#include "engine/embedded/core/lane_square.h"

namespace crema {

// The points on each axis, and on both.
constexpr int kWinogradPoints = 6, kWinogradProducts = kWinogradPoints * kWinogradPoints;

// The part of a tile that lies inside the image: rows and columns begin..end-1.
struct WinogradWindow {
  int row_begin, row_end, column_begin, column_end;
};

// Everything works on `lanes` channels at once, which are adjacent in memory. `row` is how far
// apart the rows of an image or a map are, and `step` the values at two points, in floats.
struct WinogradKernel {
  int64_t lanes;
  // The values at all points of a tile of 6x6 of the image. `from` is where the tile begins, even
  // if that is outside of the image, where it is zero.
  void (*image)(const float* from, int64_t row, WinogradWindow inside, float* to, int64_t step);
  // The values at all points of a tile of the map's gradient.
  void (*map)(const float* from, int64_t row, WinogradWindow inside, float* to, int64_t step);
  // The map from the products at all points, plus the bias (null: none), and no less than `least`.
  void (*result)(const float* from, int64_t step, const float* bias, float least, float* to,
                 int64_t row, WinogradWindow inside);
  // The values of kernels at all points. The taps are `tap` apart.
  void (*taps)(const float* from, int64_t tap, float* to, int64_t step);
  // The gradient of the taps, which are `tap` apart, from the products at all points.
  void (*taps_gradient)(const float* from, int64_t step, float* to, int64_t tap);
  // Transposes `lanes` rows of `count` values: value i of row j goes to to[i * to_row + j].
  void (*to_lanes)(const float* from, int64_t from_row, int64_t count, float* to, int64_t to_row);
  // The reverse: value j of each of `count` rows goes to row j, which `to_row` separates from the
  // next; added there if `add`.
  void (*from_lanes)(const float* from, int64_t from_row, int64_t count, bool add, float* to,
                     int64_t to_row);
};

// For 3x3 or 5x5 taps.
const WinogradKernel& BaselineWinogradKernel(int taps);
// Needs AVX2 and FMA.
const WinogradKernel& Avx2WinogradKernel(int taps);
// Needs AVX-512.
const WinogradKernel& Avx512WinogradKernel(int taps);

// Unnamed: a copy that was compiled for one processor must not be called by code that was compiled
// for another.
namespace {

template <int kLanes, int kTaps>
struct WinogradTransforms {
  static constexpr int kPoints = kWinogradPoints;
  // Positions of the map in a tile, on each axis.
  static constexpr int kPlaces = kPoints + 1 - kTaps;

  using Vector = typename SquareTypes<kLanes>::Row;
  static Vector Load(const float* p) { return *reinterpret_cast<const Vector*>(p); }
  static void Store(float* p, const Vector& v) { *reinterpret_cast<Vector*>(p) = v; }

  // The points other than 0 and infinity: ±kA and ±kB.
  static constexpr float kA = 0.6875f, kB = 1.5f;
  static constexpr float kA2 = kA * kA, kB2 = kB * kB;
  static constexpr float kA3 = kA * kA2, kB3 = kB * kB2;
  static constexpr float kA4 = kA2 * kA2, kB4 = kB2 * kB2;
  // By what the values of a kernel are divided: at point p, the product of p - q for all points q
  // but itself and infinity.
  static constexpr float kAt0 = 1.0f / (kA2 * kB2);
  static constexpr float kAtA = 1.0f / (2.0f * kA2 * (kA2 - kB2));
  static constexpr float kAtB = 1.0f / (2.0f * kB2 * (kB2 - kA2));

  // The values of the polynomial with kCount coefficients; divided as above if kDivided.
  template <int kCount, bool kDivided>
  [[gnu::always_inline]] static void Spread(const Vector* d, Vector* z) {
    Vector even_a = d[0], odd_a = kA * d[1];
    Vector even_b = d[0], odd_b = kB * d[1];
    if constexpr (kCount > 2) {
      even_a += kA2 * d[2];
      even_b += kB2 * d[2];
    }
    if constexpr (kCount > 3) {
      odd_a += kA3 * d[3];
      odd_b += kB3 * d[3];
    }
    if constexpr (kCount > 4) {
      even_a += kA4 * d[4];
      even_b += kB4 * d[4];
    }
    if constexpr (kDivided) {
      even_a *= kAtA;
      odd_a *= kAtA;
      even_b *= kAtB;
      odd_b *= kAtB;
      z[0] = kAt0 * d[0];
    } else {
      z[0] = d[0];
    }
    z[1] = even_a + odd_a;
    z[2] = even_a - odd_a;
    z[3] = even_b + odd_b;
    z[4] = even_b - odd_b;
    z[5] = d[kCount - 1];
  }

  // The transpose of Spread.
  template <int kCount, bool kDivided>
  [[gnu::always_inline]] static void Collect(const Vector* z, Vector* d) {
    Vector even_a = z[1] + z[2], odd_a = z[1] - z[2];
    Vector even_b = z[3] + z[4], odd_b = z[3] - z[4];
    Vector at_0 = z[0];
    if constexpr (kDivided) {
      even_a *= kAtA;
      odd_a *= kAtA;
      even_b *= kAtB;
      odd_b *= kAtB;
      at_0 *= kAt0;
    }
    d[0] = at_0 + even_a + even_b;
    d[1] = kA * odd_a + kB * odd_b;
    if constexpr (kCount > 2) d[2] = kA2 * even_a + kB2 * even_b;
    if constexpr (kCount > 3) d[3] = kA3 * odd_a + kB3 * odd_b;
    if constexpr (kCount > 4) d[4] = kA4 * even_a + kB4 * even_b;
    d[kCount - 1] += z[5];
  }

  // The transpose of what makes a product's coefficients of its values.
  [[gnu::always_inline]] static void SpreadImage(const Vector* d, Vector* z) {
    constexpr float kSum = kA2 + kB2, kProduct = kA2 * kB2;
    const Vector even_a = d[4] - kB2 * d[2], odd_a = kA * (d[3] - kB2 * d[1]);
    const Vector even_b = d[4] - kA2 * d[2], odd_b = kB * (d[3] - kA2 * d[1]);
    z[0] = kProduct * d[0] - kSum * d[2] + d[4];
    z[1] = even_a + odd_a;
    z[2] = even_a - odd_a;
    z[3] = even_b + odd_b;
    z[4] = even_b - odd_b;
    z[5] = kProduct * d[1] - kSum * d[3] + d[5];
  }

  // Both axes of a tile of kFrom x kFrom values, of which `at(y, x)` is one, to kTo x kTo values,
  // of which `put(y, x, value)` takes one. `turn` is one axis.
  template <int kFrom, int kTo, class At, class Turn, class Put>
  [[gnu::always_inline]] static void BothAxes(const At& at, const Turn& turn, const Put& put) {
    Vector half[kTo][kFrom];
    for (int x = 0; x < kFrom; ++x) {
      Vector column[kFrom], turned[kTo];
      for (int y = 0; y < kFrom; ++y) column[y] = at(y, x);
      turn(column, turned);
      for (int y = 0; y < kTo; ++y) half[y][x] = turned[y];
    }
    for (int y = 0; y < kTo; ++y) {
      Vector turned[kTo];
      turn(half[y], turned);
      for (int x = 0; x < kTo; ++x) put(y, x, turned[x]);
    }
  }

  // The values of a tile of kSize x kSize at all points.
  template <int kSize, class Turn>
  static void TileToPoints(const float* from, int64_t row, WinogradWindow inside, const Turn& turn,
                           float* to, int64_t step) {
    const auto put = [=](int y, int x, const Vector& value) {
      Store(to + (y * kPoints + x) * step, value);
    };
    if (inside.row_begin == 0 && inside.row_end == kSize && inside.column_begin == 0 &&
        inside.column_end == kSize) {
      BothAxes<kSize, kPoints>([=](int y, int x) { return Load(from + y * row + x * kLanes); },
                               turn, put);
      return;
    }
    Vector tile[kSize][kSize] = {};
    for (int y = inside.row_begin; y < inside.row_end; ++y) {
      for (int x = inside.column_begin; x < inside.column_end; ++x)
        tile[y][x] = Load(from + y * row + x * kLanes);
    }
    BothAxes<kSize, kPoints>([&](int y, int x) { return tile[y][x]; }, turn, put);
  }

  static void Image(const float* from, int64_t row, WinogradWindow inside, float* to,
                    int64_t step) {
    TileToPoints<kPoints>(
        from, row, inside, [](const Vector* d, Vector* z) { SpreadImage(d, z); }, to, step);
  }

  static void Map(const float* from, int64_t row, WinogradWindow inside, float* to, int64_t step) {
    TileToPoints<kPlaces>(
        from, row, inside, [](const Vector* d, Vector* z) { Spread<kPlaces, false>(d, z); }, to,
        step);
  }

  static void Result(const float* from, int64_t step, const float* bias, float least, float* to,
                     int64_t row, WinogradWindow inside) {
    const Vector add = bias == nullptr ? Vector{} : Load(bias);
    const Vector floor = least + Vector{};
    const auto at = [=](int y, int x) { return Load(from + (y * kPoints + x) * step); };
    const auto finish = [=](const Vector& value) {
      const Vector sum = value + add;
      return sum < floor ? floor : sum;
    };
    Vector half[kPlaces][kPoints];
    for (int x = 0; x < kPoints; ++x) {
      Vector column[kPoints], turned[kPlaces];
      for (int y = 0; y < kPoints; ++y) column[y] = at(y, x);
      Collect<kPlaces, false>(column, turned);
      for (int y = 0; y < kPlaces; ++y) half[y][x] = turned[y];
    }
    for (int y = 0; y < inside.row_end; ++y) {
      Vector turned[kPlaces];
      Collect<kPlaces, false>(half[y], turned);
      float* const line = to + y * row;
      if (inside.column_end == kPlaces) {
        for (int x = 0; x < kPlaces; ++x) Store(line + x * kLanes, finish(turned[x]));
      } else {
        for (int x = 0; x < inside.column_end; ++x) Store(line + x * kLanes, finish(turned[x]));
      }
    }
  }

  static void Taps(const float* from, int64_t tap, float* to, int64_t step) {
    BothAxes<kTaps, kPoints>(
        [=](int y, int x) { return Load(from + (y * kTaps + x) * tap); },
        [](const Vector* d, Vector* z) { Spread<kTaps, true>(d, z); },
        [=](int y, int x, const Vector& value) { Store(to + (y * kPoints + x) * step, value); });
  }

  static void TapsGradient(const float* from, int64_t step, float* to, int64_t tap) {
    Vector half[kTaps][kPoints];
    for (int x = 0; x < kPoints; ++x) {
      Vector column[kPoints], turned[kTaps];
      for (int y = 0; y < kPoints; ++y) column[y] = Load(from + (y * kPoints + x) * step);
      Collect<kTaps, true>(column, turned);
      for (int y = 0; y < kTaps; ++y) half[y][x] = turned[y];
    }
    for (int y = 0; y < kTaps; ++y) {
      Vector turned[kTaps];
      Collect<kTaps, true>(half[y], turned);
      for (int x = 0; x < kTaps; ++x) Store(to + (y * kTaps + x) * tap, turned[x]);
    }
  }

  static void ToLanes(const float* from, int64_t from_row, int64_t count, float* to,
                      int64_t to_row) {
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      Square<kLanes>::Transpose(from + i, from_row, to + i * to_row, to_row);
    }
    for (; i < count; ++i) {
      for (int j = 0; j < kLanes; ++j) to[i * to_row + j] = from[j * from_row + i];
    }
  }

  static void FromLanes(const float* from, int64_t from_row, int64_t count, bool add, float* to,
                        int64_t to_row) {
    int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) {
      Vector rows[kLanes];
      for (int j = 0; j < kLanes; ++j) rows[j] = Load(from + (i + j) * from_row);
      Square<kLanes>::Transpose(rows);
      for (int j = 0; j < kLanes; ++j) {
        float* const place = to + j * to_row + i;
        Store(place, add ? Load(place) + rows[j] : rows[j]);
      }
    }
    for (; i < count; ++i) {
      for (int j = 0; j < kLanes; ++j) {
        float& place = to[j * to_row + i];
        const float value = from[i * from_row + j];
        place = add ? place + value : value;
      }
    }
  }

  static constexpr WinogradKernel kKernel = {kLanes, Image,        Map,     Result,
                                             Taps,   TapsGradient, ToLanes, FromLanes};
};

template <int kLanes>
const WinogradKernel& WinogradKernelOf(int taps) {
  return taps == 5 ? WinogradTransforms<kLanes, 5>::kKernel
                   : WinogradTransforms<kLanes, 3>::kKernel;
}

}  // namespace

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_WINOGRAD_KERNEL_H_
