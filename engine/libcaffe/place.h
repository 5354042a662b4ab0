#ifndef CREMA_ENGINE_LIBCAFFE_PLACE_H_
#define CREMA_ENGINE_LIBCAFFE_PLACE_H_

#include <string>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// Where this thread is inside libcaffe: told when a check of libcaffe's ends the process.
class Place {
 public:
  // The layer that is being made or run; `layer` must live until the next call or the end of the
  // scope.
  static void Enter(const caffe::LayerParameter& layer);
  // The layer's name and type; "" outside of all layers.
  static std::string LayerName();
  static std::string LayerType();
  // The layer for people, "layer 'conv1' (Convolution)"; "" outside of all layers.
  static std::string Description();

  // Outside of all layers at first; what was before comes back at the scope's end.
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
