#ifndef CREMA_ENGINE_LIBCAFFE_SHARED_PARAMS_H_
#define CREMA_ENGINE_LIBCAFFE_SHARED_PARAMS_H_

#include <map>
#include <string>
#include <vector>

#include "engine/libcaffe/caffe.h"

namespace crema::libcaffe {

// The parameters of a net that is being made, by the names under which layers share them. libcaffe
// ends the process where those that share one do not agree.
class SharedParams {
 public:
  // Takes in a layer that was set up. `param` is what the layer was made from, `blobs` its
  // parameters. Throws Error for more `param` entries than parameters, and where a shared parameter
  // has another shape or multiplier than its owner's.
  void Add(const caffe::LayerParameter& param,
           const std::vector<boost::shared_ptr<CaffeBlob>>& blobs);

 private:
  // What the layer that came first says of a parameter.
  struct Owner {
    std::string layer;
    std::vector<int> shape;
    // Of whichever layer gave one first.
    bool has_lr_mult, has_decay_mult;
    float lr_mult, decay_mult;
  };

  std::map<std::string, Owner> owners_;
};

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_SHARED_PARAMS_H_
