#include "engine/embedded/net/net.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/layers/map.h"
#include "engine/shared/stopwatch.h"

namespace crema {

void Net::ShapeReplaced(const Node& node) {
  for (const auto& [top, id] : node.replaced) top->ReshapeLike(*blobs_[id]);
}

void Net::FillReplaced(const Node& node) {
  for (const auto& [top, id] : node.replaced) CopyValues(blobs_[id]->data(), top->data());
}

void Net::ReshapeNode(Node& node) {
  node.shaped = node.ran = false;
  ShapeReplaced(node);
  for (size_t i = 0; i < node.bottoms.size(); ++i)
    node.bottom_versions[i] = node.bottoms[i]->version();
  for (const size_t i : node.apart) node.tops[i]->ReshapeLike(*node.bottoms[i]);
  node.layer->Reshape(node.bottoms, node.tops);
  const auto check_shape = [&](bool same, const Blob& blob) {
    Require(same, "Expected a layer that works in place to keep the blob's shape but found ",
            ShapeString(blob.shape()), ": give its top another name");
  };
  for (size_t i = 0; i < node.bottoms.size(); ++i) {
    const bool in_place = i < node.tops.size() && node.tops[i] == node.bottoms[i];
    check_shape(!in_place || node.bottom_versions[i] == node.bottoms[i]->version(),
                *node.bottoms[i]);
    node.bottom_versions[i] = node.bottoms[i]->version();
  }
  for (const size_t i : node.apart) {
    check_shape(node.tops[i]->shape() == node.bottoms[i]->shape(), *node.tops[i]);
    node.tops[i]->ShareDiff(*node.bottoms[i]);
  }
  for (size_t i = 0; i < node.tops.size(); ++i) node.top_versions[i] = node.tops[i]->version();
  node.shaped = true;
  SetLossWeights(node);
}

bool Net::HasShapes(const Node& node) {
  if (!node.shaped) return false;
  for (size_t i = 0; i < node.bottoms.size(); ++i) {
    if (node.bottom_versions[i] != node.bottoms[i]->version()) return false;
  }
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (node.top_versions[i] != node.tops[i]->version()) return false;
  }
  return true;
}

void Net::SetLossWeights(Node& node) {
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (node.loss_weights[i] == 0) continue;
    // A backward pass in place leaves its own gradient where the weight was.
    const bool overwritten =
        i < node.bottoms.size() && &node.tops[i]->diff() == &node.bottoms[i]->diff();
    if (!overwritten && node.loss_versions[i] == node.tops[i]->version()) continue;
    node.loss_versions[i] = node.tops[i]->version();
    std::fill_n(node.tops[i]->diff().Write(), node.tops[i]->count(), node.loss_weights[i]);
  }
}

void Net::CheckMemory(const Node& node) {
  for (Blob* bottom : node.bottoms) bottom->CheckMemory();
  for (Blob* top : node.tops) top->CheckMemory();
}

void Net::PrepareForward(Node& node) {
  ShapeReplaced(node);
  if (node.layer->ReshapesAlways() || !HasShapes(node)) ReshapeNode(node);
  CheckMemory(node);
  node.ran = false;
  FillReplaced(node);
}

void Net::FinishForward(Node& node) {
  node.ran = true;
  // Drops what is left of the generator's current block, so that its counter is its whole state.
  Random& random = node.layer->random();
  random.set_counter(random.counter());
  for (Blob* top : node.tops) top->data().Sync();
  // A host may shape its tops as late as in forward.
  for (size_t i = 0; i < node.tops.size(); ++i) node.top_versions[i] = node.tops[i]->version();
  SetLossWeights(node);
}

void Net::ForwardNode(Node& node) {
  RunInLayer(node.layer->name(), [&] {
    PrepareForward(node);
    if (node.layer->ReshapesAlways()) {
      // A host may count on finding the values there, as in place.
      for (const size_t i : node.apart) CopyValues(node.bottoms[i]->data(), node.tops[i]->data());
    }
    const int64_t before = onednn::ReorderedValues();
    node.layer->Forward(node.bottoms, node.tops);
    FinishForward(node);
    node.forward_reorders = onednn::ReorderedValues() - before;
  });
}

bool Net::ForwardGroup(Plan::Group& group) {
  group.ran = false;
  const int64_t before = onednn::ReorderedValues();
  for (size_t i = group.begin; i < group.end; ++i) {
    RunInLayer(nodes_[i].layer->name(), [&] { PrepareForward(nodes_[i]); });
  }
  RunInLayer(nodes_[group.begin].layer->name(), [&] { group.ran = group.fusion->Forward(); });
  if (!group.ran) return false;
  for (size_t i = group.begin; i < group.end; ++i) {
    FinishForward(nodes_[i]);
    nodes_[i].forward_reorders = 0;
  }
  nodes_[group.begin].forward_reorders = onednn::ReorderedValues() - before;
  return true;
}

