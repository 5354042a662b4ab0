// How a net is built: finds blobs by name, sets up the layers in order, shares parameters, and
// plans the backward pass. Follows Net::Init of Caffe 1.0.
#include <algorithm>
#include <set>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/net/host_layer.h"
#include "engine/embedded/net/insert_splits.h"
#include "engine/embedded/net/net.h"
#include "engine/embedded/net/net_params.h"
#include "engine/shared/memory_limit.h"

namespace crema {

namespace {

// Types that the host always implements.
bool IsHostType(const std::string& type) {
  return type == "Script" || type == "Python" || type == "Data";
}

int64_t BytesOf(const Blob& blob) { return blob.count() * static_cast<int64_t>(sizeof(float)); }

void CheckArity(const Layer& layer, const Net::Node& node) {
  const Arity arity = layer.arity();
  const int bottoms = static_cast<int>(node.bottoms.size()),
            tops = static_cast<int>(node.tops.size());
  const auto check = [&](int found, int least, int most, const char* what) {
    if (found >= least && found <= most) return;
    const std::string range = least == most         ? StrCat(least)
                              : most == Arity::kAny ? StrCat("at least ", least)
                                                    : StrCat(least, " to ", most);
    throw Error(StrCat("Expected a ", layer.param().type(), " layer to have ", range, " ", what,
                       least == 1 && most == 1 ? "" : "s", " but found ", found));
  };
  check(bottoms, arity.min_bottoms, arity.max_bottoms, "bottom");
  check(tops, arity.min_tops, arity.max_tops, "top");
  Require(!arity.same_number || bottoms == tops, "Expected a ", layer.param().type(),
          " layer to have as many tops as bottoms but found ", bottoms, " bottoms and ", tops,
          " tops");
}

}  // namespace

Net::Net(const caffe::NetParameter& given, uint64_t seed, uint32_t index, const crema_host& host,
         std::shared_ptr<Arena> arena)
    : name_(given.name()),
      phase_(given.state().phase()),
      state_(given.state()),
      seed_(seed),
      index_(index),
      force_(given.force_backward()),
      release_(host.release),
      arena_(std::move(arena)) {
  Require(given.layers_size() == 0 && given.input_size() == 0,
          "Expected an upgraded net (layer, Input layers) but found the old form (layers, input)");
  const caffe::NetParameter param = InsertSplits(given);
  // While the net is built, references to nodes are held.
  nodes_.reserve(static_cast<size_t>(param.layer_size()));
  MemoryPlan plan(AvailableMemory());
  for (caffe::LayerParameter layer : param.layer()) {
    if (!layer.has_phase()) layer.set_phase(phase_);
    RunInLayer(layer.name(), [&] { AddNode(layer, host, plan); });
  }
  PlanBackward();
  OpenHostBlobs();
  plan_ = Plan(nodes_);
  for (size_t i = 0; i < blobs_.size(); ++i) {
    if (!taken_[i]) outputs_.push_back(static_cast<int>(i));
  }
  PlanMemory(plan);
  // Caffe's order.
  std::sort(outputs_.begin(), outputs_.end(), [&](int a, int b) {
    return blob_names_[static_cast<size_t>(a)] < blob_names_[static_cast<size_t>(b)];
  });
}

std::unique_ptr<Layer> Net::MakeLayer(const caffe::LayerParameter& param,
                                      const crema_host& host) const {
  const LayerMaker maker = IsHostType(param.type()) ? nullptr : FindLayer(param.type());
  if (maker != nullptr) return maker(param);
  if (host.create == nullptr) {
    throw Error(StrCat("Expected a layer type that the engine has but found '", param.type(), "'"));
  }
  return std::make_unique<HostLayer>(param, host);
}

void Net::AddNode(const caffe::LayerParameter& param, const crema_host& host, MemoryPlan& plan) {
  Require(param.propagate_down_size() == 0 || param.propagate_down_size() == param.bottom_size(),
          "Expected propagate_down for none or for each of the ", param.bottom_size(),
          " bottoms but found ", param.propagate_down_size());
  caffe::LayerParameter own = param;
  own.clear_blobs();
  nodes_.emplace_back();
  Node& node = nodes_.back();
  node.layer = MakeLayer(own, host);
  Layer& layer = *node.layer;
  layer.set_random(Random(seed_, static_cast<uint64_t>(index_) << 32 | (nodes_.size() - 1)));

  for (int i = 0; i < param.bottom_size(); ++i) AddBottom(param, i, node);
  for (int i = 0; i < param.top_size(); ++i) AddTop(param, i, node);
  AddMissingTops(node);
  CheckArity(layer, node);

  node.bottom_versions.resize(node.bottoms.size());
  node.top_versions.resize(node.tops.size());
  node.loss_versions.assign(node.tops.size(), 0);
  const int tops = static_cast<int>(node.tops.size());
  Require(param.loss_weight_size() == 0 || param.loss_weight_size() == tops,
          "Expected loss_weight for none or for each of the ", tops, " tops but found ",
          param.loss_weight_size());
  for (size_t i = 0; i < node.tops.size(); ++i) {
    const int top = static_cast<int>(i);
    const float weight =
        top < param.loss_weight_size() ? param.loss_weight(top) : layer.DefaultLossWeight(top);
    node.loss_weights.push_back(weight);
    blob_loss_weights_[static_cast<size_t>(node.top_ids[i])] = weight;
  }

  layer.set_memory_plan(&plan);
  layer.SetUp(node.bottoms, node.tops);
  layer.set_memory_plan(nullptr);
  if (param.blobs_size() > 0) CopyBlobs(param, layer);
  for (const auto& blob : layer.blobs()) {
    blob->set_release(release_);
    blob->set_fixed_shape(true);
  }
  AddParams(param, node, plan);
  ReshapeNode(node);
  PlanData(node, plan);
  for (int id : node.top_ids) {
    if (node.needs_backward) blob_needs_backward_[static_cast<size_t>(id)] = true;
  }
}

int Net::AddBlob(const std::string& name) {
  blobs_.push_back(std::make_unique<Blob>());
  blobs_.back()->set_release(release_);
  blob_names_.push_back(name);
  blob_loss_weights_.push_back(0);
  blob_needs_backward_.push_back(false);
  taken_.push_back(false);
  return static_cast<int>(blobs_.size()) - 1;
}

void Net::AddBottom(const caffe::LayerParameter& param, int index, Node& node) {
  const std::string& name = param.bottom(index);
  const auto found = blob_ids_.find(name);
  Require(found != blob_ids_.end() && !taken_[static_cast<size_t>(found->second)],
          "Expected bottom '", name,
          "' to be the top of a layer before this one but found none of that name");
  const auto id = static_cast<size_t>(found->second);
  taken_[id] = true;
  node.bottoms.push_back(blobs_[id].get());
  node.bottom_ids.push_back(found->second);
  const bool wanted = param.propagate_down_size() > 0 ? param.propagate_down(index)
                                                      : bool{blob_needs_backward_[id]};
  node.propagate_down.push_back(wanted);
  node.needs_backward |= blob_needs_backward_[id];
}

void Net::AddTop(const caffe::LayerParameter& param, int index, Node& node) {
  const std::string& name = param.top(index);
  const auto found = blob_ids_.find(name);
  int id;
  if (found != blob_ids_.end() && index < param.bottom_size() && name == param.bottom(index)) {
    id = found->second;  // In place.
    const size_t at = static_cast<size_t>(id);
    taken_[at] = false;
    if (Overwrites(node, *blobs_[at])) GiveOwnTop(at, static_cast<size_t>(index), node);
  } else {
    Require(found == blob_ids_.end(),
            "Expected each top to be made by one layer but found another '", name,
            "': only a layer whose bottom and top have the same position may work in place");
    id = AddBlob(name);
    blob_ids_[name] = id;
    if (param.type() == "Input") inputs_.push_back(id);
    // Tops of data layers and of host layers may be reshaped from outside.
    const bool outside = param.type() == "Input" || param.type() == "DummyData" ||
                         dynamic_cast<HostLayer*>(node.layer.get()) != nullptr;
    blobs_[static_cast<size_t>(id)]->set_fixed_shape(!outside);
  }
  node.tops.push_back(blobs_[static_cast<size_t>(id)].get());
  node.top_ids.push_back(id);
}

// Whether the node, the last one, would overwrite in place what a layer before it reads in its
// backward pass, what it reads itself by way of another bottom that uses the same memory, or what
// is yet to be read in that way.
bool Net::Overwrites(const Node& last, Blob& blob) const {
  const Kept left = last.layer->LeavesInPlace();
  if (left == Kept::kAll) return false;
  for (Blob* other : last.bottoms) {
    if (other != &blob && &other->data() == &blob.data()) return true;
  }
  for (size_t i = 0; i < blobs_.size(); ++i) {
    if (!taken_[i] && blobs_[i].get() != &blob && &blobs_[i]->data() == &blob.data()) return true;
  }
  const auto holds = [&](const Blobs& blobs) {
    return std::any_of(blobs.begin(), blobs.end(),
                       [&](Blob* other) { return &other->data() == &blob.data(); });
  };
  for (size_t i = 0; i + 1 < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!node.needs_backward && (!force_ || node.bottoms.empty())) continue;
    const BackwardReads reads = node.layer->Reads(node.bottoms, node.tops);
    if (reads.bottoms > left && holds(node.bottoms)) return true;
    if (reads.tops > left && holds(node.tops)) return true;
  }
  return false;
}

