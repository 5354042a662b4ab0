#include "engine/libcaffe/net.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/libcaffe/check_bottoms.h"
#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/check_run.h"
#include "engine/libcaffe/host_layer.h"
#include "engine/libcaffe/overwrites.h"
#include "engine/libcaffe/place.h"
#include "engine/libcaffe/prepare.h"
#include "engine/shared/error.h"
#include "engine/shared/memory_limit.h"

namespace crema::libcaffe {

namespace {

// Throws Error where the memory that the blobs have, or will have once they are used, is too much.
// libcaffe allocates it when it is first used, so that only parameters have theirs by now.
void CheckMemory(const CaffeNet& net) {
  // Each memory that blobs share, once.
  std::set<const caffe::SyncedMemory*> seen;
  int64_t held = 0;
  const auto hold = [&](const boost::shared_ptr<caffe::SyncedMemory>& memory) {
    if (memory == nullptr || memory->head() == caffe::SyncedMemory::UNINITIALIZED) return;
    if (seen.insert(memory.get()).second) held += static_cast<int64_t>(memory->size());
  };
  for (const auto& param : net.params()) {
    hold(MemoryOf(*param, false));
    hold(MemoryOf(*param, true));
  }
  for (const auto& blob : net.blobs()) {
    hold(MemoryOf(*blob, false));
    hold(MemoryOf(*blob, true));
  }
  MemoryPlan plan(AvailableMemory() + held);
  const bool trains = net.phase() == caffe::TRAIN;
  for (size_t i = 0; i < net.layers().size(); ++i) {
    const bool diffs = trains && net.layer_need_backward()[i];
    const auto add = [&](const CaffeBlob& blob) {
      if (blob.count() == 0) return;
      plan.Add(blob.data().get(), static_cast<int64_t>(blob.data()->size()));
      if (diffs) plan.Add(blob.diff().get(), static_cast<int64_t>(blob.diff()->size()));
    };
    InLayer(net.layer_names()[i], [&] {
      for (const CaffeBlob* top : net.top_vecs()[i]) add(*top);
      for (const auto& param : net.layers()[i]->blobs()) add(*param);
    });
  }
}

}  // namespace

std::unique_ptr<Net> Net::Make(caffe::NetParameter param, int64_t seed, const crema_host* host) {
  auto session = std::make_unique<Session>(host);
  PrepareNet(param, session->host());
  session->Plan(param);
  boost::shared_ptr<CaffeNet> net;
  {
    const Session::Use use(*session);
    if (seed >= 0) caffe::Caffe::set_random_seed(static_cast<unsigned int>(seed));
    net.reset(new CaffeNet(param));
  }
  auto made = std::make_unique<Net>(std::move(net), *session);
  made->own_session_ = std::move(session);
  return made;
}

Net::Net(boost::shared_ptr<CaffeNet> net, Session& session)
    : session_(session),
      net_(std::move(net)),
      shapes_(net_->layers().size()),
      weighted_(net_->layers().size()),
      lost_(net_->layers().size()),
      overwrites_(FindOverwrites(*net_)),
      spent_(net_->layers().size()),
      forward_seconds_(net_->layers().size()),
      backward_seconds_(net_->layers().size()) {
  net_->add_before_forward(&before_forward_);
  net_->add_after_forward(&after_forward_);
  net_->add_before_backward(&before_backward_);
  net_->add_after_backward(&after_backward_);
  for (size_t i = 0; i < net_->layers().size(); ++i) {
    const CaffeLayer& layer = *net_->layers()[i];
    const std::string& type = layer.layer_param().type();
    weighted_[i] = ShapesOf(i);
    InLayer(layer.layer_param().name(),
            [&] { CheckShapes(layer, net_->bottom_vecs()[i], net_->top_vecs()[i]); });
    if (type == "Input" || type == "DummyData")
      session_.LetReshape(net_->bottom_vecs()[i], net_->top_vecs()[i]);
    // Other nets may never run backward.
    if (net_->phase() == caffe::TRAIN && net_->layer_need_backward()[i])
      InLayer(layer.layer_param().name(),
              [&] { Require(overwrites_.wrong[i].empty(), overwrites_.wrong[i]); });
    if (!net_->layer_need_backward()[i]) continue;
    if (auto* host = dynamic_cast<HostLayer*>(net_->layers()[i].get())) {
      for (const size_t top : overwrites_.kept[i]) host->KeepTop(top);
    }
  }
  CheckMemory(*net_);
}

void Net::CheckLayerIndex(int index) const {
  const auto layers = static_cast<int>(net_->layers().size());
  Require(index >= 0 && index < layers, "Expected layers from 0 to ", layers - 1, " but found ",
          index);
}

float Net::Forward(int start, int end) {
  const auto last = static_cast<int>(net_->layers().size()) - 1;
  if (last < 0 && start < 0 && end < 0) return 0;
  if (start < 0) start = 0;
  if (end < 0) end = last;
  CheckLayerIndex(start);
  CheckLayerIndex(end);
  const Session::Use use(session_);
  const float loss = net_->ForwardFromTo(start, end);
  session_.Sweep();
  return loss;
}

void Net::Backward(int start, int end) {
  const auto last = static_cast<int>(net_->layers().size()) - 1;
  if (last < 0 && start < 0 && end < 0) return;
  if (start < 0) start = last;
  if (end < 0) end = 0;
  CheckLayerIndex(start);
  CheckLayerIndex(end);
  const Session::Use use(session_);
  net_->BackwardFromTo(start, end);
}

// Like libcaffe's Net::Reshape, except that a check that fails knows its layer.
void Net::Reshape() {
  const Session::Use use(session_);
  for (size_t i = 0; i < net_->layers().size(); ++i) {
    Place::Enter(net_->layers()[i]->layer_param());
    ReshapeLayer(i);
  }
  session_.Sweep();
}

void Net::ReshapeLayer(size_t index) {
  CaffeLayer& layer = *net_->layers()[index];
  CheckBottomsOf(index);
  InLayer(layer.layer_param().name(), [&] {
    layer.Reshape(net_->bottom_vecs()[index], net_->top_vecs()[index]);
    CheckShapes(layer, net_->bottom_vecs()[index], net_->top_vecs()[index]);
  });
}

void Net::CheckBottomsOf(size_t index) const {
  CaffeLayer& layer = *net_->layers()[index];
  if (dynamic_cast<const HostLayer*>(&layer) != nullptr) return;
  InLayer(layer.layer_param().name(), [&] {
    const std::vector<CaffeBlob*>& tops = net_->top_vecs()[index];
    const caffe::LayerParameter& param = layer.layer_param();
    CheckBottoms(param, layer.blobs(), net_->bottom_vecs()[index], tops.size(), false);
    for (size_t i = 0; param.type() == "DummyData" && i < tops.size(); ++i)
      CheckDummyTop(param.dummy_data_param(), static_cast<int>(i), tops[i]->shape());
  });
}

void Net::SetLossWeights(size_t index) const {
  const CaffeLayer& layer = *net_->layers()[index];
  const std::vector<CaffeBlob*>& tops = net_->top_vecs()[index];
  for (size_t i = 0; i < tops.size(); ++i) {
    const float weight = layer.loss(static_cast<int>(i));
    if (weight != 0) std::fill_n(tops[i]->mutable_cpu_diff(), tops[i]->count(), weight);
  }
}

void Net::BeforeForward(size_t index) {
  watch_.Lap();
  const CaffeLayer& layer = *net_->layers()[index];
  Place::Enter(layer.layer_param());
  CheckBottomsOf(index);
  // libcaffe shapes every layer before it runs it; this one a moment earlier.
  if (layer.layer_param().type() == "Pooling") ReshapeLayer(index);
  InLayer(layer.layer_param().name(), [&] { CheckLabels(layer, net_->bottom_vecs()[index]); });
}

std::vector<int> Net::ShapesOf(size_t index) const {
  std::vector<int> all;
  for (const auto* blobs : {&net_->bottom_vecs()[index], &net_->top_vecs()[index]}) {
    for (const CaffeBlob* blob : *blobs) {
      all.push_back(blob->num_axes());
      all.insert(all.end(), blob->shape().begin(), blob->shape().end());
    }
  }
  return all;
}

void Net::AfterForward(size_t index) {
  forward_seconds_[index] += watch_.Lap();
  if (!net_->layer_need_backward()[index]) return;
  shapes_[index] = ShapesOf(index);
  if (shapes_[index] != weighted_[index]) SetLossWeights(index);
  weighted_[index] = shapes_[index];
  spent_[index] = false;
  lost_[index] = HasMaximumOfNaN(*net_->layers()[index], net_->top_vecs()[index]);
}

void Net::BeforeBackward(size_t index) {
  watch_.Lap();
  const CaffeLayer& layer = *net_->layers()[index];
  Place::Enter(layer.layer_param());
  if (!net_->layer_need_backward()[index]) return;
  InLayer(layer.layer_param().name(), [&] {
    Require(shapes_[index] == ShapesOf(index),
            "Expected backward after a forward with the same shapes but found none");
    Require(!lost_[index],
            "Expected every window to hold a number but found one with nothing but NaN, whose "
            "gradient libcaffe would write outside the image");
    Require(overwrites_.wrong[index].empty(), overwrites_.wrong[index]);
    CheckPropagates(layer, net_->bottom_need_backward()[index]);
    Require(
        !spent_[index] || !RunsBackwardOnce(layer),
        "Expected a forward before another backward, since libcaffe keeps what this layer needs "
        "where its gradient goes, but found none");
    spent_[index] = true;
    // They may have changed since forward.
    CheckLabels(layer, net_->bottom_vecs()[index]);
  });
}

void Net::AfterBackward(size_t index) { backward_seconds_[index] += watch_.Lap(); }

}  // namespace crema::libcaffe
