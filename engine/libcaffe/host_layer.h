#ifndef CREMA_ENGINE_LIBCAFFE_HOST_LAYER_H_
#define CREMA_ENGINE_LIBCAFFE_HOST_LAYER_H_

#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/session.h"

namespace crema::libcaffe {

// A layer that the host implements, on the other side of crema.h. libcaffe runs it in place of its
// Python layer. The handle crema_layer points to one.
//
// If a callback fails, a crema::Error passes through libcaffe, which is exception-neutral, to the
// call that the host made.
class HostLayer : public CaffeLayer {
 public:
  HostLayer(const caffe::LayerParameter& param, Session& session, SharedParams& shared);
  ~HostLayer() override;

  void LayerSetUp(const std::vector<CaffeBlob*>& bottom,
                  const std::vector<CaffeBlob*>& top) override;
  void Reshape(const std::vector<CaffeBlob*>& bottom, const std::vector<CaffeBlob*>& top) override;
  const char* type() const override { return layer_param_.type().c_str(); }

  Session& session() const { return session_; }
  const std::vector<CaffeBlob*>& bottoms() const { return bottoms_; }
  const std::vector<CaffeBlob*>& tops() const { return tops_; }
  const std::vector<boost::shared_ptr<CaffeBlob>>& params() const { return blobs_; }
  // For crema_layer_add_param. Throws Error outside of setup, or if `filler` makes no sense.
  void AddParam(const std::vector<int>& shape, const caffe::FillerParameter& filler);
  // Has the layer find the values of a top as its forward left them when it runs backward, whatever
  // layers that work on it in place made of them: nobody but the host knows what it reads.
  void KeepTop(size_t index) { kept_.push_back({index, {}}); }

 protected:
  void Forward_cpu(const std::vector<CaffeBlob*>& bottom,
                   const std::vector<CaffeBlob*>& top) override;
  void Backward_cpu(const std::vector<CaffeBlob*>& top, const std::vector<bool>& propagate_down,
                    const std::vector<CaffeBlob*>& bottom) override;

 private:
  struct Kept {
    size_t top;
    std::vector<float> values;
  };

  // Exchanges the values of the kept tops and what was kept of them.
  void SwapKept();
  // Runs a callback; throws Error if it fails.
  template <class Callback>
  void Call(const char* method, const Callback& callback);

  Session& session_;
  SharedParams& shared_;  // used while the net is made
  int32_t id_ = 0;
  const char* const running_name_;
  bool setting_up_ = false;
  size_t added_ = 0;
  std::vector<CaffeBlob*> bottoms_, tops_;
  std::vector<uint8_t> propagate_down_;
  std::vector<Kept> kept_;
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_HOST_LAYER_H_