bool Net::BackwardGroup(Plan::Group& group) {
  if (!group.ran || !group.fusion->FusesBackward()) return false;
  for (size_t i = group.begin; i < group.end; ++i) {
    const Node& node = nodes_[i];
    if (!node.needs_backward) return false;
    RunInLayer(node.layer->name(), [&] {
      CheckCanRunBackward(node);
      CheckMemory(node);
    });
  }
  bool ran = false;
  RunInLayer(nodes_[group.begin].layer->name(), [&] {
    const int64_t before = onednn::ReorderedValues();
    ran = group.fusion->Backward();
    if (!ran) return;
    for (size_t i = group.begin; i < group.end; ++i) {
      for (Blob* bottom : nodes_[i].bottoms) bottom->diff().Sync();
      for (const auto& blob : nodes_[i].layer->blobs()) blob->diff().Sync();
      nodes_[i].backward_reorders = 0;
    }
    nodes_[group.begin].backward_reorders = onednn::ReorderedValues() - before;
  });
  return ran;
}

void Net::SeparateGroup(Plan::Group& group) {
  if (!group.ran) return;
  group.ran = false;
  // What was kept is of no use for other shapes.
  for (size_t i = group.begin; i < group.end; ++i) {
    if (!HasShapes(nodes_[i])) return;
  }
  RunInLayer(nodes_[group.begin].layer->name(), [&] { group.fusion->Separate(); });
}

// Before the first forward pass the blobs' values are as good as any, unless the layer itself keeps
// some.
void Net::CheckCanRunBackward(const Node& node) {
  const bool needs_forward = node.layer->Reads(node.bottoms, node.tops).forward;
  Require(HasShapes(node) && (node.ran || !needs_forward),
          "Expected backward after a forward with the same shapes but found none");
}

void Net::BackwardNode(Node& node) {
  RunInLayer(node.layer->name(), [&] {
    CheckCanRunBackward(node);
    CheckMemory(node);
    const int64_t before = onednn::ReorderedValues();
    node.layer->Backward(node.tops, node.propagate_down, node.bottoms);
    for (Blob* bottom : node.bottoms) bottom->diff().Sync();
    for (const auto& blob : node.layer->blobs()) blob->diff().Sync();
    node.backward_reorders = onednn::ReorderedValues() - before;
  });
}

float Net::LossOf(Node& node) const {
  float loss = 0;
  for (size_t i = 0; i < node.tops.size(); ++i) {
    if (node.loss_weights[i] == 0) continue;
    Blob& top = *node.tops[i];
    const float* data = top.data().Read();
    if (top.count() == 1) {
      loss += node.loss_weights[i] * data[0];
      continue;
    }
    double sum = 0;
    for (int64_t j = 0; j < top.count(); ++j) sum += data[j];
    loss += static_cast<float>(node.loss_weights[i] * sum);
  }
  return loss;
}

size_t Net::ForwardFrom(size_t i, size_t stop, float& loss) {
  if (Plan::Group* const group = plan_.GroupOf(i); group != nullptr) {
    const bool whole = i == group->begin && group->end <= stop;
    // None of them has a loss.
    if (whole && ForwardGroup(*group)) return group->end - 1;
    // From the first layer on, all of them run again; further on, what those before it kept is
    // still needed.
    if (i != group->begin) SeparateGroup(*group);
    group->ran = false;
  }
  ForwardNode(nodes_[i]);
  loss += LossOf(nodes_[i]);
  return i;
}

float Net::Forward(int start, int end) {
  const WithOptions with(options_);
  const int last = static_cast<int>(nodes_.size()) - 1;
  Require(start >= 0 && end <= last, "Expected layers from 0 to ", last, " but found ", start,
          " to ", end);
  std::optional<Lifetimes> lifetimes;
  if (arena_ != nullptr && start == 0 && end == last) lifetimes.emplace(PlanLifetimes());
  float loss = 0;
  Stopwatch watch;
  // `end` is -1 in a net without layers.
  const auto stop = static_cast<size_t>(end + 1);
  for (auto i = static_cast<size_t>(start); i < stop; ++i) {
    const size_t first = i;
    i = ForwardFrom(i, stop, loss);
    for (size_t ran = first; lifetimes && ran <= i; ++ran) {
      for (Storage* storage : lifetimes->after_forward(ran)) storage->Recycle();
      // Weights stay in the layout that the layer reads.
      for (const auto& blob : nodes_[ran].layer->blobs()) blob->data().DropPlain();
      for (const auto& [group, storage] : lifetimes->given_up_after_forward(ran)) {
        if (group->ran) storage->Recycle();
      }
    }
    nodes_[first].forward_seconds += watch.Lap();
  }
  return loss;
}

