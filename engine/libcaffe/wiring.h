#ifndef CREMA_ENGINE_LIBCAFFE_WIRING_H_
#define CREMA_ENGINE_LIBCAFFE_WIRING_H_

#include <map>
#include <string>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// How the layers of a net are connected, told layer by layer.
class Wiring {
 public:
  // Throws Error for a bottom that no layer before makes, a top that another one makes, and a layer
  // that works in place where libcaffe can't: where the values have another use before it, or where
  // the layer type computes something else. `own` is whether it is a layer of libcaffe's.
  void Add(const caffe::LayerParameter& layer, bool own);

 private:
  // The last layer that used the values a blob has now; "" if none did. A loss counts as one.
  std::map<std::string, std::string> users_;
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_WIRING_H_
