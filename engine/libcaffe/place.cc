#include "engine/libcaffe/place.h"

namespace crema::libcaffe {

namespace {

thread_local const caffe::LayerParameter* current = nullptr;

}  // namespace

void Place::Enter(const caffe::LayerParameter& layer) { current = &layer; }

std::string Place::LayerName() { return current == nullptr ? "" : current->name(); }

std::string Place::LayerType() { return current == nullptr ? "" : current->type(); }

std::string Place::Description() {
  if (current == nullptr) return "";
  return "layer '" + LayerName() + "' (" + LayerType() + ")";
}

Place::Scope::Scope() : before_(current) { current = nullptr; }
Place::Scope::~Scope() { current = before_; }

}  // namespace crema::libcaffe
