#include "engine/embedded/plan/lifetimes.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/embedded/net/host_layer.h"

namespace crema {

namespace {

constexpr size_t kNever = ~size_t{0};

int64_t BytesOf(const Storage& storage) {
  return storage.count() * static_cast<int64_t>(sizeof(float));
}

// The layers that use a storage.
struct Use {
  // The last one that uses it forward, and the first and the last of those that use it backward.
  size_t last_forward = 0, first_backward = kNever, last_backward = 0;
};

// Whether a layer behind a group changes in place what the group gives.
bool IsChanged(const std::vector<NetNode>& nodes, size_t end, Storage& storage) {
  for (size_t i = end; i < nodes.size(); ++i) {
    for (Blob* top : nodes[i].tops) {
      const Blobs& bottoms = nodes[i].bottoms;
      if (&top->data() == &storage &&
          std::find(bottoms.begin(), bottoms.end(), top) != bottoms.end())
        return true;
    }
  }
  return false;
}

// Everything that outlives the passes.
std::set<Storage*> KeptOf(std::vector<NetNode>& nodes, const Blobs& others) {
  std::set<Storage*> kept;
  const auto keep = [&](Blob& blob) {
    kept.insert(&blob.data());
    kept.insert(&blob.diff());
  };
  for (Blob* blob : others) keep(*blob);
  for (NetNode& node : nodes) {
    for (const auto& blob : node.layer->blobs()) keep(*blob);
    const bool is_host = dynamic_cast<HostLayer*>(node.layer.get()) != nullptr;
    for (Blob* bottom : node.bottoms) {
      if (is_host) keep(*bottom);
    }
    for (size_t i = 0; i < node.tops.size(); ++i) {
      if (is_host || node.bottoms.empty() || node.loss_weights[i] != 0.0f) keep(*node.tops[i]);
    }
  }
  return kept;
}

}  // namespace

Lifetimes::Lifetimes(std::vector<NetNode>& nodes, const Plan& plan, const Blobs& others,
                     bool recompute)
    : after_forward_(nodes.size()),
      after_backward_(nodes.size()),
      given_up_(nodes.size()),
      wanted_(nodes.size()) {
  const std::set<Storage*> kept = KeptOf(nodes, others);
  std::map<Storage*, Use> values, gradients;
  for (size_t i = 0; i < nodes.size(); ++i) {
    NetNode& node = nodes[i];
    const auto use = [&](Blob& blob, Kept read) {
      Use& of_values = values[&blob.data()];
      of_values.last_forward = i;
      if (!node.needs_backward) return;
      if (read != Kept::kNone) {
        of_values.first_backward = std::min(of_values.first_backward, i);
        of_values.last_backward = i;
      }
      Use& of_gradient = gradients[&blob.diff()];
      of_gradient.first_backward = std::min(of_gradient.first_backward, i);
    };
    BackwardReads reads = node.layer->Reads(node.bottoms, node.tops);
    if (const Plan::Group* const group = plan.GroupOf(i); group != nullptr) {
      const BackwardReads fused = group->fusion->Reads();
      if (i == group->begin) reads.bottoms = std::max(reads.bottoms, fused.bottoms);
      if (i + 1 == group->end) reads.tops = std::max(reads.tops, fused.tops);
    }
    for (Blob* bottom : node.bottoms) use(*bottom, reads.bottoms);
    for (Blob* top : node.tops) use(*top, reads.tops);
  }
  for (const auto& [storage, use] : values) {
    if (kept.contains(storage)) continue;
    if (use.first_backward == kNever) {
      after_forward_[use.last_forward].push_back(storage);
    } else {
      after_backward_[use.first_backward].push_back(storage);
    }
  }
  for (const auto& [storage, use] : gradients) {
    if (!kept.contains(storage)) after_backward_[use.first_backward].push_back(storage);
  }
  if (!recompute) return;
  // The last groups first, since the others have to be restored for them.
  for (auto at = plan.groups().rbegin(); at != plan.groups().rend(); ++at) {
    const Plan::Group& group = *at;
    Storage& top = nodes[group.end - 1].tops[0]->data();
    const Use& use = values.at(&top);
    // The group's own backward pass does without.
    const bool is_read = use.first_backward != kNever && use.last_backward >= group.end;
    if (!is_read || kept.contains(&top) || !group.fusion->CanRestore()) continue;
    if (IsChanged(nodes, group.end, top)) continue;
    const Plan::Group* const reader = plan.GroupOf(use.last_backward);
    const size_t before = reader == nullptr ? use.last_backward : reader->end - 1;
    given_up_[use.last_forward].push_back({&group, &top});
    wanted_[before].insert(wanted_[before].begin(), {&group, &top});
    if (group.fusion->Reads().bottoms == Kept::kNone) continue;
    Use& bottom = values.at(&nodes[group.begin].bottoms[0]->data());
    bottom.last_backward = std::max(bottom.last_backward, before);
  }
}

void Lifetimes::UseArena(const std::shared_ptr<Arena>& arena) const {
  for (const auto* steps : {&after_forward_, &after_backward_}) {
    for (const auto& step : *steps) {
      for (Storage* storage : step) storage->set_arena(arena);
    }
  }
}

int64_t Lifetimes::PeakBytes(std::vector<NetNode>& nodes, const Plan& plan) const {
  std::set<Storage*> live;
  int64_t bytes = 0, peak = 0;
  const auto add = [&](Storage& storage) {
    if (live.insert(&storage).second) bytes += BytesOf(storage);
    peak = std::max(peak, bytes);
  };
  const auto remove = [&](const std::vector<Storage*>& storages) {
    for (Storage* storage : storages) bytes -= live.erase(storage) != 0 ? BytesOf(*storage) : 0;
  };
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const auto& blob : nodes[i].layer->blobs()) add(blob->data());
    for (Blob* top : nodes[i].tops) add(top->data());
    const Plan::Group* const group = plan.GroupOf(i);
    if (group != nullptr && i + 1 == group->end) bytes += group->fusion->KeptBytes();
    remove(after_forward_[i]);
    for (const Restorable& restorable : given_up_[i]) remove({restorable.storage});
  }
  for (size_t i = nodes.size(); i-- > 0;) {
    NetNode& node = nodes[i];
    if (!node.needs_backward) continue;
    for (const Restorable& restorable : wanted_[i]) add(*restorable.storage);
    for (const auto& blob : node.layer->blobs()) add(blob->diff());
    for (Blob* top : node.tops) add(top->diff());
    for (size_t b = 0; b < node.bottoms.size(); ++b) {
      if (node.propagate_down[b]) add(node.bottoms[b]->diff());
    }
    const Plan::Group* const group = plan.GroupOf(i);
    if (group != nullptr && i == group->begin) bytes -= group->fusion->KeptBytes();
    remove(after_backward_[i]);
  }
  return peak;
}

}  // namespace crema
