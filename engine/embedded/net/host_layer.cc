#include "engine/embedded/net/host_layer.h"

#include <string>

#include "engine/embedded/handles.h"
#include "engine/shared/running.h"

namespace crema {

HostLayer::HostLayer(const caffe::LayerParameter& param, const crema_host& host)
    : Layer(param), host_(host), running_name_(Running::Keep(name())) {
  const Running running(running_name_, "constructor");
  const std::string bytes = param.SerializeAsString();
  id_ = host_.create(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (id_ <= 0) {
    throw Error(StrCat("Expected the host to make layer '", name(), "' of type '", param.type(),
                       "' but it failed"),
                CREMA_HOST_FAILED);
  }
}

void HostLayer::SetUp(const Blobs& bottom, const Blobs& top) {
  bottoms_ = bottom;
  tops_ = top;
  setting_up_ = true;
  const Running running(running_name_, "setup");
  const crema_status status = host_.setup(id_, border::HandleOf<crema_layer>(this));
  setting_up_ = false;
  Check(status, "setup");
}

void HostLayer::Reshape(const Blobs&, const Blobs&) {
  const Running running(running_name_, "reshape");
  Check(host_.reshape(id_), "reshape");
}

void HostLayer::Forward(const Blobs&, const Blobs&) {
  const Running running(running_name_, "forward");
  Check(host_.forward(id_), "forward");
}

void HostLayer::Backward(const Blobs&, const Flags& propagate_down, const Blobs&) {
  // The plan of the backward pass does not change, so the bytes are made once.
  if (propagate_down_.empty()) propagate_down_.assign(propagate_down.begin(), propagate_down.end());
  const Running running(running_name_, "backward");
  Check(host_.backward(id_, propagate_down_.data()), "backward");
}

void HostLayer::AddHostParam(const Shape& shape, const caffe::FillerParameter& filler) {
  Require(setting_up_,
          "Expected a parameter to be added in setup but found the call outside of it");
  AddParam(shape, filler);
}

void HostLayer::Check(crema_status status, const char* method) const {
  if (status == CREMA_OK) return;
  throw Error(StrCat("Expected ", method, " of layer '", name(), "' to succeed but it failed"),
              CREMA_HOST_FAILED);
}

}  // namespace crema
