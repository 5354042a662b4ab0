#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_PARTS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_PARTS_H_

#include <optional>
#include <vector>

#include "engine/embedded/core/layer.h"

namespace crema {

// A whole blob and the parts that it consists of along one axis: what Concat and Slice have in
// common. Blobs with blocks of channels keep them if every part has whole blocks (the last part may
// end in padding).
class Parts {
 public:
  // The axis that a parameter gives, by `axis` or by the older unsigned `dim`.
  static int AxisOf(const Blob& blob, bool has_axis, int axis, bool has_dim, uint32_t dim,
                    const char* dim_name);

  // Call this after all blobs have been shaped.
  void Reshape(const Blobs& parts, const Blob& whole, int axis);

  // Copies the data (or diffs) of all parts to the whole.
  void JoinData(const Blobs& parts, Blob& whole) { Join(parts, whole, &Blob::data); }
  void JoinDiffs(const Blobs& parts, Blob& whole) { Join(parts, whole, &Blob::diff); }
  // Copies the data (or diff) of the whole to the parts, or only to those that are wanted.
  void CutData(Blob& whole, const Blobs& parts) { Cut(whole, parts, nullptr, &Blob::data); }
  void CutDiff(Blob& whole, const Blobs& parts, const Flags& wanted) {
    Cut(whole, parts, &wanted, &Blob::diff);
  }

 private:
  using Side = Storage& (Blob::*)();

  void Join(const Blobs& parts, Blob& whole, Side side);
  void Cut(Blob& whole, const Blobs& parts, const Flags* wanted, Side side);
  // The block of channels that `storage` has, if all parts can have it too; else 1, for plain.
  int BlockOf(Storage& storage, const onednn::Dims& dims) const;
  // Copies rows between the whole and each part that has memory.
  void Copy(int block, float* whole, bool join);

  int axis_ = 0;
  int64_t outer_ = 0, inner_ = 0;
  std::vector<int64_t> lengths_;
  bool blocks_fit_[2] = {false, false};  // For blocks of 8 and of 16.
  std::vector<std::optional<onednn::Desc>> part_descs_[2];
  std::optional<onednn::Desc> whole_desc_[2];
  std::vector<float*> memory_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_PARTS_H_
