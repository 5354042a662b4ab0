#ifndef CREMA_ENGINE_EMBEDDED_CORE_CHANNEL_VIEW_H_
#define CREMA_ENGINE_EMBEDDED_CORE_CHANNEL_VIEW_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <vector>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/storage.h"
#include "engine/shared/parallel.h"

namespace crema {

// A tensor as (outer, channels, inner), where all values of a channel are treated alike.
struct ChannelShape {
  int64_t outer = 0, channels = 0, inner = 0;
};

// Memory as (outer, blocks, inner, lanes): a block is `lanes` channels, whose values lie side by
// side. Plain memory (outer, channels, inner) has one lane, or, if inner is 1, as many lanes as
// channels; nC..8c has 8. Layers that treat each channel differently run over pieces: up to kPiece
// values of one outer index and one block, which fit in the first-level cache.
class ChannelView {
 public:
  ChannelView() = default;
  static ChannelView Plain(const ChannelShape& shape);
  // Null unless `desc` has these dims and blocks of 8 or 16 channels, and the channels of `shape`
  // are those of axis 1, or those of every image counted separately (without padding).
  static std::optional<ChannelView> Blocked(const onednn::Desc& desc, const onednn::Dims& dims,
                                            const ChannelShape& shape);

  int64_t lanes() const { return lanes_; }
  // The number of channels, including those that pad the last block: the length of an array with
  // one value per channel.
  int64_t padded_channels() const { return blocks_ * lanes_; }
  int64_t count() const { return outer_ * blocks_ * inner_ * lanes_; }
  struct Piece {
    // Of the piece's first value.
    int64_t offset;
    // Of the piece's first lane.
    int64_t channel;
    // The piece has positions * lanes values.
    int64_t positions;
  };

  int64_t pieces() const { return outer_ * blocks_ * cuts_; }
  Piece piece(int64_t index) const {
    const int64_t row = index / cuts_, cut = index % cuts_;
    const int64_t begin = cut * positions_;
    return {(row * inner_ + begin) * lanes_, row % blocks_ * lanes_,
            std::min(positions_, inner_ - begin)};
  }

  // Calls body(lanes, piece, index) for each piece, in parallel. `lanes` is a compile-time constant
  // if it is 1, 8 or 16.
  template <class Body>
  void ForEachPiece(const Body& body) const {
    switch (lanes_) {
      case 1:
        return Run(std::integral_constant<int64_t, 1>(), body);
      case 8:
        return Run(std::integral_constant<int64_t, 8>(), body);
      case 16:
        return Run(std::integral_constant<int64_t, 16>(), body);
      default:
        return Run(lanes_, body);
    }
  }

 private:
  static constexpr int64_t kPiece = 4096;

  ChannelView(int64_t outer, int64_t blocks, int64_t inner, int64_t lanes);

  template <class Lanes, class Body>
  void Run(Lanes lanes, const Body& body) const {
    if (count() == 0) return;
    const int64_t grain = std::max<int64_t>(1, 4 * kPiece * pieces() / count());
    ParallelFor(pieces(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) body(lanes, piece(i), i);
    });
  }

  int64_t outer_ = 0, blocks_ = 0, inner_ = 0, lanes_ = 1;
  // A row of `inner` positions is cut into cuts_ pieces of positions_ positions each.
  int64_t cuts_ = 0, positions_ = 1;
};

// The layout that a layer uses if it treats each channel differently.
class ChannelLayout {
 public:
  ChannelLayout() = default;
  // Plain.
  explicit ChannelLayout(const ChannelShape& shape) : view_(ChannelView::Plain(shape)) {}

  // The layout of `in` if it is blocked by channels and `out` may be written so; else plain.
  void Choose(Storage& in, const Storage& out, const onednn::Dims& dims, const ChannelShape& shape);

  const float* Read(Storage& storage) const {
    return desc_.has_value() ? storage.Read(*desc_) : storage.Read();
  }
  float* Write(Storage& storage) const {
    return desc_.has_value() ? storage.Write(*desc_) : storage.Write();
  }
  const ChannelView& view() const { return view_; }

 private:
  // Empty for the plain layout.
  std::optional<onednn::Desc> desc_;
  ChannelView view_;
};

// Calls body(i, lane) for the values i = 0..positions*lanes-1 of a piece.
template <class Lanes, class Body>
inline void ForEachValue(Lanes lanes, int64_t positions, const Body& body) {
  if constexpr (std::is_same_v<Lanes, std::integral_constant<int64_t, 1>>) {
#pragma omp simd
    for (int64_t i = 0; i < positions; ++i) body(i, int64_t{0});
  } else {
    for (int64_t p = 0; p < positions; ++p) {
#pragma omp simd
      for (int64_t l = 0; l < lanes; ++l) body(p * lanes + l, l);
    }
  }
}

// sums[lane] = sum over positions of value(i, lane).
template <class Lanes, class Value>
inline void SumValues(Lanes lanes, int64_t positions, float* sums, const Value& value) {
  if constexpr (std::is_same_v<Lanes, std::integral_constant<int64_t, 1>>) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < positions; ++i) sum += value(i, int64_t{0});
    sums[0] = sum;
  } else if constexpr (std::is_same_v<Lanes, int64_t>) {
    std::fill_n(sums, lanes, 0.0f);
    for (int64_t p = 0; p < positions; ++p) {
#pragma omp simd
      for (int64_t l = 0; l < lanes; ++l) sums[l] += value(p * lanes + l, l);
    }
  } else {
    float sum[Lanes::value] = {};
    for (int64_t p = 0; p < positions; ++p) {
#pragma omp simd
      for (int64_t l = 0; l < lanes; ++l) sum[l] += value(p * lanes + l, l);
    }
    std::copy_n(sum, Lanes::value, sums);
  }
}

// Sums per channel, added up from those of the pieces in an order that does not depend on the
// threads.
class ChannelSums {
 public:
  // Makes room for the sums of the pieces; old contents are lost.
  void Reserve(const ChannelView& view) {
    const size_t count = static_cast<size_t>(view.pieces() * view.lanes());
    if (pieces_.size() < count) pieces_.resize(count);
    totals_.resize(static_cast<size_t>(view.padded_channels()));
  }
  // Where the sums of a piece go, one per lane.
  float* piece(const ChannelView& view, int64_t index) {
    return pieces_.data() + index * view.lanes();
  }
  // Adds up the sums of all pieces; returns one sum per channel.
  const std::vector<double>& Total(const ChannelView& view);
  // Writes the sums of the last Total to `diff`, which has `count` values, or adds them to it.
  void Give(Storage& diff, int64_t count, bool add) const;

 private:
  std::vector<float> pieces_;
  std::vector<double> totals_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_CHANNEL_VIEW_H_
