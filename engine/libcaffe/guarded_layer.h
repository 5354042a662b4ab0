#ifndef CREMA_ENGINE_LIBCAFFE_GUARDED_LAYER_H_
#define CREMA_ENGINE_LIBCAFFE_GUARDED_LAYER_H_

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/shared_params.h"

namespace crema::libcaffe {

// The layer once more, checked while libcaffe sets it up: for a layer of BVLC's classes. Another,
// of a class that only the user's library has, comes back as it is. `layer` was made from `param`
// and not set up yet; `shared` is of the net being made, and must outlive that.
boost::shared_ptr<CaffeLayer> GuardLayer(boost::shared_ptr<CaffeLayer> layer,
                                         const caffe::LayerParameter& param, SharedParams& shared);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_GUARDED_LAYER_H_