// The layers before this one go on with the blob that they have; the net, and the layers after,
// know the new one by its name. Gradients overwrite each other as in place. So does what is put
// into the net: the new blob holds it until an Input layer hands it on.
void Net::GiveOwnTop(size_t id, size_t index, Node& node) {
  auto own = std::make_unique<Blob>(blobs_[id]->shape());
  own->set_release(release_);
  own->set_fixed_shape(blobs_[id]->fixed_shape());
  own->ShareDiff(*blobs_[id]);
  for (Node& maker : nodes_) {
    if (maker.layer->param().type() != "Input") continue;
    if (std::find(maker.tops.begin(), maker.tops.end(), blobs_[id].get()) != maker.tops.end())
      maker.replaced.emplace_back(blobs_[id].get(), id);
  }
  hidden_blobs_.push_back(std::move(blobs_[id]));
  blobs_[id] = std::move(own);
  node.apart.push_back(index);
}

void Net::AddMissingTops(Node& node) {
  if (!node.layer->MakesMissingTops()) return;
  const Arity arity = node.layer->arity();
  while (static_cast<int>(node.tops.size()) < arity.min_tops) {
    const int id = AddBlob("(automatic)");
    taken_[static_cast<size_t>(id)] = true;  // No output, as it has no name.
    node.tops.push_back(blobs_[static_cast<size_t>(id)].get());
    node.top_ids.push_back(id);
  }
}

