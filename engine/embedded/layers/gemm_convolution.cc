#include "engine/embedded/layers/gemm_convolution.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/embedded/core/onednn.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The size of one tile's patches: about half of a second-level cache of 512 KiB.
constexpr int64_t kTileFloats = 64 * 1024;

// Rows that are copied between an image and its patches. They are short (8 values in LeNet's second
// convolution), so up to a length of 32 the number of four-float vectors is a compile-time
// constant: calling memcpy would take longer than the copy.
struct Rows {
  const float* from;
  int64_t from_stride;
  float* to;
  int64_t to_stride;
  int rows, length;
};

// kVectors vectors of four floats, of which the last may overlap the one before.
template <int kVectors>
void CopyShort(const Rows& r) {
  const float* from = r.from;
  float* to = r.to;
  for (int y = 0; y < r.rows; ++y, from += r.from_stride, to += r.to_stride) {
    float values[kVectors][4];
    for (int v = 0; v < kVectors - 1; ++v) std::memcpy(values[v], from + 4 * v, sizeof(values[v]));
    std::memcpy(values[kVectors - 1], from + r.length - 4, sizeof(values[0]));
    for (int v = 0; v < kVectors - 1; ++v) std::memcpy(to + 4 * v, values[v], sizeof(values[v]));
    std::memcpy(to + r.length - 4, values[kVectors - 1], sizeof(values[0]));
  }
}

void CopyRows(const Rows& r) {
  switch ((r.length + 3) / 4) {
    case 2:
      return CopyShort<2>(r);
    case 3:
      return CopyShort<3>(r);
    case 4:
      return CopyShort<4>(r);
    case 5:
      return CopyShort<5>(r);
    case 6:
      return CopyShort<6>(r);
    case 7:
      return CopyShort<7>(r);
    case 8:
      return CopyShort<8>(r);
    default:
      for (int y = 0; y < r.rows; ++y) {
        std::copy_n(r.from + y * r.from_stride, r.length, r.to + y * r.to_stride);
      }
  }
}

// kVectors vectors of four floats, and the rest one by one.
template <int kVectors>
void AddShort(const Rows& r) {
  const float* __restrict from = r.from;
  float* __restrict to = r.to;
  for (int y = 0; y < r.rows; ++y, from += r.from_stride, to += r.to_stride) {
    for (int i = 0; i < 4 * kVectors; ++i) to[i] += from[i];
    for (int i = 4 * kVectors; i < r.length; ++i) to[i] += from[i];
  }
}

void AddRows(const Rows& r) {
  switch (r.length / 4) {
    case 1:
      return AddShort<1>(r);
    case 2:
      return AddShort<2>(r);
    case 3:
      return AddShort<3>(r);
    case 4:
      return AddShort<4>(r);
    case 5:
      return AddShort<5>(r);
    case 6:
      return AddShort<6>(r);
    case 7:
      return AddShort<7>(r);
    default:
      for (int y = 0; y < r.rows; ++y) {
        const float* __restrict from = r.from + y * r.from_stride;
        float* __restrict to = r.to + y * r.to_stride;
        for (int i = 0; i < r.length; ++i) to[i] += from[i];
      }
  }
}

// The output positions from..to-1 on one axis, clipped to those whose tap at `offset` lies inside
// the input.
GemmConvolution::Inside InsideOf(int offset, int stride, int length, int from, int to) {
  // These keep offset + x * stride at least 0 and below length.
  const int begin = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int end = offset >= length ? 0 : (length - 1 - offset) / stride + 1;
  const int first = std::clamp(begin, from, to);
  return {first, std::clamp(end, first, to)};
}

}  // namespace

GemmConvolution::GemmConvolution(const Sizes& sizes, std::vector<int64_t> places)
    : sizes_(sizes), places_(std::move(places)) {
  const int64_t row = patch_size() * sizes.out_w;
  tile_rows_ = static_cast<int>(
      std::clamp<int64_t>(kTileFloats / std::max<int64_t>(row, 1), 1, sizes.out_h));
}

