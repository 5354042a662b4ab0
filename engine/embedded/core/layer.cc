#include "engine/embedded/core/layer.h"

#include "engine/embedded/core/filler.h"

namespace crema {

Blob& Layer::AddParam(const Shape& shape, const caffe::FillerParameter& filler) {
  auto blob = std::make_shared<Blob>(shape);
  PlanMemory(*blob);
  Fill(filler, *blob, random_);
  blobs_.push_back(blob);
  set_param_propagate_down(blobs_.size() - 1, true);
  return *blob;
}

void Layer::PlanMemory(Blob& blob) {
  if (plan_ == nullptr) return;
  plan_->Add(&blob.data(), blob.count() * static_cast<int64_t>(sizeof(float)));
}

}  // namespace crema
