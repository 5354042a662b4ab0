#ifndef CREMA_ENGINE_EMBEDDED_NET_HOST_LAYER_H_
#define CREMA_ENGINE_EMBEDDED_NET_HOST_LAYER_H_

#include "engine/embedded/core/layer.h"
#include "ffi/crema.h"

namespace crema {

// A layer that the host implements, on the other side of crema.h. The handle crema_layer points to
// one.
class HostLayer : public Layer {
 public:
  HostLayer(const caffe::LayerParameter& param, const crema_host& host);
  ~HostLayer() override { host_.destroy(id_); }

  Arity arity() const override { return {}; }
  bool ReshapesAlways() const override { return true; }
  Kept LeavesInPlace() const override { return Kept::kNone; }
  void SetUp(const Blobs& bottom, const Blobs& top) override;
  void Reshape(const Blobs& bottom, const Blobs& top) override;
  void Forward(const Blobs& bottom, const Blobs& top) override;
  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override;

  const Blobs& bottoms() const { return bottoms_; }
  const Blobs& tops() const { return tops_; }
  // For crema_layer_add_param. Throws Error outside of SetUp.
  void AddHostParam(const Shape& shape, const caffe::FillerParameter& filler);

 private:
  void Check(crema_status status, const char* method) const;

  const crema_host host_;
  int32_t id_ = 0;
  const char* const running_name_;
  bool setting_up_ = false;
  Blobs bottoms_, tops_;
  std::vector<uint8_t> propagate_down_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_HOST_LAYER_H_
