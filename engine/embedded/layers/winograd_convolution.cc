#include "engine/embedded/layers/winograd_convolution.h"

#include <omp.h>

#include <algorithm>
#include <limits>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/embedded/core/winograd_kernel.h"

namespace crema {

namespace {

constexpr int64_t kProducts = kWinogradProducts;

// The values of so many tiles at all points are kept together: they should stay in the cache until
// they are multiplied, and each part of the kernels is read once for all of them.
constexpr int64_t kChunkFloats = 512 * 1024, kLeastTiles = 48, kMostTiles = 384;
// The same for the kernels of a part of the outputs.
constexpr int64_t kPartFloats = 1024 * 1024;
// Products are summed up over so many channels at a time, so that a panel of the kernels stays in
// the first-level cache.
constexpr int64_t kDepth = 256;
// Rows of products that one thread computes.
constexpr int64_t kRows = 48;
// Rows of values are so much longer: rows of 2^n bytes would all meet in the same lines of the
// cache.
constexpr int64_t kGap = 16;

// How far apart the values at two points are, if there are `count` at each: the points' values of
// one tile, which are written one after the other, must not meet in the same lines of the cache
// either. A page is 1024 floats.
int64_t StepOf(int64_t count) { return (count + 1023) / 1024 * 1024 + kGap; }

// Memory that passes use one after the other, of the thread that runs them.
struct Scratch {
  Buffer sources, targets, kernels;
};

Scratch& ScratchOfThread() {
  thread_local Scratch scratch;
  return scratch;
}

const WinogradKernel& KernelFor(int lanes, int taps) {
#if defined(__x86_64__)
  if (lanes == 16) return Avx512WinogradKernel(taps);
  if (lanes == 8) return Avx2WinogradKernel(taps);
#endif
  (void)lanes;
  return BaselineWinogradKernel(taps);
}

const PackedKernel& ProductFor(int lanes) {
#if defined(__x86_64__)
  if (lanes == 16) return Avx512PackedKernel();
  if (lanes == 8) return Avx2PackedKernel();
#endif
  (void)lanes;
  return BaselinePackedKernel();
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
WinogradWindow Inside(int y, int x, int length, int h, int w) {
  return {std::clamp(-y, 0, length), std::clamp(h - y, 0, length), std::clamp(-x, 0, length),
          std::clamp(w - x, 0, length)};
}

// What is computed at once. With several chunks of tiles, the kernels of all outputs are kept for
// them. With one, a part of the outputs at a time will do, and its kernels, which are large where
// tiles are few, never leave the cache.
struct Blocking {
  int64_t tiles, panels;

  Blocking(int64_t all_tiles, int64_t inputs, int64_t outputs, int64_t width) {
    const int64_t all_panels = (outputs + width - 1) / width;
    const int64_t fit =
        std::clamp(kChunkFloats / (kProducts * (inputs + outputs)), kLeastTiles, kMostTiles) /
        kPackedRows * kPackedRows;
    // So many tiles take no more memory than the kernels.
    const int64_t light = inputs * outputs / (inputs + outputs);
    if (all_tiles > std::max(fit, light)) {
      tiles = fit;
      panels = all_panels;
    } else {
      tiles = all_tiles;
      panels = std::clamp<int64_t>(kPartFloats / (kProducts * inputs * width), 1, all_panels);
    }
  }
};

// So many neighbouring panels are multiplied by one thread, which has the tiles' values at hand.
int64_t PanelsPerJob(int64_t panels) {
  return std::clamp<int64_t>(kProducts * panels / (4 * omp_get_num_threads()), 1, 4);
}

}  // namespace

const WinogradKernel& BaselineWinogradKernel(int taps) { return WinogradKernelOf<4>(taps); }

int WinogradConvolution::Lanes() {
#if defined(__x86_64__)
  const int lanes = onednn::VectorLanes();
  if (lanes >= 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")) {
    return 16;
  }
  if (lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 8;
#endif
  return 0;
}

bool WinogradConvolution::Takes(const Sizes& s, int lanes) {
  if (lanes == 0 || (s.taps != 3 && s.taps != 5)) return false;
  if (s.pad_h >= s.taps || s.pad_w >= s.taps || s.pad_h < 0 || s.pad_w < 0) return false;
  return s.groups == 1 ||
         (s.in_channels / s.groups % lanes == 0 && s.out_channels / s.groups % lanes == 0);
}

// Counted in multiplications of a direct convolution, as measured on a processor with AVX2: those
// at all points, 45 for 36, since they read more memory; the transforms of the kernels, and those
// of the tiles. Direct kernels take 1.4 times as long for the gradient of the weights as for the
// rest.
WinogradConvolution::Gains WinogradConvolution::GainsOf(const Sizes& s) {
  const double inputs = static_cast<double>(s.in_channels) / static_cast<double>(s.groups);
  const double outputs = static_cast<double>(s.out_channels) / static_cast<double>(s.groups);
  if (inputs < 16 || outputs < 16) return {};
  const auto gains = [&](int h, int w, double advantage) {
    const int places = kWinogradPoints + 1 - s.taps;
    const double tiles = static_cast<double>(Tiles(s.images, h, w, places).count());
    const double kernels = inputs * outputs;
    const double direct = static_cast<double>(s.images) * s.out_h * s.out_w * s.taps * s.taps;
    const double ours = (45 * tiles + 3500) * kernels + 800 * tiles * (inputs + outputs);
    return advantage * direct * kernels > 1.1 * ours;
  };
  return {gains(s.out_h, s.out_w, 1.0), gains(s.in_h, s.in_w, 1.0), gains(s.out_h, s.out_w, 1.4)};
}

WinogradConvolution::WinogradConvolution(const Sizes& sizes, int lanes)
    : sizes_(sizes),
      lanes_(lanes),
      kernel_(KernelFor(lanes, sizes.taps)),
      product_(ProductFor(lanes)) {}

WinogradConvolution::Side WinogradConvolution::ImageSide() const {
  const int64_t channels = sizes_.in_channels / sizes_.groups;
  return {channels, (channels + lanes_ - 1) / lanes_, sizes_.in_h, sizes_.in_w};
}

WinogradConvolution::Side WinogradConvolution::MapSide() const {
  const int64_t channels = sizes_.out_channels / sizes_.groups;
  return {channels, (channels + lanes_ - 1) / lanes_, sizes_.out_h, sizes_.out_w};
}

void WinogradConvolution::Forward(const float* image, const float* weights, const float* bias,
                                  float least, float* map) {
  Correlate(ImageSide(), MapSide(), sizes_.pad_h, sizes_.pad_w, false, image, weights, bias, least,
            map);
}

void WinogradConvolution::BackwardData(const float* map_diff, const float* weights,
                                       float* image_diff) {
  Correlate(MapSide(), ImageSide(), sizes_.taps - 1 - sizes_.pad_h, sizes_.taps - 1 - sizes_.pad_w,
            true, map_diff, weights, nullptr, -std::numeric_limits<float>::infinity(), image_diff);
}

void WinogradConvolution::TransformTaps(const Side& from, const Side& to, bool turned,
                                        const float* weights, int64_t input, int64_t block,
                                        float* point_0, int64_t step) const {
  constexpr int64_t kMostLanes = 16, kMostTaps = 25;
  const int64_t taps = static_cast<int64_t>(sizes_.taps) * sizes_.taps;
  float values[kMostTaps * kMostLanes] = {};
  const int64_t first = block * lanes_, end = std::min(first + lanes_, to.channels);
  if (input < from.channels) {
    for (int64_t output = first; output < end; ++output) {
      const float* const kernel =
          weights + (turned ? input * to.channels + output : output * from.channels + input) * taps;
      float* const lane = values + (output - first);
      for (int64_t tap = 0; tap < taps; ++tap)
        lane[tap * lanes_] = kernel[turned ? taps - 1 - tap : tap];
    }
  }
  kernel_.taps(values, point_0, step);
}

void WinogradConvolution::Correlate(const Side& from, const Side& to, int pad_h, int pad_w,
                                    bool turned, const float* source, const float* weights,
                                    const float* bias, float least, float* target) const {
  const int places = kWinogradPoints + 1 - sizes_.taps;
  const Tiles tiles(sizes_.images, to.h, to.w, places);
  const int64_t all = tiles.count(), width = product_.width, panel_blocks = width / lanes_;
  const int64_t depth = from.padded(lanes_), outputs = to.padded(lanes_);
  const int64_t panels = (outputs + width - 1) / width;
  const Blocking blocking(all, depth, outputs, width);
  const int64_t kernel_step = StepOf(blocking.panels * width * depth);
  const int64_t source_row = depth + kGap, target_row = outputs + kGap;
  const int64_t source_step = StepOf(blocking.tiles * source_row);
  const int64_t target_step = StepOf(blocking.tiles * target_row);
  Scratch& scratch = ScratchOfThread();
  float* const kernels = scratch.kernels.Reserve(kProducts * kernel_step);
  float* const sources = scratch.sources.Reserve(kProducts * source_step);
  float* const targets = scratch.targets.Reserve(kProducts * target_step);
  const int64_t group_weights = from.channels * to.channels * sizes_.taps * sizes_.taps;
  const int64_t from_blocks = from.blocks * sizes_.groups, to_blocks = to.blocks * sizes_.groups;
#pragma omp parallel
  for (int64_t group = 0; group < sizes_.groups; ++group) {
    for (int64_t first = 0; first < all; first += blocking.tiles) {
      const int64_t here = std::min(blocking.tiles, all - first);
#pragma omp for schedule(static) nowait
      for (int64_t job = 0; job < here * from.blocks; ++job) {
        const int64_t tile = job / from.blocks, block = job % from.blocks;
        const auto [image, y, x] = tiles.At(first + tile);
        const int64_t plane = (image * from_blocks + group * from.blocks + block) * from.plane();
        const int top = y - pad_h, left = x - pad_w;
        kernel_.image(source + (plane + static_cast<int64_t>(top) * from.w + left) * lanes_,
                      from.w * lanes_, Inside(top, left, kWinogradPoints, from.h, from.w),
                      sources + tile * source_row + block * lanes_, source_step);
      }
      for (int64_t part = 0; part < panels; part += blocking.panels) {
        const int64_t part_panels = std::min(blocking.panels, panels - part);
        if (first == 0) {
#pragma omp for schedule(static) nowait
          for (int64_t job = 0; job < part_panels * depth; ++job) {
            // A whole row of a panel; behind the last output it is zero.
            for (int64_t i = 0; i < panel_blocks; ++i) {
              TransformTaps(from, to, turned, weights + group * group_weights, job % depth,
                            (part + job / depth) * panel_blocks + i,
                            kernels + job * width + i * lanes_, kernel_step);
            }
          }
        }
#pragma omp barrier
        const int64_t per_job = PanelsPerJob(part_panels);
        const int64_t jobs = (part_panels + per_job - 1) / per_job;
#pragma omp for schedule(static)
        for (int64_t job = 0; job < kProducts * jobs; ++job) {
          const int64_t point = job / jobs, begin = job % jobs * per_job;
          for (int64_t panel = begin; panel < std::min(begin + per_job, part_panels); ++panel) {
            const int64_t column = (part + panel) * width;
            for (int64_t done = 0; done < depth; done += kDepth) {
              product_.multiply(here, std::min(kDepth, depth - done),
                                {sources + point * source_step + done, source_row, 1},
                                kernels + point * kernel_step + (panel * depth + done) * width,
                                done > 0, std::min(width, outputs - column),
                                targets + point * target_step + column, target_row);
            }
          }
        }
      }
      // The next tiles' sources and kernels may be overwritten meanwhile, but not its products.
#pragma omp for schedule(static) nowait
      for (int64_t job = 0; job < here * to.blocks; ++job) {
        const int64_t tile = job / to.blocks, block = job % to.blocks;
        const auto [image, y, x] = tiles.At(first + tile);
        const int64_t all_block = group * to.blocks + block;
        const int64_t plane = (image * to_blocks + all_block) * to.plane();
        kernel_.result(targets + tile * target_row + block * lanes_, target_step,
                       bias == nullptr ? nullptr : bias + all_block * lanes_, least,
                       target + (plane + static_cast<int64_t>(y) * to.w + x) * lanes_,
                       to.w * lanes_, Inside(y, x, places, to.h, to.w));
      }
    }
  }
}

void WinogradConvolution::BackwardWeights(const float* image, const float* map_diff, bool add,
                                          float* weights_diff) {
  const Side from = ImageSide(), to = MapSide();
  const int places = kWinogradPoints + 1 - sizes_.taps;
  const Tiles tiles(sizes_.images, to.h, to.w, places);
  const int64_t all = tiles.count(), width = product_.width, panel_blocks = width / lanes_;
  const int64_t inputs = from.padded(lanes_), outputs = to.padded(lanes_);
  const int64_t panels = (outputs + width - 1) / width;
  const Blocking blocking(all, inputs, outputs, width);
  const int64_t chunk = blocking.tiles, image_row = inputs + kGap;
  const int64_t image_step = StepOf(chunk * image_row), map_step = StepOf(panels * chunk * width);
  const int64_t product_row = std::min(blocking.panels * width, outputs);
  const int64_t product_step = StepOf(from.channels * product_row);
  Scratch& scratch = ScratchOfThread();
  float* const images = scratch.sources.Reserve(kProducts * image_step);
  float* const maps = scratch.targets.Reserve(kProducts * map_step);
  float* const products = scratch.kernels.Reserve(kProducts * product_step);
  const int64_t taps = static_cast<int64_t>(sizes_.taps) * sizes_.taps;
  const int64_t from_blocks = from.blocks * sizes_.groups, to_blocks = to.blocks * sizes_.groups;
  const int64_t row_parts = (from.channels + kRows - 1) / kRows;
  const bool has_half = outputs % width != 0;
#pragma omp parallel
  for (int64_t group = 0; group < sizes_.groups; ++group) {
    for (int64_t first = 0; first < all; first += chunk) {
      const int64_t here = std::min(chunk, all - first);
#pragma omp for schedule(static) nowait
      for (int64_t job = 0; job < here * from.blocks; ++job) {
        const int64_t tile = job / from.blocks, block = job % from.blocks;
        const auto [n, y, x] = tiles.At(first + tile);
        const int64_t plane = (n * from_blocks + group * from.blocks + block) * from.plane();
        const int top = y - sizes_.pad_h, left = x - sizes_.pad_w;
        kernel_.image(image + (plane + static_cast<int64_t>(top) * from.w + left) * lanes_,
                      from.w * lanes_, Inside(top, left, kWinogradPoints, from.h, from.w),
                      images + tile * image_row + block * lanes_, image_step);
      }
#pragma omp for schedule(static)
      for (int64_t job = 0; job < here * to.blocks; ++job) {
        const int64_t tile = job / to.blocks, block = job % to.blocks;
        const auto [n, y, x] = tiles.At(first + tile);
        const int64_t plane = (n * to_blocks + group * to.blocks + block) * to.plane();
        float* const column =
            maps + (block / panel_blocks * chunk + tile) * width + block % panel_blocks * lanes_;
        kernel_.map(map_diff + (plane + static_cast<int64_t>(y) * to.w + x) * lanes_, to.w * lanes_,
                    Inside(y, x, places, to.h, to.w), column, map_step);
        if (has_half && block + 1 == to.blocks) {
          for (int64_t point = 0; point < kProducts; ++point)
            std::fill_n(column + point * map_step + lanes_, lanes_, 0.0f);
        }
      }
      for (int64_t part = 0; part < panels; part += blocking.panels) {
        const int64_t end = std::min(part + blocking.panels, panels);
#pragma omp for schedule(static)
        for (int64_t job = 0; job < kProducts * row_parts; ++job) {
          const int64_t point = job / row_parts, row = job % row_parts * kRows;
          for (int64_t panel = part; panel < end; ++panel) {
            product_.multiply(
                std::min(kRows, from.channels - row), here,
                {images + point * image_step + row, 1, image_row},
                maps + point * map_step + panel * chunk * width, first > 0,
                std::min(width, outputs - panel * width),
                products + point * product_step + row * product_row + (panel - part) * width,
                product_row);
          }
        }
        if (first + here < all) continue;
        const int64_t first_block = part * panel_blocks;
        const int64_t blocks = std::min(end * panel_blocks, to.blocks) - first_block;
#pragma omp for schedule(static)
        for (int64_t job = 0; job < blocks * from.channels; ++job) {
          constexpr int64_t kMostLanes = 16, kMostTaps = 25;
          const int64_t block = job / from.channels, input = job % from.channels;
          float values[kMostTaps * kMostLanes];
          kernel_.taps_gradient(products + input * product_row + block * lanes_, product_step,
                                values);
          const int64_t output_0 = (first_block + block) * lanes_;
          const int64_t count = std::min(lanes_, to.channels - output_0);
          for (int64_t lane = 0; lane < count; ++lane) {
            const int64_t output = group * to.channels + output_0 + lane;
            float* const kernel = weights_diff + (output * from.channels + input) * taps;
            for (int64_t tap = 0; tap < taps; ++tap) {
              const float value = values[tap * lanes_ + lane];
              kernel[tap] = add ? kernel[tap] + value : value;
            }
          }
        }
      }
    }
  }
}

void WinogradConvolution::BackwardBias(const float* map_diff, float* bias_diff) const {
  constexpr int64_t kMostLanes = 16;
  const int64_t blocks = (sizes_.out_channels + lanes_ - 1) / lanes_;
  const int64_t plane = static_cast<int64_t>(sizes_.out_h) * sizes_.out_w;
#pragma omp parallel for schedule(static)
  for (int64_t block = 0; block < blocks; ++block) {
    double totals[kMostLanes] = {};
    for (int64_t image = 0; image < sizes_.images; ++image) {
      const float* values = map_diff + (image * blocks + block) * plane * lanes_;
      float sums[kMostLanes] = {};
      for (int64_t i = 0; i < plane; ++i, values += lanes_) {
        for (int64_t lane = 0; lane < lanes_; ++lane) sums[lane] += values[lane];
      }
      for (int64_t lane = 0; lane < lanes_; ++lane) totals[lane] += sums[lane];
    }
    const int64_t first = block * lanes_;
    for (int64_t lane = 0; lane < std::min(lanes_, sizes_.out_channels - first); ++lane)
      bias_diff[first + lane] += static_cast<float>(totals[lane]);
  }
}

}  // namespace crema
