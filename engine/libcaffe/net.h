#ifndef CREMA_ENGINE_LIBCAFFE_NET_H_
#define CREMA_ENGINE_LIBCAFFE_NET_H_

#include <memory>
#include <string>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/overwrites.h"
#include "engine/libcaffe/session.h"
#include "engine/shared/stopwatch.h"

namespace crema::libcaffe {

// A libcaffe net.
class Net {
 public:
  // Makes a net that has its own session. Throws Error. A `seed` < 0 asks for a random one.
  static std::unique_ptr<Net> Make(caffe::NetParameter param, int64_t seed, const crema_host* host);
  // Wraps a net that belongs to a solver.
  Net(boost::shared_ptr<CaffeNet> net, Session& session);
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;

  CaffeNet& net() const { return *net_; }
  Session& session() const { return session_; }

  // Runs layers start..end, both included; -1 stands for the first or last layer. Throws Error, as
  // the other two do.
  float Forward(int start, int end);
  void Backward(int start, int end);
  void Reshape();

  // Seconds that each layer has taken in all passes.
  const std::vector<double>& seconds(bool backward) const {
    return backward ? backward_seconds_ : forward_seconds_;
  }

 private:
  // Called by libcaffe around each layer.
  class Hook : public CaffeNet::Callback {
   public:
    using Body = void (Net::*)(size_t layer);
    Hook(Net& net, Body body) : net_(net), body_(body) {}

   protected:
    void run(int layer) override { (net_.*body_)(static_cast<size_t>(layer)); }

   private:
    Net& net_;
    const Body body_;
  };

  // Note the layer that is about to run; throw Error if libcaffe would write outside its memory.
  void BeforeForward(size_t layer);
  void AfterForward(size_t layer);
  void BeforeBackward(size_t layer);
  void AfterBackward(size_t layer);
  // All shapes of the layer's bottoms and tops in one row.
  std::vector<int> ShapesOf(size_t layer) const;
  // Reshapes the layer and checks the result.
  void ReshapeLayer(size_t layer);
  // Throws Error unless the layer can run on its bottoms.
  void CheckBottomsOf(size_t layer) const;
  // Puts the weight of each loss into the gradient of its top, which may have other memory now.
  void SetLossWeights(size_t layer) const;
  void CheckLayerIndex(int index) const;

  std::unique_ptr<Session> own_session_;  // null for a solver's net
  Session& session_;
  boost::shared_ptr<CaffeNet> net_;
  // For each layer, its shapes when it last ran forward.
  std::vector<std::vector<int>> shapes_;
  // By layer: its shapes when the loss weights were put into the gradients of its tops.
  std::vector<std::vector<int>> weighted_;
  // By layer: whether it found no place of a maximum that its backward needs.
  std::vector<bool> lost_;
  const Overwrites overwrites_;
  // By layer: whether it ran backward since it last ran forward.
  std::vector<bool> spent_;
  std::vector<double> forward_seconds_, backward_seconds_;
  Stopwatch watch_;
  Hook before_forward_{*this, &Net::BeforeForward};
  Hook after_forward_{*this, &Net::AfterForward};
  Hook before_backward_{*this, &Net::BeforeBackward};
  Hook after_backward_{*this, &Net::AfterBackward};
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_NET_H_
