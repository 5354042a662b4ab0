#include "engine/embedded/core/layer.h"

#include "engine/embedded/core/filler.h"

namespace crema {

Blob& Layer::AddParam(const Shape& shape, const caffe::FillerParameter& filler) {
  auto blob = std::make_shared<Blob>(shape);
  Fill(filler, *blob, random_);
  blobs_.push_back(blob);
  set_param_propagate_down(blobs_.size() - 1, true);
  return *blob;
}

}  // namespace crema
