#ifndef CREMA_ENGINE_LIBCAFFE_CHECK_BOTTOMS_H_
#define CREMA_ENGINE_LIBCAFFE_CHECK_BOTTOMS_H_

#include <vector>

#include "engine/libcaffe/caffe.h"

// What libcaffe demands of the shapes that reach a layer. It ends the process at each; here each is
// an Error.

namespace crema::libcaffe {

using Params = std::vector<boost::shared_ptr<CaffeBlob>>;

// Throws Error unless a layer with `tops` tops can be set up or run on the bottoms. `params` are
// its parameters; while it is being set up, those that the LayerParameter gave.
void CheckBottoms(const caffe::LayerParameter& param, const Params& params,
                  const std::vector<CaffeBlob*>& bottom, size_t tops, bool setting_up);

// The parts for layers with windows, for losses and scores, and for those that rearrange a blob.
// Return whether they know the type.
bool CheckWindows(const caffe::LayerParameter& param, const Params& params,
                  const std::vector<CaffeBlob*>& bottom);
bool CheckLosses(const caffe::LayerParameter& param, const std::vector<CaffeBlob*>& bottom,
                 bool setting_up);
bool CheckArranging(const caffe::LayerParameter& param, const std::vector<CaffeBlob*>& bottom,
                    size_t tops);

// The axis counted from the front. Throws Error unless the blob has it; `field` says where it was
// given.
int AxisOf(const CaffeBlob& blob, int axis, const char* field = "axis");
// Throws Error unless the blob has so many axes at most, or so many.
void CheckAxesUpTo(const CaffeBlob& blob, int most);
void CheckAxes(const CaffeBlob& blob, int axes);
// Throws Error unless the parameter at an index, if it is there, has the shape.
void CheckParam(const Params& params, size_t index, const std::vector<int>& shape);
// The blob's shape, for people.
std::string ShapeText(const CaffeBlob& blob);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_CHECK_BOTTOMS_H_
