#ifndef CREMA_FFI_LIBCAFFE_NET_H_
#define CREMA_FFI_LIBCAFFE_NET_H_

#include <memory>

#include "ffi/libcaffe/caffe.h"
#include "ffi/libcaffe/place.h"
#include "ffi/libcaffe/session.h"

// A net of libcaffe's.
struct crema_net {
 public:
  // For a net of its own. Throws Error. `seed` < 0: by chance.
  static std::unique_ptr<crema_net> Make(caffe::NetParameter param, int64_t seed,
                                         const crema_host* host);
  // For a net that belongs to a solver.
  crema_net(boost::shared_ptr<crema::libcaffe::CaffeNet> net, crema::libcaffe::Session& session);
  crema_net(const crema_net&) = delete;
  crema_net& operator=(const crema_net&) = delete;

  crema::libcaffe::CaffeNet& net() const { return *net_; }
  crema::libcaffe::Session& session() const { return session_; }

  // Layers start..end, both included; -1 for the first or last. Throw Error.
  float Forward(int start, int end);
  void Backward(int start, int end);
  void Reshape();

 private:
  // Notes the layer that is about to run.
  class Marker : public crema::libcaffe::CaffeNet::Callback {
   public:
    explicit Marker(const crema::libcaffe::CaffeNet& net) : net_(net) {}

   protected:
    void run(int layer) override {
      crema::libcaffe::Place::Enter(net_.layers()[static_cast<size_t>(layer)]->layer_param());
    }

   private:
    const crema::libcaffe::CaffeNet& net_;
  };

  void CheckLayerIndex(int index) const;

  std::unique_ptr<crema::libcaffe::Session> own_session_;  // null for a solver's net
  crema::libcaffe::Session& session_;
  boost::shared_ptr<crema::libcaffe::CaffeNet> net_;
  Marker marker_;
};

#endif  // CREMA_FFI_LIBCAFFE_NET_H_
