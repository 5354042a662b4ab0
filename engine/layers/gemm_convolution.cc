#include "engine/layers/gemm_convolution.h"

#include <algorithm>
#include <cstring>

#include "engine/core/onednn.h"
#include "engine/core/parallel.h"

namespace crema {

namespace {

// Patches of one tile: about half of a second-level cache of 512 KiB.
constexpr int64_t kTileFloats = 64 * 1024;

// Rows are short (LeNet's second convolution: 8 values), so they go in vectors of four, the last
// one overlapping, where a call of memcpy would take longer than the copy.
inline void CopyRow(const float* __restrict from, int count, float* __restrict to) {
  int i = 0;
  for (; i + 4 <= count; i += 4) std::memcpy(to + i, from + i, 4 * sizeof(float));
  if (i == count) return;
  if (count >= 4) {
    std::memcpy(to + count - 4, from + count - 4, 4 * sizeof(float));
    return;
  }
  for (; i < count; ++i) to[i] = from[i];
}

inline void AddRow(const float* __restrict from, int count, float* __restrict to) {
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int j = 0; j < 4; ++j) to[i + j] += from[i + j];
  }
  for (; i < count; ++i) to[i] += from[i];
}

// Output columns whose tap lies inside the input: first and one past the last.
struct Columns {
  int begin, end;
};

Columns Inside(int offset, int stride, int in_length, int out_length) {
  // offset + x * stride >= 0 and < in_length.
  const int begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int end = offset >= in_length ? 0 : (in_length - 1 - offset) / stride + 1;
  return {std::min(begin, out_length), std::clamp(end, std::min(begin, out_length), out_length)};
}

}  // namespace

GemmConvolution::GemmConvolution(const Sizes& sizes) : sizes_(sizes) {
  const int64_t row = patch_size() * sizes.out_w;
  tile_rows_ = static_cast<int>(
      std::clamp<int64_t>(kTileFloats / std::max<int64_t>(row, 1), 1, sizes.out_h));
}

bool GemmConvolution::Suits(const Sizes& sizes, int lanes) {
  const auto padded = [&](int channels) { return (channels + lanes - 1) / lanes * lanes; };
  const int in = sizes.in_channels / sizes.groups, out = sizes.out_channels / sizes.groups;
  // Depthwise and nearly so: the direct kernels have a form for it.
  if (sizes.groups > 1 && (in < 4 || out < 4)) return false;
  // A bottom of up to 4 channels (an image) is not blocked.
  const double in_waste = in <= 4 ? 1.0 : static_cast<double>(padded(in)) / in;
  const double out_waste = static_cast<double>(padded(out)) / out;
  return in_waste * out_waste >= 1.2;
}

void GemmConvolution::Prepare() {
  const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  if (threads <= threads_) return;
  threads_ = threads;
  patch_stride_ = (patch_size() * tile_rows_ * sizes_.out_w + 15) / 16 * 16;
  patches_.Reserve(patch_stride_ * threads);
}

void GemmConvolution::Gather(const float* in, Tile tile, float* patches) const {
  const Sizes& s = sizes_;
  for (int c = 0; c < s.in_channels / s.groups; ++c, in += in_plane()) {
    for (int ky = 0; ky < s.kernel_h; ++ky) {
      for (int kx = 0; kx < s.kernel_w; ++kx) {
        const int offset = kx * s.dilation_w - s.pad_w;
        const Columns inside = Inside(offset, s.stride_w, s.in_w, s.out_w);
        for (int y = tile.begin; y < tile.end; ++y, patches += s.out_w) {
          const int row = y * s.stride_h + ky * s.dilation_h - s.pad_h;
          if (row < 0 || row >= s.in_h) {
            std::fill_n(patches, s.out_w, 0.0f);
            continue;
          }
          const float* from = in + static_cast<int64_t>(row) * s.in_w + offset;
          for (int x = 0; x < inside.begin; ++x) patches[x] = 0.0f;
          if (s.stride_w == 1) {
            CopyRow(from + inside.begin, inside.end - inside.begin, patches + inside.begin);
          } else {
            for (int x = inside.begin; x < inside.end; ++x) patches[x] = from[x * s.stride_w];
          }
          for (int x = inside.end; x < s.out_w; ++x) patches[x] = 0.0f;
        }
      }
    }
  }
}

void GemmConvolution::Scatter(const float* patches, Tile tile, float* in) const {
  const Sizes& s = sizes_;
  for (int c = 0; c < s.in_channels / s.groups; ++c, in += in_plane()) {
    for (int ky = 0; ky < s.kernel_h; ++ky) {
      for (int kx = 0; kx < s.kernel_w; ++kx) {
        const int offset = kx * s.dilation_w - s.pad_w;
        const Columns inside = Inside(offset, s.stride_w, s.in_w, s.out_w);
        for (int y = tile.begin; y < tile.end; ++y, patches += s.out_w) {
          const int row = y * s.stride_h + ky * s.dilation_h - s.pad_h;
          if (row < 0 || row >= s.in_h) continue;
          float* to = in + static_cast<int64_t>(row) * s.in_w + offset;
          if (s.stride_w == 1) {
            AddRow(patches + inside.begin, inside.end - inside.begin, to + inside.begin);
          } else {
            for (int x = inside.begin; x < inside.end; ++x) to[x * s.stride_w] += patches[x];
          }
        }
      }
    }
  }
}