void Net::AddParams(const caffe::LayerParameter& param, Node& node, MemoryPlan& plan) {
  Layer& layer = *node.layer;
  Require(param.param_size() <= static_cast<int>(layer.blobs().size()), "Expected at most ",
          layer.blobs().size(), " param entries, as the layer has that many parameters, but found ",
          param.param_size());
  for (size_t i = 0; i < layer.blobs().size(); ++i) {
    const bool given = static_cast<int>(i) < param.param_size();
    caffe::ParamSpec spec = given ? param.param(static_cast<int>(i)) : caffe::ParamSpec();
    if (!layer.LearnsParam(i)) spec.set_lr_mult(0);
    layer.set_param_propagate_down(i, force_ || spec.lr_mult() != 0);
    node.needs_backward |= spec.lr_mult() != 0;

    const auto shared = spec.name().empty() ? param_owners_.end() : param_owners_.find(spec.name());
    if (shared == param_owners_.end()) {
      if (!spec.name().empty()) {
        param_owners_[spec.name()] = {nodes_.size() - 1, i, learnables_.size(), spec.has_lr_mult(),
                                      spec.has_decay_mult()};
      }
      learnables_.push_back({layer.blobs()[i].get(), spec.lr_mult(), spec.decay_mult()});
      continue;
    }
    ParamOwner& owner = shared->second;
    Layer& owner_layer = *nodes_[owner.node].layer;
    Blob& owned = *owner_layer.blobs()[owner.param];
    Blob& own = *layer.blobs()[i];
    const bool permissive = spec.share_mode() == caffe::ParamSpec_DimCheckMode_PERMISSIVE;
    Require(permissive ? own.count() == owned.count() : own.shape() == owned.shape(),
            "Expected parameter '", spec.name(), "' to have the shape that its owner, layer '",
            owner_layer.name(), "', gave it, ", ShapeString(owned.shape()), ", but found ",
            ShapeString(own.shape()));
    Learnable& learnable = learnables_[owner.learnable];
    const auto agree = [&](bool has, bool& owner_has, float value, float& owner_value,
                           const char* what) {
      if (!has) return;
      Require(!owner_has || value == owner_value, "Expected shared parameter '", spec.name(),
              "' to have a single ", what, " but found ", owner_value, " and ", value);
      owner_has = true;
      owner_value = value;
    };
    agree(spec.has_lr_mult(), owner.has_lr_mult, spec.lr_mult(), learnable.lr_mult, "lr_mult");
    agree(spec.has_decay_mult(), owner.has_decay_mult, spec.decay_mult(), learnable.decay_mult,
          "decay_mult");
    plan.Remove(&own.data());
    own.ShareData(owned);
    own.ShareDiff(owned);
    shared_params_.push_back({&own, &owned});
  }
}

