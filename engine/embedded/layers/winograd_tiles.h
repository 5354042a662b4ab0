// How Winograd's convolution divides its work: for winograd_convolution.cc and winograd_weights.cc.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_TILES_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_TILES_H_

#include <algorithm>
#include <cstdint>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/embedded/core/winograd_kernel.h"

namespace crema::winograd {

inline constexpr int64_t kProducts = kWinogradProducts;

// The values of so many tiles at all points are kept together: they should stay in the cache until
// they are multiplied, and each part of the kernels is read once for all of them.
inline constexpr int64_t kChunkFloats = 512 * 1024, kLeastTiles = 48, kMostTiles = 384;
// Kernels are transformed for so many inputs, and panels of outputs, at a time.
inline constexpr int64_t kSlice = 64, kSlicePanels = 2;
// Room for the taps of a slice: `width` is that of a panel, `count` the taps of a kernel.
inline int64_t TapsRoom(int64_t width, int64_t count) {
  return kSlice * kSlicePanels * width * count;
}
// Rows of values are so much longer: rows of 2^n bytes would all meet in the same lines of the
// cache.
inline constexpr int64_t kGap = 16;

// How far apart the values at two points are, if there are `count` at each: the points' values of
// one tile, which are written one after the other, must not meet in the same lines of the cache
// either. A page is 1024 floats.
inline int64_t StepOf(int64_t count) { return (count + 1023) / 1024 * 1024 + kGap; }

// Memory that passes use one after the other, of the thread that runs them.
struct Scratch {
  Buffer sources, targets, kernels, taps;
};

inline Scratch& ScratchOfThread() {
  thread_local Scratch scratch;
  return scratch;
}

// The tiles of a plane of which each covers `size` positions on both axes.
struct Tiles {
  int size, down, across;
  int64_t images;

  Tiles(int64_t image_count, int h, int w, int size_of_tile)
      : size(size_of_tile),
        down((h + size - 1) / size),
        across((w + size - 1) / size),
        images(image_count) {}

  int64_t count() const { return images * down * across; }

  struct Place {
    int64_t image;
    int y, x;
  };
  // Where tile number `index` begins.
  Place At(int64_t index) const {
    const int64_t row = index / across;
    return {row / down, static_cast<int>(row % down) * size,
            static_cast<int>(index % across) * size};
  }
};

// The part inside a plane of h x w of `length` x `length` positions from (y, x) on.
inline WinogradWindow Inside(int y, int x, int length, int h, int w) {
  return {std::clamp(-y, 0, length), std::clamp(h - y, 0, length), std::clamp(-x, 0, length),
          std::clamp(w - x, 0, length)};
}

// Where tiles are few, the kernels at all points are larger than all else. Each thread then takes
// some of the outputs, and transforms and multiplies the kernels of a few inputs at a time, which
// never leave its cache. Otherwise they are transformed once for many chunks of tiles.
struct Blocking {
  int64_t tiles;
  bool few;

  Blocking(int64_t all, int64_t inputs, int64_t outputs) {
    const int64_t fit =
        std::clamp(kChunkFloats / (kProducts * (inputs + outputs)), kLeastTiles, kMostTiles) /
        kPackedRows * kPackedRows;
    // So many tiles take no more memory than the kernels.
    const int64_t light = inputs * outputs / (inputs + outputs);
    few = all <= std::max(fit, light);
    tiles = few ? all : fit;
  }
};

}  // namespace crema::winograd

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_TILES_H_