size_t Net::BackwardFrom(size_t i, size_t stop) {
  if (Plan::Group* const group = plan_.GroupOf(i); group != nullptr) {
    const bool whole = i + 1 == group->end && stop <= group->begin;
    if (whole && BackwardGroup(*group)) return group->begin;
    if (group->fusion->FusesBackward()) SeparateGroup(*group);
  }
  if (nodes_[i].needs_backward) BackwardNode(nodes_[i]);
  return i;
}

void Net::RestoreAll() {
  for (const Plan::Group& group : plan_.groups()) {
    // After a backward pass that gave up what it had read, there is nothing to restore from.
    if (!group.ran || !nodes_[group.begin].ran || !group.fusion->CanRestore()) continue;
    if (!nodes_[group.end - 1].tops[0]->data().gone()) continue;
    RunInLayer(nodes_[group.begin].layer->name(), [&] { group.fusion->Restore(); });
  }
}

void Net::RestoreFor(size_t i, const Lifetimes& lifetimes) {
  for (const auto& [group, storage] : lifetimes.wanted_before_backward(i)) {
    if (!storage->gone()) continue;
    RunInLayer(nodes_[group->begin].layer->name(),
               [&, fusion = group->fusion.get()] { fusion->Restore(); });
  }
}

void Net::Backward(int start, int end) {
  const int last = static_cast<int>(nodes_.size()) - 1;
  Require(end >= 0 && start <= last, "Expected layers from ", last, " down to 0 but found ", start,
          " to ", end);
  Require(arena_ == nullptr || phase_ != caffe::TEST || force_,
          "Expected a net for TEST that recycles memory to run forward only but found a backward "
          "pass: give it force_backward, or let it keep its memory");
  std::optional<Lifetimes> lifetimes;
  if (arena_ != nullptr && start == last && end == 0) {
    lifetimes.emplace(PlanLifetimes());
  } else if (options_.recompute) {
    RestoreAll();
  }
  Stopwatch watch;
  for (int i = start; i >= end; --i) {
    auto ran = static_cast<size_t>(i);
    if (lifetimes) RestoreFor(ran, *lifetimes);
    i = static_cast<int>(BackwardFrom(ran, static_cast<size_t>(end)));
    for (; lifetimes && ran + 1 > static_cast<size_t>(i); --ran) {
      // What it reads is gone: it can't run backward again before it has run forward.
      if (nodes_[ran].needs_backward) nodes_[ran].ran = false;
      for (Storage* storage : lifetimes->after_backward(ran)) storage->Recycle();
    }
    nodes_[static_cast<size_t>(i)].backward_seconds += watch.Lap();
  }
}

void Net::Reshape() {
  const WithOptions with(options_);
  bool changed = false;
  for (Node& node : nodes_) {
    const std::vector<uint64_t> before = node.top_versions;
    RunInLayer(node.layer->name(), [&] { ReshapeNode(node); });
    changed |= before != node.top_versions;
  }
  if (!changed) return;
  // Of what is held, this net may hold all.
  MemoryPlan plan(AvailableMemory() + HeldMemory());
  PlanMemory(plan);
}

void Net::AddTuned(Tuning& tuning) const {
  for (const Node& node : nodes_) node.layer->AddTuned(tuning);
}

void Net::SetTuning(const std::shared_ptr<const Tuning>& tuning) {
  for (Node& node : nodes_) node.layer->set_tuning(tuning);
  Reshape();
}

void Net::ClearDiffs() {
  for (const Learnable& learnable : learnables_) learnable.blob->diff().SetZero();
}

void Net::SaveGenerators(int net, caffe::SolverState& state) const {
  std::map<std::string, int> seen;
  for (const Node& node : nodes_) {
    const int index = seen[node.layer->name()]++;
    if (node.layer->random().counter() == 0) continue;
    caffe::GeneratorState& generator = *state.add_generator();
    generator.set_layer(node.layer->name());
    if (index > 0) generator.set_index(index);
    generator.set_net(net);
    generator.set_counter(node.layer->random().counter());
  }
}

void Net::RestoreGenerators(int net, const caffe::SolverState& state) {
  if (!state.has_generator_seed()) return;  // Written by Caffe, which saves none.
  seed_ = static_cast<uint64_t>(state.generator_seed());
  std::map<std::string, int> seen;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const std::string& name = nodes_[i].layer->name();
    const int index = seen[name]++;
    Random random(seed_, static_cast<uint64_t>(index_) << 32 | i);
    for (const caffe::GeneratorState& generator : state.generator()) {
      if (generator.net() == net && generator.layer() == name && generator.index() == index) {
        random.set_counter(generator.counter());
      }
    }
    nodes_[i].layer->set_random(random);
  }
}

}  // namespace crema
