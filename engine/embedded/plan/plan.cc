#include "engine/embedded/plan/plan.h"

#include <algorithm>
#include <utility>

#include "engine/embedded/core/options.h"
#include "engine/embedded/plan/fused_batch_norm.h"
#include "engine/embedded/plan/fused_rectifier.h"

namespace crema {

Plan::Plan(std::vector<NetNode>& nodes) {
  if (!Options().fuse) return;
  group_of_.assign(nodes.size(), kNone);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (group_of_[i] != kNone) continue;
    if (auto [fusion, count] = FusedBatchNorm::Match(nodes, i); fusion != nullptr) {
      Add(i, i + count, std::move(fusion));
    }
  }
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    if (group_of_[i] != kNone || group_of_[i + 1] != kNone) continue;
    if (auto fusion = FusedRectifier::Match(nodes[i], nodes[i + 1]); fusion != nullptr) {
      Add(i, i + 2, std::move(fusion));
    }
  }
}

void Plan::Add(size_t begin, size_t end, std::unique_ptr<Fusion> fusion) {
  std::fill(group_of_.begin() + static_cast<std::ptrdiff_t>(begin),
            group_of_.begin() + static_cast<std::ptrdiff_t>(end), groups_.size());
  groups_.push_back({begin, end, std::move(fusion)});
}

}  // namespace crema
