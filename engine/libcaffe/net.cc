#include "engine/libcaffe/net.h"

#include <map>
#include <utility>

#include "engine/libcaffe/check_run.h"
#include "engine/libcaffe/place.h"
#include "engine/libcaffe/prepare.h"
#include "engine/shared/error.h"
#include "engine/shared/memory_limit.h"

using crema::InLayer;
using crema::Require;
using crema::libcaffe::CaffeBlob;
using crema::libcaffe::CaffeLayer;
using crema::libcaffe::CaffeNet;
using crema::libcaffe::Place;
using crema::libcaffe::Session;

namespace {

// Throws Error where the memory that the blobs have, or will have once they are used, is too much.
void CheckFits(const CaffeNet& net) {
  // Memory that several blobs share counts once.
  std::map<const caffe::SyncedMemory*, size_t> sizes;
  const bool trains = net.phase() == caffe::TRAIN;
  const auto add = [&](const CaffeBlob& blob, bool diff) {
    if (blob.count() == 0) return;
    sizes[blob.data().get()] = blob.data()->size();
    if (diff) sizes[blob.diff().get()] = blob.diff()->size();
  };
  for (const auto& blob : net.blobs()) add(*blob, false);
  for (size_t i = 0; i < net.layers().size(); ++i) {
    const bool diffs = trains && net.layer_need_backward()[i];
    for (const CaffeBlob* top : net.top_vecs()[i]) add(*top, diffs);
    for (const auto& param : net.layers()[i]->blobs()) add(*param, diffs);
  }
  int64_t bytes = 0;
  for (const auto& [memory, size] : sizes) bytes += static_cast<int64_t>(size);
  crema::CheckFits(bytes);
}

}  // namespace

std::unique_ptr<crema_net> crema_net::Make(caffe::NetParameter param, int64_t seed,
                                           const crema_host* host) {
  auto session = std::make_unique<Session>(host);
  crema::libcaffe::PrepareNet(param, session->host());
  session->Plan(param);
  boost::shared_ptr<CaffeNet> net;
  {
    const Session::Use use(*session);
    if (seed >= 0) caffe::Caffe::set_random_seed(static_cast<unsigned int>(seed));
    net.reset(new CaffeNet(param));
  }
  auto made = std::make_unique<crema_net>(std::move(net), *session);
  made->own_session_ = std::move(session);
  return made;
}

crema_net::crema_net(boost::shared_ptr<CaffeNet> net, Session& session)
    : session_(session),
      net_(std::move(net)),
      shapes_(net_->layers().size()),
      lost_(net_->layers().size()) {
  net_->add_before_forward(&before_forward_);
  net_->add_after_forward(&after_forward_);
  net_->add_before_backward(&before_backward_);
  for (size_t i = 0; i < net_->layers().size(); ++i) {
    const CaffeLayer& layer = *net_->layers()[i];
    const std::string& type = layer.layer_param().type();
    InLayer(layer.layer_param().name(), [&] {
      crema::libcaffe::CheckShapes(layer, net_->bottom_vecs()[i], net_->top_vecs()[i]);
    });
    if (type == "Input" || type == "DummyData")
      session_.LetReshape(net_->bottom_vecs()[i], net_->top_vecs()[i]);
  }
  CheckFits(*net_);
}

void crema_net::CheckLayerIndex(int index) const {
  const auto layers = static_cast<int>(net_->layers().size());
  Require(index >= 0 && index < layers, "Expected layers from 0 to ", layers - 1, " but found ",
          index);
}

float crema_net::Forward(int start, int end) {
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

void crema_net::Backward(int start, int end) {
  const auto last = static_cast<int>(net_->layers().size()) - 1;
  if (last < 0 && start < 0 && end < 0) return;
  if (start < 0) start = last;
  if (end < 0) end = 0;
  CheckLayerIndex(start);
  CheckLayerIndex(end);
  const Session::Use use(session_);
  net_->BackwardFromTo(start, end);
}

// As Net::Reshape does, but so that a check that fails knows its layer.
void crema_net::Reshape() {
  const Session::Use use(session_);
  for (size_t i = 0; i < net_->layers().size(); ++i) {
    Place::Enter(net_->layers()[i]->layer_param());
    ReshapeLayer(i);
  }
  session_.Sweep();
}

void crema_net::ReshapeLayer(size_t index) {
  CaffeLayer& layer = *net_->layers()[index];
  InLayer(layer.layer_param().name(), [&] {
    layer.Reshape(net_->bottom_vecs()[index], net_->top_vecs()[index]);
    crema::libcaffe::CheckShapes(layer, net_->bottom_vecs()[index], net_->top_vecs()[index]);
  });
}

void crema_net::BeforeForward(size_t index) {
  const CaffeLayer& layer = *net_->layers()[index];
  Place::Enter(layer.layer_param());
  // libcaffe shapes every layer before it runs it; this one a moment earlier.
  if (layer.layer_param().type() == "Pooling") ReshapeLayer(index);
  InLayer(layer.layer_param().name(),
          [&] { crema::libcaffe::CheckLabels(layer, net_->bottom_vecs()[index]); });
}

std::vector<int> crema_net::ShapesOf(size_t index) const {
  std::vector<int> all;
  for (const auto* blobs : {&net_->bottom_vecs()[index], &net_->top_vecs()[index]}) {
    for (const CaffeBlob* blob : *blobs) {
      all.push_back(blob->num_axes());
      all.insert(all.end(), blob->shape().begin(), blob->shape().end());
    }
  }
  return all;
}

void crema_net::AfterForward(size_t index) {
  if (!net_->layer_need_backward()[index]) return;
  shapes_[index] = ShapesOf(index);
  lost_[index] = crema::libcaffe::HasMaximumOfNaN(*net_->layers()[index], net_->top_vecs()[index]);
}

void crema_net::BeforeBackward(size_t index) {
  const CaffeLayer& layer = *net_->layers()[index];
  Place::Enter(layer.layer_param());
  if (!net_->layer_need_backward()[index]) return;
  InLayer(layer.layer_param().name(), [&] {
    Require(shapes_[index] == ShapesOf(index),
            "Expected backward after a forward with the same shapes but found none");
    Require(!lost_[index],
            "Expected every window to hold a number but found one of NaN alone, whose gradient "
            "libcaffe would write outside of the image");
    // They may have changed since.
    crema::libcaffe::CheckLabels(layer, net_->bottom_vecs()[index]);
  });
}
