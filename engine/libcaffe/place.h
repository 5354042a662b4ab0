#ifndef CREMA_ENGINE_LIBCAFFE_PLACE_H_
#define CREMA_ENGINE_LIBCAFFE_PLACE_H_

#include <string>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// The layer of libcaffe's that this thread is in, for the message when a check in libcaffe ends the
// process.
class Place {
 public:
  // Enters a layer that is made or run. `layer` must live until the next call or the end of the
  // scope.
  static void Enter(const caffe::LayerParameter& layer);
  // The layer's name and type; "" outside of any layer.
  static std::string LayerName();
  static std::string LayerType();
  // The layer as users read it, "layer 'conv1' (Convolution)"; "" outside of any layer.
  static std::string Description();

  // Starts outside of any layer; at its end the layer from before is back.
  class Scope {
   public:
    Scope();
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const caffe::LayerParameter* before_;
  };
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_PLACE_H_