// body(image, group, thread) on the team, each image and group on one thread.
template <class Body>
void GemmConvolution::OverTiles(const Body& body) const {
  const int groups = sizes_.groups;
  ParallelFor(sizes_.images * groups, 1, [&](int64_t begin, int64_t end) {
    const int thread = omp_in_parallel() ? omp_get_thread_num() : 0;
    for (int64_t i = begin; i < end; ++i) body(i / groups, static_cast<int>(i % groups), thread);
  });
}

void GemmConvolution::Forward(const float* in, const float* weights, const float* bias,
                              float* out) {
  Prepare();
  const Sizes& s = sizes_;
  const int64_t group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups,
                size = patch_size();
  OverTiles([&](int64_t image, int group, int thread) {
    const float* from = in + (image * s.in_channels + group * group_in) * in_plane();
    const float* kernel = weights + group * group_out * size;
    float* to = out + (image * s.out_channels + group * group_out) * out_plane();
    for (int row = 0; row < s.out_h; row += tile_rows_) {
      const Tile tile = {row, std::min(row + tile_rows_, s.out_h)};
      const int64_t positions = static_cast<int64_t>(tile.end - tile.begin) * s.out_w;
      float* patches = PatchesOf(thread);
      Gather(from, tile, patches);
      float* rows = to + static_cast<int64_t>(tile.begin) * s.out_w;
      if (bias != nullptr) {
        for (int64_t o = 0; o < group_out; ++o) {
          std::fill_n(rows + o * out_plane(), positions, bias[group * group_out + o]);
        }
      }
      onednn::Gemm(false, false, group_out, positions, size, 1.0f, kernel, size, patches, positions,
                   bias != nullptr ? 1.0f : 0.0f, rows, out_plane());
    }
  });
}

void GemmConvolution::BackwardWeights(const float* in, const float* out_diff, float* weights_diff,
                                      bool set_weights, float* bias_diff, bool set_bias) {
  Prepare();
  const Sizes& s = sizes_;
  const int64_t group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups,
                size = patch_size();
  const int64_t weights = s.out_channels * size, stride = weights + s.out_channels;
  // One sum a thread, added up in the threads' order: the same bits every time.
  float* partials = partials_.Reserve(stride * threads_);
  std::fill_n(partials, stride * threads_, 0.0f);
  OverTiles([&](int64_t image, int group, int thread) {
    const float* from = in + (image * s.in_channels + group * group_in) * in_plane();
    const float* delta = out_diff + (image * s.out_channels + group * group_out) * out_plane();
    float* sums = partials + thread * stride;
    for (int row = 0; row < s.out_h && weights_diff != nullptr; row += tile_rows_) {
      const Tile tile = {row, std::min(row + tile_rows_, s.out_h)};
      const int64_t positions = static_cast<int64_t>(tile.end - tile.begin) * s.out_w;
      float* patches = PatchesOf(thread);
      Gather(from, tile, patches);
      onednn::Gemm(false, true, group_out, size, positions, 1.0f,
                   delta + static_cast<int64_t>(tile.begin) * s.out_w, out_plane(), patches,
                   positions, 1.0f, sums + group * group_out * size, size);
    }
    if (bias_diff == nullptr) return;
    for (int64_t o = 0; o < group_out; ++o) {
      const float* plane = delta + o * out_plane();
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t i = 0; i < out_plane(); ++i) sum += plane[i];
      sums[weights + group * group_out + o] += sum;
    }
  });
  const auto add = [&](float* to, int64_t offset, int64_t count, bool set) {
    for (int64_t i = 0; i < count; ++i) {
      float sum = set ? 0.0f : to[i];
      for (int thread = 0; thread < threads_; ++thread)
        sum += partials[thread * stride + offset + i];
      to[i] = sum;
    }
  };
  if (weights_diff != nullptr) add(weights_diff, 0, weights, set_weights);
  if (bias_diff != nullptr) add(bias_diff, weights, s.out_channels, set_bias);
}

void GemmConvolution::BackwardData(const float* weights, const float* out_diff, float* in_diff) {
  Prepare();
  const Sizes& s = sizes_;
  const int64_t group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups,
                size = patch_size();
  OverTiles([&](int64_t image, int group, int thread) {
    const float* delta = out_diff + (image * s.out_channels + group * group_out) * out_plane();
    float* to = in_diff + (image * s.in_channels + group * group_in) * in_plane();
    std::fill_n(to, group_in * in_plane(), 0.0f);
    for (int row = 0; row < s.out_h; row += tile_rows_) {
      const Tile tile = {row, std::min(row + tile_rows_, s.out_h)};
      const int64_t positions = static_cast<int64_t>(tile.end - tile.begin) * s.out_w;
      float* patches = PatchesOf(thread);
      onednn::Gemm(true, false, size, positions, group_out, 1.0f,
                   weights + group * group_out * size, size,
                   delta + static_cast<int64_t>(tile.begin) * s.out_w, out_plane(), 0.0f, patches,
                   positions);
      Scatter(patches, tile, to);
    }
  });
}

}  // namespace crema
