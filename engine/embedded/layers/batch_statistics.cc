#include "engine/embedded/layers/batch_statistics.h"

namespace crema {

// Each piece gives its sum and its squares about its own mean while it is in the cache; combining
// these loses no precision.
void BatchStatistics::Measure(const ChannelView& view, const ChannelShape& shape, const float* in,
                              std::vector<float>& mean, std::vector<float>& variance) {
  sums_.Reserve(view);
  squares_.Reserve(view);
  means_.resize(static_cast<size_t>(view.pieces() * view.lanes()));
  view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
    const float* x = in + piece.offset;
    float* sum = sums_.piece(view, index);
    float* piece_mean = means_.data() + index * lanes;
    SumValues(lanes, piece.positions, sum, [=](int64_t i, int64_t) { return x[i]; });
    for (int64_t l = 0; l < lanes; ++l) {
      piece_mean[l] = sum[l] / static_cast<float>(piece.positions);
    }
    SumValues(lanes, piece.positions, squares_.piece(view, index), [=](int64_t i, int64_t l) {
      const float d = x[i] - piece_mean[l];
      return d * d;
    });
  });
  const double values = static_cast<double>(shape.outer * shape.inner);
  const std::vector<double>& sums = sums_.Total(view);
  spread_ = squares_.Total(view);
  for (int64_t i = 0; i < view.pieces(); ++i) {
    const ChannelView::Piece piece = view.piece(i);
    const double positions = static_cast<double>(piece.positions);
    for (int64_t l = 0; l < view.lanes(); ++l) {
      const size_t c = static_cast<size_t>(piece.channel + l);
      // The squares were taken about the rounded mean, so that one, not the exact mean, counts.
      const double rounded = static_cast<double>(means_[static_cast<size_t>(i * view.lanes() + l)]);
      const double sum = static_cast<double>(sums_.piece(view, i)[l]);
      const double off = rounded - sums[c] / values;
      spread_[c] += positions * off * off + 2.0 * off * (sum - positions * rounded);
    }
  }
  for (size_t c = 0; c < static_cast<size_t>(shape.channels); ++c) {
    mean[c] = static_cast<float>(sums[c] / values);
    // Not std::max, which would make 0 of a NaN.
    variance[c] = spread_[c] < 0.0 ? 0.0f : static_cast<float>(spread_[c] / values);
  }
}

}  // namespace crema