// A storage that several blobs share counts once. What is recycled is counted when all layers are
// known.
void Net::PlanData(Node& node, MemoryPlan& plan) const {
  if (arena_ != nullptr) return;
  const auto add = [&](Blob& blob) { plan.Add(&blob.data(), BytesOf(blob)); };
  for (Blob* top : node.tops) add(*top);
  for (const auto& param : node.layer->blobs()) add(*param);
}

void Net::PlanMemory(MemoryPlan& plan) {
  if (arena_ != nullptr) {
    planned_memory_ = PlanLifetimes().PeakBytes(nodes_, plan_);
    CheckFits(planned_memory_, plan.limit());
    return;
  }
  for (Node& node : nodes_) {
    InLayer(node.layer->name(), [&] {
      PlanData(node, plan);
      if (phase_ != caffe::TRAIN || !node.needs_backward) return;
      const auto add = [&](Blob& blob) { plan.Add(&blob.diff(), BytesOf(blob)); };
      for (Blob* top : node.tops) add(*top);
      for (const auto& param : node.layer->blobs()) add(*param);
    });
  }
  planned_memory_ = plan.bytes();
}

Lifetimes Net::PlanLifetimes() {
  Blobs kept;
  for (const int id : outputs_) kept.push_back(blobs_[static_cast<size_t>(id)].get());
  // What is put into the net waits here for the next pass.
  for (const Node& node : nodes_) {
    for (const auto& [top, id] : node.replaced) kept.push_back(blobs_[id].get());
  }
  Lifetimes lifetimes(nodes_, plan_, kept, options_.recompute);
  lifetimes.UseArena(arena_);
  return lifetimes;
}

void Net::OpenHostBlobs() {
  for (const Node& node : nodes_) {
    if (dynamic_cast<HostLayer*>(node.layer.get()) == nullptr) continue;
    for (const Blobs* blobs : {&node.bottoms, &node.tops}) {
      for (Blob* blob : *blobs) {
        blob->data().Open();
        if (node.needs_backward) blob->diff().Open();
      }
    }
  }
}

void Net::PlanBackward() {
  // From the losses down: a layer runs backward if something below it wants a gradient and
  // something above it is a loss.
  std::set<std::string> under_loss, skipped;
  for (size_t i = nodes_.size(); i-- > 0;) {
    Node& node = nodes_[i];
    bool contributes = false, skip = true;
    for (size_t t = 0; t < node.tops.size(); ++t) {
      const std::string& name = blob_names_[static_cast<size_t>(node.top_ids[t])];
      if (node.loss_weights[t] != 0 || under_loss.contains(name)) contributes = true;
      if (!skipped.contains(name)) skip = false;
      if (contributes && !skip) break;
    }
    if (skip || !contributes) node.needs_backward = false;
    for (size_t b = 0; b < node.bottoms.size(); ++b) {
      const std::string& name = blob_names_[static_cast<size_t>(node.bottom_ids[b])];
      if (contributes) {
        under_loss.insert(name);
      } else {
        node.propagate_down[b] = false;
      }
      if (!node.needs_backward) node.propagate_down[b] = false;
      if (!node.propagate_down[b]) skipped.insert(name);
    }
  }
  if (!force_) {
    if (arena_ == nullptr || phase_ != caffe::TEST) return;
    for (Node& node : nodes_) {
      node.needs_backward = false;
      node.propagate_down.assign(node.bottoms.size(), false);
    }
    return;
  }
  for (Node& node : nodes_) {
    // Data layers have nothing to run backward.
    node.needs_backward = !node.bottoms.empty() || !node.layer->blobs().empty();
    for (size_t b = 0; b < node.bottoms.size(); ++b) {
      if (node.layer->AllowForceBackward(static_cast<int>(b))) node.propagate_down[b] = true;
    }
  }
}

}  // namespace crema
