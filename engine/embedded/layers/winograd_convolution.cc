#include "engine/embedded/layers/winograd_convolution.h"

#include <omp.h>

#include <algorithm>
#include <limits>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/embedded/core/winograd_kernel.h"
#include "engine/shared/error.h"

namespace crema {

namespace {

constexpr int64_t kProducts = kWinogradProducts;

// The values of so many tiles at all points are kept together: they should stay in the cache until
// they are multiplied, and each part of the kernels is read once for all of them.
constexpr int64_t kChunkFloats = 512 * 1024, kLeastTiles = 48, kMostTiles = 384;
// Kernels are transformed for so many inputs, and panels of outputs, at a time.
constexpr int64_t kSlice = 64, kSlicePanels = 2;
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
  Buffer sources, targets, kernels, taps;
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
WinogradConvolution::Gains WinogradConvolution::GainsOf(const Sizes& s, int lanes) {
  const double inputs = static_cast<double>(s.in_channels) / static_cast<double>(s.groups);
  const double outputs = static_cast<double>(s.out_channels) / static_cast<double>(s.groups);
  if (inputs < 16 || outputs < 16) return {};
  // With AVX-512, direct kernels are nearer to what the processor can do than our products are.
  const double margin = lanes == 16 ? 1.4 : 1.1;
  const auto gains = [&](int h, int w, double advantage) {
    const int places = kWinogradPoints + 1 - s.taps;
    const double tiles = static_cast<double>(Tiles(s.images, h, w, places).count());
    const double kernels = inputs * outputs;
    const double direct = static_cast<double>(s.images) * s.out_h * s.out_w * s.taps * s.taps;
    const double ours = (45 * tiles + 500) * kernels + 800 * tiles * (inputs + outputs);
    return advantage * direct * kernels > margin * ours;
  };
  return {gains(s.out_h, s.out_w, 1.0), gains(s.in_h, s.in_w, 1.0), gains(s.out_h, s.out_w, 1.4)};
}

std::string WinogradConvolution::name() const {
  const int places = kWinogradPoints + 1 - sizes_.taps;
  return StrCat("winograd ", places, "x", places);
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

// The kernels, with lanes of outputs, and what is needed to find those at all points.
struct WinogradConvolution::Taps {
  const float* weights;  // of one group
  // From outputs to inputs, and turned around.
  bool turned;
  int64_t inputs, outputs, count;  // count: per kernel
  float* gathered;                 // room for a slice

  static int64_t RoomFor(int64_t width, int64_t count) {
    return kSlice * kSlicePanels * width * count;
  }
};

void WinogradConvolution::TransformTaps(const Taps& taps, int64_t input, int64_t inputs,
                                        int64_t panel, int64_t panels, float* to, int64_t panel_row,
                                        int64_t step) const {
  const int64_t width = product_.width, count = taps.count;
  const int64_t row = panels * width;
  const int64_t known = std::clamp<int64_t>(taps.inputs - input, 0, inputs);
  for (int64_t column = 0; column < row; column += lanes_) {
    const int64_t output = panel * width + column;
    const int64_t lanes = std::clamp<int64_t>(taps.outputs - output, 0, lanes_);
    float* const gathered = taps.gathered + column;
    if (lanes < lanes_ || known < inputs) {
      for (int64_t i = 0; i < inputs * count; ++i) std::fill_n(gathered + i * row, lanes_, 0.0f);
    }
    if (lanes == 0) continue;
    if (taps.turned) {
      for (int64_t i = 0; i < known; ++i) {
        const float* const from = taps.weights + ((input + i) * taps.outputs + output) * count;
        Gather(from, count, count, lanes, gathered + i * count * row, row);
      }
    } else {
      Gather(taps.weights + (output * taps.inputs + input) * count, taps.inputs * count,
             known * count, lanes, gathered, row);
    }
  }
  for (int64_t i = 0; i < inputs; ++i) {
    for (int64_t column = 0; column < row; column += lanes_) {
      const float* const first = taps.gathered + i * count * row + column;
      float* const at_0 = to + column / width * panel_row + i * width + column % width;
      kernel_.taps(taps.turned ? first + (count - 1) * row : first, taps.turned ? -row : row, at_0,
                   step);
    }
  }
}

void WinogradConvolution::Gather(const float* from, int64_t from_row, int64_t count, int64_t lanes,
                                 float* to, int64_t to_row) const {
  if (lanes == lanes_) {
    kernel_.to_lanes(from, from_row, count, to, to_row);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t lane = 0; lane < lanes; ++lane) to[i * to_row + lane] = from[lane * from_row + i];
  }
}

void WinogradConvolution::Correlate(const Side& from, const Side& to, int pad_h, int pad_w,
                                    bool turned, const float* source, const float* weights,
                                    const float* bias, float least, float* target) const {
  const int places = kWinogradPoints + 1 - sizes_.taps;
  const Tiles tiles(sizes_.images, to.h, to.w, places);
  const int64_t all = tiles.count(), width = product_.width;
  const int64_t depth = from.padded(lanes_), outputs = to.padded(lanes_);
  const int64_t panels = (outputs + width - 1) / width;
  const Blocking blocking(all, depth, outputs);
  const int64_t threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  // The kernels of all inputs and outputs, or of a slice for each thread.
  const int64_t panel_row = (blocking.few ? std::min(kSlice, depth) : depth) * width;
  const int64_t kernel_step = StepOf((blocking.few ? kSlicePanels : panels) * panel_row);
  const int64_t thread_kernels = blocking.few ? kProducts * kernel_step : 0;
  const int64_t source_row = depth + kGap, target_row = outputs + kGap;
  const int64_t source_step = StepOf(blocking.tiles * source_row);
  const int64_t target_step = StepOf(blocking.tiles * target_row);
  const int64_t count = static_cast<int64_t>(sizes_.taps) * sizes_.taps;
  const int64_t room = Taps::RoomFor(width, count);
  Scratch& scratch = ScratchOfThread();
  float* const all_kernels =
      scratch.kernels.Reserve(blocking.few ? threads * thread_kernels : kProducts * kernel_step);
  float* const sources = scratch.sources.Reserve(kProducts * source_step);
  float* const targets = scratch.targets.Reserve(kProducts * target_step);
  float* const gathered = scratch.taps.Reserve(threads * room);
  const int64_t from_blocks = from.blocks * sizes_.groups, to_blocks = to.blocks * sizes_.groups;
  const int64_t slices = (depth + kSlice - 1) / kSlice;
  const int64_t panel_groups = (panels + kSlicePanels - 1) / kSlicePanels;
#pragma omp parallel num_threads(static_cast <int>(threads))
  for (int64_t group = 0; group < sizes_.groups; ++group) {
    const int64_t me = omp_get_thread_num();
    float* const kernels = all_kernels + me * thread_kernels;
    const Taps taps = {weights + group * from.channels * to.channels * count,
                       turned,
                       from.channels,
                       to.channels,
                       count,
                       gathered + me * room};
    const auto multiply = [&](int64_t rows, int64_t point, int64_t input, int64_t inputs,
                              int64_t panel, const float* values) {
      const int64_t column = panel * width;
      product_.multiply(rows, inputs, {sources + point * source_step + input, source_row, 1},
                        values, input > 0, std::min(width, outputs - column),
                        targets + point * target_step + column, target_row);
    };
    if (!blocking.few) {
#pragma omp for schedule(static) nowait
      for (int64_t job = 0; job < panel_groups * slices; ++job) {
        const int64_t panel = job / slices * kSlicePanels, input = job % slices * kSlice;
        TransformTaps(taps, input, std::min(kSlice, depth - input), panel,
                      std::min(kSlicePanels, panels - panel),
                      kernels + panel * panel_row + input * width, panel_row, kernel_step);
      }
    }
    for (int64_t first = 0; first < all; first += blocking.tiles) {
      const int64_t here = std::min(blocking.tiles, all - first);
#pragma omp for schedule(static)
      for (int64_t job = 0; job < here * from.blocks; ++job) {
        const int64_t tile = job / from.blocks, block = job % from.blocks;
        const auto [image, y, x] = tiles.At(first + tile);
        const int64_t plane = (image * from_blocks + group * from.blocks + block) * from.plane();
        const int top = y - pad_h, left = x - pad_w;
        kernel_.image(source + (plane + static_cast<int64_t>(top) * from.w + left) * lanes_,
                      from.w * lanes_, Inside(top, left, kWinogradPoints, from.h, from.w),
                      sources + tile * source_row + block * lanes_, source_step);
      }
      if (blocking.few) {
#pragma omp for schedule(static)
        for (int64_t job = 0; job < panel_groups; ++job) {
          const int64_t panel = job * kSlicePanels;
          const int64_t here_panels = std::min(kSlicePanels, panels - panel);
          for (int64_t input = 0; input < depth; input += kSlice) {
            const int64_t inputs = std::min(kSlice, depth - input);
            TransformTaps(taps, input, inputs, panel, here_panels, kernels, panel_row, kernel_step);
            for (int64_t point = 0; point < kProducts; ++point) {
              for (int64_t i = 0; i < here_panels; ++i) {
                multiply(here, point, input, inputs, panel + i,
                         kernels + point * kernel_step + i * panel_row);
              }
            }
          }
        }
      } else {
        const int64_t per_job = PanelsPerJob(panels), jobs = (panels + per_job - 1) / per_job;
#pragma omp for schedule(static)
        for (int64_t job = 0; job < kProducts * jobs; ++job) {
          const int64_t point = job / jobs, begin = job % jobs * per_job;
          for (int64_t panel = begin; panel < std::min(begin + per_job, panels); ++panel) {
            for (int64_t input = 0; input < depth; input += kDepth) {
              multiply(here, point, input, std::min(kDepth, depth - input), panel,
                       kernels + point * kernel_step + panel * panel_row + input * width);
            }
          }
        }
      }
      // The next tiles' sources may be overwritten meanwhile, but not its products.
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
#pragma omp barrier
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
  const Blocking blocking(all, inputs, outputs);
  const int64_t threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  const int64_t chunk = blocking.tiles, image_row = inputs + kGap;
  const int64_t image_step = StepOf(chunk * image_row), map_step = StepOf(panels * chunk * width);
  // The products of all inputs and outputs, or of a slice for each thread.
  const int64_t product_row = blocking.few ? kSlicePanels * width : panels * width;
  const int64_t product_rows = blocking.few ? std::min(kSlice, from.channels) : from.channels;
  const int64_t product_step = StepOf(product_rows * product_row);
  const int64_t thread_products = blocking.few ? kProducts * product_step : 0;
  const int64_t count = static_cast<int64_t>(sizes_.taps) * sizes_.taps;
  const int64_t room = Taps::RoomFor(width, count);
  Scratch& scratch = ScratchOfThread();
  float* const images = scratch.sources.Reserve(kProducts * image_step);
  float* const maps = scratch.targets.Reserve(kProducts * map_step);
  float* const all_products =
      scratch.kernels.Reserve(blocking.few ? threads * thread_products : kProducts * product_step);
  float* const all_gathered = scratch.taps.Reserve(threads * room);
  const int64_t from_blocks = from.blocks * sizes_.groups, to_blocks = to.blocks * sizes_.groups;
  const int64_t slices = (from.channels + kSlice - 1) / kSlice;
  const int64_t row_parts = (from.channels + kRows - 1) / kRows;
  const int64_t panel_groups = (panels + kSlicePanels - 1) / kSlicePanels;
  const bool has_half = outputs % width != 0;
#pragma omp parallel num_threads(static_cast <int>(threads))
  for (int64_t group = 0; group < sizes_.groups; ++group) {
    const int64_t me = omp_get_thread_num();
    float* const products = all_products + me * thread_products;
    float* const gathered = all_gathered + me * room;
    const auto multiply = [&](int64_t tile_count, int64_t point, int64_t row, int64_t rows,
                              int64_t panel, bool adds, float* values) {
      product_.multiply(rows, tile_count, {images + point * image_step + row, 1, image_row},
                        maps + point * map_step + panel * chunk * width, adds, width, values,
                        product_row);
    };
    // The gradient of the kernels from `rows` inputs to the outputs of `some` panels.
    const auto finish = [&](int64_t row, int64_t rows, int64_t panel, int64_t some,
                            const float* values) {
      for (int64_t column = 0; column < some * width; column += lanes_) {
        const int64_t output = panel * width + column;
        const int64_t lanes = std::clamp<int64_t>(to.channels - output, 0, lanes_);
        if (lanes == 0) continue;
        for (int64_t i = 0; i < rows; ++i) {
          kernel_.taps_gradient(values + i * product_row + column, product_step,
                                gathered + i * count * lanes_, lanes_);
        }
        float* const kernels =
            weights_diff + ((group * to.channels + output) * from.channels + row) * count;
        Scatter(gathered, rows * count, lanes, add, kernels, from.channels * count);
      }
    };
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
      if (blocking.few) {
#pragma omp for schedule(static)
        for (int64_t job = 0; job < panel_groups * slices; ++job) {
          const int64_t panel = job / slices * kSlicePanels, row = job % slices * kSlice;
          const int64_t some = std::min(kSlicePanels, panels - panel);
          const int64_t rows = std::min(kSlice, from.channels - row);
          for (int64_t point = 0; point < kProducts; ++point) {
            for (int64_t i = 0; i < some; ++i) {
              multiply(here, point, row, rows, panel + i, false,
                       products + point * product_step + i * width);
            }
          }
          finish(row, rows, panel, some, products);
        }
        continue;
      }
#pragma omp for schedule(static)
      for (int64_t job = 0; job < kProducts * row_parts; ++job) {
        const int64_t point = job / row_parts, row = job % row_parts * kRows;
        for (int64_t panel = 0; panel < panels; ++panel) {
          multiply(here, point, row, std::min(kRows, from.channels - row), panel, first > 0,
                   products + point * product_step + row * product_row + panel * width);
        }
      }
    }
    if (blocking.few) continue;
#pragma omp for schedule(static)
    for (int64_t job = 0; job < panel_groups * slices; ++job) {
      const int64_t panel = job / slices * kSlicePanels, row = job % slices * kSlice;
      finish(row, std::min(kSlice, from.channels - row), panel,
             std::min(kSlicePanels, panels - panel), products + row * product_row + panel * width);
    }
  }
}

void WinogradConvolution::Scatter(const float* from, int64_t count, int64_t lanes, bool add,
                                  float* to, int64_t to_row) const {
  if (lanes == lanes_) {
    kernel_.from_lanes(from, lanes_, count, add, to, to_row);
    return;
  }
  for (int64_t lane = 0; lane < lanes; ++lane) {
    float* const row = to + lane * to_row;
    for (int64_t i = 0; i < count; ++i)
      row[i] = add ? row[i] + from[i * lanes_ + lane] : from[i * lanes_ + lane];
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
