#include <cmath>
#include <cstring>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// out = in ^ -beta.
void NegativePower(int64_t count, float beta, const float* in, float* out) {
  if (beta == 0.75f) {
    WideEach(count, out, [=](int64_t i) {
      const float root = 1.0f / std::sqrt(in[i]);
      return root * std::sqrt(root);
    });
  } else if (beta == 0.5f) {
    WideEach(count, out, [=](int64_t i) { return 1.0f / std::sqrt(in[i]); });
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = std::pow(in[i], -beta);
  }
}

// y = x (k + alpha/n sum of x^2) ^ -beta, where the sum is over a window of n values: local_size
// channels, or local_size x local_size positions of one channel. Beyond the borders the values are
// zero. Within a channel k is 1, as in Caffe.
//
// The work is cut into tiles that fit in a cache (some positions of all channels, or the plane of
// one channel), which are padded for the window on both sides.
class LrnLayer : public Layer {
 public:
  explicit LrnLayer(const caffe::LayerParameter& param)
      : Layer(param),
        across_(param.lrn_param().norm_region() == caffe::LRNParameter_NormRegion_ACROSS_CHANNELS),
        size_(static_cast<int64_t>(param.lrn_param().local_size())),
        half_(size_ / 2),
        k_(across_ ? param.lrn_param().k() : 1.0f),
        beta_(param.lrn_param().beta()) {
    Require(size_ % 2 == 1, "Expected an odd local_size but found ", size_);
    const float window = static_cast<float>(across_ ? size_ : size_ * size_);
    alpha_ = param.lrn_param().alpha() / window;
  }

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    return {.bottoms = bottom[0] == top[0] ? Kept::kNone : Kept::kAll,
            .forward = bottom[0] == top[0]};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(blob.num_axes() == 4, "Expected a bottom of 4 axes (N, C, H, W) but found shape ",
            ShapeString(blob.shape()));
    num_ = blob.shape(0);
    channels_ = blob.shape(1);
    height_ = blob.shape(2);
    width_ = blob.shape(3);
    top[0]->ReshapeLike(blob);
    if (bottom[0] == top[0]) input_.ReshapeLike(blob);
    layout_.reset();
    block_ = 1;
    // Beyond the other channels a window has only zeros.
    reach_ = std::min(half_, std::max<int64_t>(0, channels_ - 1));
    const int64_t tile = across_ ? (channels_ + 2 * reach_) * kStrip : height_ * width_;
    scratch_size_ = (tile + 15) / 16 * 16;
    GrowScratch();
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    GrowScratch();
    Storage& in = bottom[0]->data();
    Storage& out = top[0]->data();
    ChooseBlock(in, out, bottom[0]->dims());
    if (bottom[0] == top[0]) CopyValues(in, input_.data());
    const float* x = Read(in);
    float* y = Write(out);
    ForEachTile([&](const Tile& tile, float* scratch) {
      float* from = scratch + tile.margin;
      float* squares = scratch + scratch_size_ + tile.margin;
      float* scale = scratch + 2 * scratch_size_;
      Load(tile, x, from);
      WideEach(tile.count, squares, [=](int64_t i) { return from[i] * from[i]; });
      Clear(tile, squares);
      SumWindows(tile, squares, scale, scratch + 3 * scratch_size_);
      Scale(tile, scale);
      NegativePower(tile.count, beta_, scale, scale);
      WideEach(tile.count, from, [=](int64_t i) { return from[i] * scale[i]; });
      Store(tile, from, y);
    });
  }

  // With s = k + alpha/n sum of x^2: dx = dy s^-beta - 2 alpha/n beta x sum of (dy x s^(-beta-1)).
  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    GrowScratch();
    const float* x = Read(bottom[0] == top[0] ? input_.data() : bottom[0]->data());
    const float* dy = Read(top[0]->diff());
    float* dx = Write(bottom[0]->diff());
    const float factor = 2.0f * alpha_ * beta_;
    ForEachTile([&](const Tile& tile, float* scratch) {
      float* from = scratch + tile.margin;
      float* terms = scratch + scratch_size_ + tile.margin;
      float* scale = scratch + 2 * scratch_size_;
      float* work = scratch + 3 * scratch_size_;
      float* diff = scratch + 4 * scratch_size_ + tile.margin;
      float* power = scratch + 5 * scratch_size_;
      Load(tile, x, from);
      Load(tile, dy, diff);
      WideEach(tile.count, terms, [=](int64_t i) { return from[i] * from[i]; });
      Clear(tile, terms);
      SumWindows(tile, terms, scale, work);
      Scale(tile, scale);
      NegativePower(tile.count, beta_, scale, power);
      WideEach(tile.count, diff, [=](int64_t i) { return diff[i] * power[i]; });
      WideEach(tile.count, terms, [=](int64_t i) { return diff[i] * from[i] / scale[i]; });
      Clear(tile, terms);
      SumWindows(tile, terms, scale, work);
      WideEach(tile.count, diff, [=](int64_t i) { return diff[i] - factor * from[i] * scale[i]; });
      Store(tile, diff, dx);
    });
  }

 private:
  // The number of positions in a tile across channels, in the plain layout.
  static constexpr int64_t kStrip = 32;
  // The number of positions in a tile in blocks of channels. Each has its channels in a row, and
  // room for the zeros behind them and before the next ones.
  static constexpr int64_t kBlockStrip = 16;
  // The number of arrays per tile.
  static constexpr int64_t kArrays = 6;

  struct Tile {
    // The place of the first value in the blob.
    int64_t offset;
    // The number of positions side by side, which is also the distance of channels in the tile.
    int64_t stride;
    int64_t count;
    // The number of zeros before and after the values.
    int64_t margin;
    // The number of positions one after the other, in blocks of channels.
    int64_t positions = 1;
  };

  // Uses the blobs in blocks of channels if they are so, else in the plain layout.
  void ChooseBlock(Storage& in, const Storage& out, const onednn::Dims& dims) {
    layout_.reset();
    block_ = 1;
    if (!across_ || in.layout() == nullptr || out.open()) return;
    const int block = onednn::ChannelBlock(*in.layout());
    // A tile holds whole blocks, so it must not end in padding.
    if (onednn::DimsOf(*in.layout()) != dims || block <= 1 || channels_ % block != 0) return;
    layout_ = *in.layout();
    block_ = block;
  }
  const float* Read(Storage& storage) const {
    return layout_.has_value() ? storage.Read(*layout_) : storage.Read();
  }
  float* Write(Storage& storage) const {
    return layout_.has_value() ? storage.Write(*layout_) : storage.Write();
  }

  void GrowScratch() { scratch_.Reserve(scratch_size_ * kArrays * omp_get_max_threads()); }

  // Calls body(tile, scratch memory of the thread) for all tiles, in parallel.
  template <class Body>
  void ForEachTile(const Body& body) {
    const int64_t plane = height_ * width_;
    if (num_ * channels_ * plane == 0) return;
    int64_t tiles, values;
    if (!across_) {
      tiles = num_ * channels_;
      values = plane;
    } else if (block_ > 1) {
      tiles = num_ * ((plane + kBlockStrip - 1) / kBlockStrip);
      values = channels_ * kBlockStrip;
    } else {
      tiles = num_ * ((plane + kStrip - 1) / kStrip);
      values = channels_ * kStrip;
    }
    ParallelFor(tiles, std::max<int64_t>(1, kCostlyGrain / values),
                [&](int64_t begin, int64_t end) {
                  float* scratch = scratch_.get() + omp_get_thread_num() * scratch_size_ * kArrays;
                  for (int64_t t = begin; t < end; ++t) body(TileAt(t), scratch);
                });
  }

  Tile TileAt(int64_t index) const {
    const int64_t plane = height_ * width_;
    if (!across_) return {index * plane, 1, plane, 0};
    if (block_ > 1) {
      const int64_t strips = (plane + kBlockStrip - 1) / kBlockStrip;
      const int64_t first = index % strips * kBlockStrip;
      const int64_t positions = std::min(kBlockStrip, plane - first);
      return {index / strips * channels_ * plane + first * block_, 1,
              positions * Slot() - 2 * reach_, reach_, positions};
    }
    const int64_t strips = (plane + kStrip - 1) / kStrip;
    const int64_t first = index % strips * kStrip;
    const int64_t stride = std::min(kStrip, plane - first);
    return {index / strips * channels_ * plane + first, stride, channels_ * stride,
            reach_ * stride};
  }

  // Copies values from the blob to a tile, and back. A row is the positions of a channel.
  void Load(const Tile& tile, const float* from, float* to) const {
    if (block_ > 1) {
      ForEachRun(tile, [=](int64_t in_blob, int64_t in_tile, int64_t run) {
        std::copy_n(from + in_blob, run, to + in_tile);
      });
      return Clear(tile, to);
    }
    const int64_t row = across_ ? tile.stride : tile.count;
    const int64_t step = height_ * width_;
    from += tile.offset;
    for (int64_t at = 0; at < tile.count; at += row, from += step) std::copy_n(from, row, to + at);
  }
  void Store(const Tile& tile, const float* from, float* to) const {
    if (block_ > 1) {
      ForEachRun(tile, [=](int64_t in_blob, int64_t in_tile, int64_t run) {
        std::copy_n(from + in_tile, run, to + in_blob);
      });
      return;
    }
    const int64_t row = across_ ? tile.stride : tile.count;
    const int64_t step = height_ * width_;
    to += tile.offset;
    for (int64_t at = 0; at < tile.count; at += row, to += step) std::copy_n(from + at, row, to);
  }

  // In blocks of channels: the distance of positions in a tile.
  int64_t Slot() const { return channels_ + 2 * reach_; }

  // In blocks of channels: calls body(place in the blob, place in the tile, count) for each
  // position and block.
  template <class Body>
  void ForEachRun(const Tile& tile, const Body& body) const {
    const int64_t plane = height_ * width_;
    const auto run = [&](const auto block) {
      for (int64_t c = 0; c < channels_; c += block) {
        for (int64_t p = 0; p < tile.positions; ++p) {
          body(tile.offset + c * plane + p * block, p * Slot() + c, block);
        }
      }
    };
    if (block_ == 8) {
      run(std::integral_constant<int64_t, 8>());
    } else {
      run(block_);
    }
  }

  // Sets what lies before, between and behind the values to 0.
  void Clear(const Tile& tile, float* values) const {
    std::fill_n(values - tile.margin, tile.margin, 0.0f);
    std::fill_n(values + tile.count, tile.margin, 0.0f);
    for (int64_t p = 1; p < tile.positions; ++p) {
      std::fill_n(values + p * Slot() - 2 * reach_, 2 * reach_, 0.0f);
    }
  }

  void Scale(const Tile& tile, float* sums) const {
    const float k = k_, alpha = alpha_;
    WideEach(tile.count, sums, [=](int64_t i) { return k + alpha * sums[i]; });
  }

  // sums[i] = the sum of `values` over the window around i. `work` is a third array.
  void SumWindows(const Tile& tile, const float* values, float* sums, float* work) const {
    if (!across_) return SumSquares(values, sums, work);
    const float* first = values - tile.margin;
    if (reach_ == 2) {  // By far the most common, in one pass.
      const int64_t step = tile.stride;
      WideEach(tile.count, sums, [=](int64_t i) {
        const float* const at = first + i;
        return at[0] + at[step] + at[2 * step] + at[3 * step] + at[4 * step];
      });
      return;
    }
    std::copy_n(first, tile.count, sums);
    for (int64_t j = 1; j <= 2 * reach_; ++j) {
      const float* shifted = first + j * tile.stride;
      WideEach(tile.count, sums, [=](int64_t i) { return sums[i] + shifted[i]; });
    }
  }

  // The sums over squares of size_ x size_ positions of a plane: along the rows, then along the
  // columns.
  void SumSquares(const float* plane, float* sums, float* work) const {
    for (int64_t y = 0; y < height_; ++y) {
      const float* from = plane + y * width_;
      float* to = work + y * width_;
      std::copy_n(from, width_, to);
      for (int64_t d = 1; d <= std::min(half_, width_ - 1); ++d) {
        for (int64_t x = 0; x < width_ - d; ++x) to[x] += from[x + d];
        for (int64_t x = d; x < width_; ++x) to[x] += from[x - d];
      }
    }
    for (int64_t y = 0; y < height_; ++y) {
      float* to = sums + y * width_;
      const int64_t first = std::max<int64_t>(0, y - half_),
                    last = std::min(height_, y + half_ + 1);
      std::copy_n(work + first * width_, width_, to);
      for (int64_t from = first + 1; from < last; ++from) {
        for (int64_t x = 0; x < width_; ++x) to[x] += work[from * width_ + x];
      }
    }
  }

  const bool across_;
  const int64_t size_, half_;
  // Channels on each side that the window across channels may find.
  int64_t reach_ = 0;
  const float k_, beta_;
  // Already divided by the size of the window.
  float alpha_ = 0;
  int64_t num_ = 0, channels_ = 0, height_ = 0, width_ = 0;
  // The blocked layout of the last forward pass, if it was blocked.
  std::optional<onednn::Desc> layout_;
  int64_t block_ = 1;
  // The arrays of all threads, each of scratch_size_ floats.
  Buffer scratch_;
  int64_t scratch_size_ = 0;
  // A copy of the input if the layer runs in place.
  Blob input_;
};

}  // namespace

std::unique_ptr<Layer> MakeLrn(const caffe::LayerParameter& param) {
  return std::make_unique<LrnLayer>(param);
}

}  // namespace crema
