#include "engine/embedded/core/channel_view.h"

namespace crema {

ChannelView::ChannelView(int64_t outer, int64_t blocks, int64_t inner, int64_t lanes)
    : outer_(outer), blocks_(blocks), inner_(inner), lanes_(lanes) {
  positions_ = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, lanes));
  cuts_ = (inner + positions_ - 1) / positions_;
}

ChannelView ChannelView::Plain(const ChannelShape& shape) {
  // With one position or one channel, outer indices can stand for positions: fewer, longer rows.
  if (shape.inner == 1) return ChannelView(1, 1, shape.outer, shape.channels);
  if (shape.channels == 1) return ChannelView(1, 1, shape.outer * shape.inner, 1);
  return ChannelView(shape.outer, shape.channels, shape.inner, 1);
}

std::optional<ChannelView> ChannelView::Blocked(const onednn::Desc& desc, const onednn::Dims& dims,
                                                const ChannelShape& shape) {
  if (onednn::DimsOf(desc) != dims) return std::nullopt;
  const int block = onednn::ChannelBlock(desc);
  if (block != 8 && block != 16) return std::nullopt;
  int64_t inner = 1;
  for (size_t i = 2; i < dims.size(); ++i) inner *= dims[i];
  if (shape.inner != inner) return std::nullopt;
  const int64_t blocks = (dims[1] + block - 1) / block;
  if (shape.outer == dims[0] && shape.channels == dims[1]) {
    return ChannelView(dims[0], blocks, inner, block);
  }
  if (shape.outer == 1 && shape.channels == dims[0] * dims[1] && dims[1] % block == 0) {
    return ChannelView(1, dims[0] * blocks, inner, block);
  }
  return std::nullopt;
}

void ChannelLayout::Choose(Storage& in, const Storage& out, const onednn::Dims& dims,
                           const ChannelShape& shape) {
  if (in.layout() != nullptr && !out.open()) {
    const auto view = ChannelView::Blocked(*in.layout(), dims, shape);
    if (view.has_value()) {
      desc_ = *in.layout();
      view_ = *view;
      return;
    }
  }
  desc_.reset();
  view_ = ChannelView::Plain(shape);
}

const std::vector<double>& ChannelSums::Total(const ChannelView& view) {
  std::fill(totals_.begin(), totals_.end(), 0.0);
  for (int64_t i = 0; i < view.pieces(); ++i) {
    double* total = totals_.data() + view.piece(i).channel;
    const float* sums = piece(view, i);
    for (int64_t l = 0; l < view.lanes(); ++l) total[l] += static_cast<double>(sums[l]);
  }
  return totals_;
}

void ChannelSums::Give(Storage& diff, int64_t count, bool add) const {
  add = add && !diff.zero();
  float* to = add ? diff.ReadWrite() : diff.Write();
  for (int64_t c = 0; c < count; ++c) {
    const float sum = static_cast<float>(totals_[static_cast<size_t>(c)]);
    to[c] = add ? to[c] + sum : sum;
  }
}

}  // namespace crema
