#ifndef CREMA_ENGINE_EMBEDDED_PLAN_FUSED_BATCH_NORM_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_FUSED_BATCH_NORM_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/batch_statistics.h"
#include "engine/embedded/net/net_node.h"
#include "engine/embedded/plan/fusion.h"

namespace crema {

// A BatchNorm layer, a Scale layer that works in place on its top, and perhaps a ReLU in place:
//
//   y = (x - mean) / sqrt(variance + eps);  z = gamma y + beta;  top = max(z, 0)
//
// Forward gives the same bits as one by one. All of it takes one pass over the memory beside the
// one for the statistics, and backward takes two; what is kept for it is x alone.
class FusedBatchNorm : public Fusion {
 public:
  // The fusion that begins at this node, and of how many nodes; null if there is none.
  static std::pair<std::unique_ptr<Fusion>, size_t> Match(std::vector<NetNode>& nodes,
                                                          size_t begin);

  FusedBatchNorm(NetNode* nodes, bool rectifies);

  std::string_view name() const override {
    return rectifies_ ? "batch norm, scale, rectifier" : "batch norm, scale";
  }
  bool Forward() override;
  bool FusesBackward() const override { return true; }
  bool Backward() override;
  void Separate() override;
  int64_t KeptBytes() const override {
    return keeps_input() ? bottom().count() * static_cast<int64_t>(sizeof(float)) : 0;
  }
  BackwardReads Reads() const override {
    return {.bottoms = keeps_input() ? Kept::kNone : Kept::kAll};
  }
  bool CanRestore() const override { return nodes_[0].needs_backward; }
  void Restore() override;
  void set_arena(const std::shared_ptr<Arena>& arena) override { kept_.data().set_arena(arena); }

 private:
  Blob& bottom() const { return *nodes_[0].bottoms[0]; }
  Blob& top() const { return *nodes_[0].tops[0]; }
  Layer& batch_norm() const { return *nodes_[0].layer; }
  Layer& scale() const { return *nodes_[1].layer; }
  bool in_place() const { return &bottom() == &top(); }
  bool has_bias() const { return scale().blobs().size() > 1; }
  // In place, x is kept for the backward pass.
  bool keeps_input() const { return in_place() && nodes_[0].needs_backward; }
  Storage& input() { return keeps_input() ? kept_.data() : bottom().data(); }

  // Somebody may read or write the blobs at any time.
  bool IsHeld() const {
    return bottom().data().open() || bottom().diff().open() || top().data().open() ||
           top().diff().open();
  }
  // The factors of the Scale layer in whole blocks.
  void TakeScale(std::vector<float>& gamma, std::vector<float>& beta) const;
  // Writes the top.
  void NormalizeInput(const float* values);
  template <bool kRectifies>
  void Normalize(const float* in, float* out) const;
  template <bool kRectifies>
  void SumUp(const float* in, const float* diff);
  template <bool kRectifies, bool kBatch>
  void Propagate(const float* in, const float* diff, float* scaled_diff, float* out) const;

  NetNode* const nodes_;
  const bool rectifies_, global_;
  ChannelShape shape_;
  // Of the last forward pass.
  ChannelLayout layout_;
  BatchStatistics batch_;
  Blob kept_;
  // One value per channel, padded with zeros to whole blocks. gamma_ and beta_ are those of the
  // last forward pass, and new_gamma_ is that of the backward pass, whose other two are the means
  // of the gradient of y, and of its product with y.
  std::vector<float> mean_, variance_, factor_, gamma_, beta_, new_gamma_, mean_diff_,
      mean_product_;
  ChannelSums sums_, products_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_FUSED_BATCH_NORM_H_
