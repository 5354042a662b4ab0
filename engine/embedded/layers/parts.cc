#include "engine/embedded/layers/parts.h"

#include <algorithm>
#include <cstring>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/map.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

constexpr int kBlocks[2] = {8, 16};

}  // namespace

int Parts::AxisOf(const Blob& blob, bool has_axis, int axis, bool has_dim, uint32_t dim,
                  const char* dim_name) {
  Require(!has_axis || !has_dim, "Expected either axis or ", dim_name, " but found both");
  if (!has_dim) return blob.CanonicalAxis(axis);
  Require(dim < static_cast<uint32_t>(blob.num_axes()), "Expected ", dim_name, " to be less than ",
          blob.num_axes(), " but found ", dim, ", for a blob of shape ", ShapeString(blob.shape()));
  return static_cast<int>(dim);
}

void Parts::Reshape(const Blobs& parts, const Blob& whole, int axis) {
  axis_ = axis;
  outer_ = whole.count(0, axis);
  inner_ = whole.count(axis + 1);
  lengths_.clear();
  for (const Blob* part : parts) lengths_.push_back(part->shape(axis));
  memory_.assign(parts.size(), nullptr);
  for (size_t k = 0; k < 2; ++k) {
    const int block = kBlocks[k];
    bool fit = axis == 1 && whole.count() > 0;
    for (size_t i = 0; i + 1 < lengths_.size(); ++i) fit = fit && lengths_[i] % block == 0;
    part_descs_[k].clear();
    whole_desc_[k] = fit ? onednn::BlockedDesc(whole.dims(), block) : std::nullopt;
    blocks_fit_[k] = whole_desc_[k].has_value();
    if (!blocks_fit_[k]) continue;
    for (const Blob* part : parts)
      part_descs_[k].push_back(onednn::BlockedDesc(part->dims(), block));
  }
}

int Parts::BlockOf(Storage& storage, const onednn::Dims& dims) const {
  const onednn::Desc* layout = storage.layout();
  if (layout == nullptr || onednn::DimsOf(*layout) != dims) return 1;
  const int block = onednn::ChannelBlock(*layout);
  for (size_t k = 0; k < 2; ++k) {
    if (block == kBlocks[k] && blocks_fit_[k]) return block;
  }
  return 1;
}

void Parts::Join(const Blobs& parts, Blob& whole, Side side) {
  Storage& to = (whole.*side)();
  int block = 1;
  for (size_t i = 0; i < parts.size() && block == 1 && !to.open(); ++i) {
    block = BlockOf((parts[i]->*side)(), parts[i]->dims());
  }
  const size_t k = block == 16 ? 1 : 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    Storage& from = (parts[i]->*side)();
    // Only read: with `join` set, Copy writes to the whole alone.
    memory_[i] = const_cast<float*>(block == 1 ? from.Read() : from.Read(*part_descs_[k][i]));
  }
  Copy(block, block == 1 ? to.Write() : to.Write(*whole_desc_[k]), true);
}

void Parts::Cut(Blob& whole, const Blobs& parts, const Flags* wanted, Side side) {
  Storage& from = (whole.*side)();
  const int block = BlockOf(from, whole.dims());
  const size_t k = block == 16 ? 1 : 0;
  for (size_t i = 0; i < parts.size(); ++i) {
    memory_[i] = nullptr;
    if (wanted != nullptr && !(*wanted)[i]) continue;
    Storage& to = (parts[i]->*side)();
    memory_[i] = block == 1 ? to.Write() : to.Write(*part_descs_[k][i]);
  }
  Copy(block, const_cast<float*>(block == 1 ? from.Read() : from.Read(*whole_desc_[k])), false);
}

void Parts::Copy(int block, float* whole, bool join) {
  const auto padded = [&](int64_t length) { return (length + block - 1) / block * block * inner_; };
  int64_t row = 0;
  for (const int64_t length : lengths_) row += padded(length);
  if (row == 0) return;
  ParallelFor(outer_, std::max<int64_t>(1, kCheapGrain / row), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin; n < end; ++n) {
      float* at = whole + n * row;
      for (size_t i = 0; i < lengths_.size(); ++i) {
        const int64_t width = padded(lengths_[i]);
        if (memory_[i] != nullptr) {
          float* part = memory_[i] + n * width;
          std::memcpy(join ? at : part, join ? part : at,
                      static_cast<size_t>(width) * sizeof(float));
        }
        at += width;
      }
    }
  });
}

}  // namespace crema
