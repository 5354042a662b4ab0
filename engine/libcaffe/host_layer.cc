#include "engine/libcaffe/host_layer.h"

#include <algorithm>
#include <memory>
#include <string>

#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/handles.h"
#include "engine/libcaffe/params.h"
#include "engine/libcaffe/place.h"
#include "engine/shared/error.h"
#include "engine/shared/running.h"

namespace crema::libcaffe {

namespace {

Error HostFailure(const std::string& layer, const std::string& message) {
  Error error(message, CREMA_HOST_FAILED);
  error.set_layer(layer);
  return error;
}

}  // namespace

HostLayer::HostLayer(const caffe::LayerParameter& param, Session& session, SharedParams& shared)
    : CaffeLayer(param),
      session_(session),
      shared_(shared),
      running_name_(Running::Keep(param.name())) {
  const Running running(running_name_, "constructor");
  const std::string bytes = param.SerializeAsString();
  id_ = session_.host().create(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (id_ <= 0) {
    throw HostFailure(param.name(), StrCat("Expected the host to make layer '", param.name(),
                                           "' of type '", param.type(), "' but it failed"));
  }
}

HostLayer::~HostLayer() { session_.host().destroy(id_); }

template <class Callback>
void HostLayer::Call(const char* method, const Callback& callback) {
  crema_status status;
  {
    const Place::Scope scope;  // The callback may run other nets.
    const Running running(running_name_, method);
    status = callback();
  }
  if (status == CREMA_OK) return;
  throw HostFailure(layer_param_.name(), StrCat("Expected ", method, " of layer '",
                                                layer_param_.name(), "' to succeed but it failed"));
}

void HostLayer::LayerSetUp(const std::vector<CaffeBlob*>& bottom,
                           const std::vector<CaffeBlob*>& top) {
  bottoms_ = bottom;
  tops_ = top;
  session_.LetReshape(bottom, top);
  setting_up_ = true;
  Call("setup", [&] { return session_.host().setup(id_, border::HandleOf<crema_layer>(this)); });
  setting_up_ = false;
  InLayer(layer_param_.name(), [&] { shared_.Add(layer_param_, blobs_); });
}

void HostLayer::Reshape(const std::vector<CaffeBlob*>&, const std::vector<CaffeBlob*>&) {
  Call("reshape", [&] { return session_.host().reshape(id_); });
}

void HostLayer::Forward_cpu(const std::vector<CaffeBlob*>&, const std::vector<CaffeBlob*>&) {
  Call("forward", [&] { return session_.host().forward(id_); });
  for (Kept& kept : kept_) {
    const CaffeBlob& top = *tops_[kept.top];
    if (top.count() > 0) kept.values.assign(top.cpu_data(), top.cpu_data() + top.count());
  }
}

void HostLayer::Backward_cpu(const std::vector<CaffeBlob*>&,
                             const std::vector<bool>& propagate_down,
                             const std::vector<CaffeBlob*>&) {
  // The plan of the backward pass does not change, so the bytes are made once.
  if (propagate_down_.empty()) propagate_down_.assign(propagate_down.begin(), propagate_down.end());
  SwapKept();
  try {
    Call("backward", [&] { return session_.host().backward(id_, propagate_down_.data()); });
  } catch (...) {
    SwapKept();
    throw;
  }
  SwapKept();
}

void HostLayer::SwapKept() {
  for (Kept& kept : kept_) {
    CaffeBlob& top = *tops_[kept.top];
    if (top.count() == 0) continue;
    std::swap_ranges(kept.values.begin(), kept.values.end(), top.mutable_cpu_data());
  }
}

void HostLayer::AddParam(const std::vector<int>& shape, const caffe::FillerParameter& filler) {
  Require(setting_up_,
          "Expected a parameter to be added in setup but found the call outside of it");
  CheckFiller(filler, &shape);
  if (added_ < blobs_.size()) {  // The values from the LayerParameter win.
    Require(blobs_[added_]->shape() == shape, "Expected parameter ", added_, " to have shape ",
            ShapeString(shape), " but found ", ShapeString(blobs_[added_]->shape()));
    ++added_;
    return;
  }
  boost::shared_ptr<CaffeBlob> blob(new CaffeBlob(shape));
  const std::unique_ptr<caffe::Filler<float>> fill(caffe::GetFiller<float>(filler));
  fill->Fill(blob.get());
  blobs_.push_back(blob);
  ++added_;
  param_propagate_down_.resize(blobs_.size(), true);
}

}  // namespace crema::libcaffe
