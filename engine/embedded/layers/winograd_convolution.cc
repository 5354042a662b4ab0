#include "engine/embedded/layers/winograd_convolution.h"

#include <omp.h>

#include <algorithm>
#include <limits>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/packed_kernel.h"
#include "engine/embedded/core/winograd_kernel.h"
#include "engine/embedded/layers/winograd_tiles.h"
#include "engine/shared/error.h"

namespace crema {

namespace {

using namespace winograd;

// Products are summed up over so many channels at a time, so that a panel of the kernels stays in
// the first-level cache.
constexpr int64_t kMostDepth = 256;

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
  const int64_t room = TapsRoom(width, count);
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
            for (int64_t input = 0; input < depth; input += kMostDepth) {
              multiply(here, point, input, std::min(kMostDepth, depth - input), panel,
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

}  // namespace crema
