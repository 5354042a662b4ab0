#ifndef CREMA_ENGINE_LIBCAFFE_OVERWRITES_H_
#define CREMA_ENGINE_LIBCAFFE_OVERWRITES_H_

#include <set>
#include <string>
#include <vector>

#include "engine/libcaffe/caffe.h"

// Values and gradients that libcaffe overwrites while they are still needed. It does not look: it
// computes something wrong.

namespace crema::libcaffe {

// Whether libcaffe computes the right values when a layer of this type has its bottom as its top.
bool MayWorkInPlace(const std::string& type);

struct Overwrites {
  // By layer: why its backward would be wrong; "" where it is right.
  std::vector<std::string> wrong;
  // By layer, of those that the host implements: the indices of the tops whose values another layer
  // changes in place, so that they have to be kept.
  std::vector<std::set<size_t>> kept;
};

// Throws Error where the values themselves would be wrong.
Overwrites FindOverwrites(const CaffeNet& net);

// Whether the layer's backward uses up what its forward left, so that another would be wrong.
bool RunsBackwardOnce(const CaffeLayer& layer);

// Throws Error where the layer can't give a gradient that it is asked for.
void CheckPropagates(const CaffeLayer& layer, const std::vector<bool>& propagate_down);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_OVERWRITES_H_
