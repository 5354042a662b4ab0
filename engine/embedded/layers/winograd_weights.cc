// The gradients of the parameters of Winograd's convolution.
#include <omp.h>

#include <algorithm>

#include "engine/embedded/layers/winograd_convolution.h"
#include "engine/embedded/layers/winograd_tiles.h"

namespace crema {

namespace {

using namespace winograd;

// Rows of products that one thread computes.
constexpr int64_t kRows = 48;

}  // namespace

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
  const int64_t room = TapsRoom(width, count);
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
