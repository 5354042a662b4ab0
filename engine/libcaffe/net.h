#ifndef CREMA_ENGINE_LIBCAFFE_NET_H_
#define CREMA_ENGINE_LIBCAFFE_NET_H_

#include <memory>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/session.h"

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
  // What libcaffe calls around each layer.
  class Hook : public crema::libcaffe::CaffeNet::Callback {
   public:
    using Body = void (crema_net::*)(size_t layer);
    Hook(crema_net& net, Body body) : net_(net), body_(body) {}

   protected:
    void run(int layer) override { (net_.*body_)(static_cast<size_t>(layer)); }

   private:
    crema_net& net_;
    const Body body_;
  };

  // These note the layer that is about to run, and throw Error where libcaffe would write outside
  // of its memory.
  void BeforeForward(size_t layer);
  void AfterForward(size_t layer);
  void BeforeBackward(size_t layer);
  // The shapes of the layer's bottoms and tops in a row.
  std::vector<int> ShapesOf(size_t layer) const;
  // Shapes the layer and looks at what came of it.
  void ReshapeLayer(size_t layer);
  void CheckLayerIndex(int index) const;

  std::unique_ptr<crema::libcaffe::Session> own_session_;  // null for a solver's net
  crema::libcaffe::Session& session_;
  boost::shared_ptr<crema::libcaffe::CaffeNet> net_;
  // By layer: its shapes when it last ran forward.
  std::vector<std::vector<int>> shapes_;
  // By layer: whether it found no place of a maximum that its backward needs.
  std::vector<bool> lost_;
  Hook before_forward_{*this, &crema_net::BeforeForward};
  Hook after_forward_{*this, &crema_net::AfterForward};
  Hook before_backward_{*this, &crema_net::BeforeBackward};
};

#endif  // CREMA_ENGINE_LIBCAFFE_NET_H_