bool GemmConvolution::Suits(const Sizes& sizes, int lanes) {
  const auto padded = [&](int channels) { return (channels + lanes - 1) / lanes * lanes; };
  const int in = sizes.in_channels / sizes.groups, out = sizes.out_channels / sizes.groups;
  // For depthwise and similar convolutions the direct kernels have special code.
  if (sizes.groups > 1 && (in < 4 || out < 4)) return false;
  // Of one tap, patches are copies of what is there; the primitive is faster, padded as it is.
  if (sizes.kernel_h == 1 && sizes.kernel_w == 1 && in >= lanes) return false;
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

template <class Body>
void GemmConvolution::OverTaps(Tile tile, const Body& body) const {
  const Sizes& s = sizes_;
  for (int c = 0; c < s.in_channels / s.groups; ++c) {
    for (int ky = 0; ky < s.kernel_h; ++ky) {
      const int row = ky * s.dilation_h - s.pad_h;
      const Inside rows = InsideOf(row, s.stride_h, s.in_h, tile.begin, tile.end);
      for (int kx = 0; kx < s.kernel_w; ++kx) {
        const int column = kx * s.dilation_w - s.pad_w;
        const Inside columns = InsideOf(column, s.stride_w, s.in_w, 0, s.out_w);
        const int64_t at = c * in_plane() +
                           static_cast<int64_t>(rows.begin * s.stride_h + row) * s.in_w +
                           columns.begin * s.stride_w + column;
        body(at, rows, columns);
      }
    }
  }
}

void GemmConvolution::Gather(const float* in, Tile tile, float* patches) const {
  const Sizes& s = sizes_;
  if (!places_.empty()) {
    for (int c = 0; c < s.in_channels / s.groups; ++c, in += in_plane()) {
      for (const int64_t place : places_) *patches++ = place < 0 ? 0.0f : in[place];
    }
    return;
  }
  const int64_t size = static_cast<int64_t>(tile.end - tile.begin) * s.out_w;
  OverTaps(tile, [&](int64_t at, const Inside& rows, const Inside& columns) {
    const bool whole = rows.count() * columns.count() == size;
    if (!whole) std::fill_n(patches, size, 0.0f);
    float* to = patches + static_cast<int64_t>(rows.begin - tile.begin) * s.out_w + columns.begin;
    patches += size;
    const int64_t stride = static_cast<int64_t>(s.stride_h) * s.in_w;
    if (columns.count() <= 0) return;
    if (s.stride_w == 1) {
      CopyRows({in + at, stride, to, s.out_w, rows.count(), columns.count()});
      return;
    }
    for (int y = 0; y < rows.count(); ++y) {
      const float* from = in + at + y * stride;
      for (int x = 0; x < columns.count(); ++x) to[y * s.out_w + x] = from[x * s.stride_w];
    }
  });
}

void GemmConvolution::Scatter(const float* patches, Tile tile, float* in) const {
  const Sizes& s = sizes_;
  if (!places_.empty()) {
    for (int c = 0; c < s.in_channels / s.groups; ++c, in += in_plane()) {
      for (const int64_t place : places_) {
        if (place >= 0) in[place] += *patches;
        ++patches;
      }
    }
    return;
  }
  const int64_t size = static_cast<int64_t>(tile.end - tile.begin) * s.out_w;
  OverTaps(tile, [&](int64_t at, const Inside& rows, const Inside& columns) {
    const float* from =
        patches + static_cast<int64_t>(rows.begin - tile.begin) * s.out_w + columns.begin;
    patches += size;
    const int64_t stride = static_cast<int64_t>(s.stride_h) * s.in_w;
    if (columns.count() <= 0) return;
    if (s.stride_w == 1) {
      AddRows({from, s.out_w, in + at, stride, rows.count(), columns.count()});
      return;
    }
    for (int y = 0; y < rows.count(); ++y) {
      float* to = in + at + y * stride;
      for (int x = 0; x < columns.count(); ++x) to[x * s.stride_w] += from[y * s.out_w + x];
    }
  });
}

// Calls body(image, group, thread) for all images and groups, in parallel; each is the work of one
// thread.
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
  // One sum per thread, added up in the order of the threads, so that the bits are always the same.
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
