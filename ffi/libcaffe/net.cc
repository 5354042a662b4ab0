#include "ffi/libcaffe/net.h"

#include <utility>

#include "engine/core/error.h"
#include "ffi/libcaffe/prepare.h"

using crema::Require;
using crema::libcaffe::CaffeLayer;
using crema::libcaffe::CaffeNet;
using crema::libcaffe::Place;
using crema::libcaffe::Session;

std::unique_ptr<crema_net> crema_net::Make(caffe::NetParameter param, int64_t seed,
                                           const crema_host* host) {
  auto session = std::make_unique<Session>(host);
  crema::libcaffe::PrepareNet(param, session->host());
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
    : session_(session), net_(std::move(net)), marker_(*net_) {
  net_->add_before_forward(&marker_);
  net_->add_before_backward(&marker_);
  for (size_t i = 0; i < net_->layers().size(); ++i) {
    const std::string& type = net_->layers()[i]->layer_param().type();
    if (type == "Input" || type == "DummyData")
      session_.LetReshape(net_->bottom_vecs()[i], net_->top_vecs()[i]);
  }
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
    CaffeLayer& layer = *net_->layers()[i];
    Place::Enter(layer.layer_param());
    layer.Reshape(net_->bottom_vecs()[i], net_->top_vecs()[i]);
  }
  session_.Sweep();
}
