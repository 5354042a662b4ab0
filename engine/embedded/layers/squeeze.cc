#include <algorithm>

#include "engine/embedded/layers/view.h"

namespace crema {

namespace {

// Leaves out axes of length 1: those that squeeze_param names, or all. The top shares the bottom's
// memory. Of Synopsys' Caffe.
class SqueezeLayer : public ViewLayer {
 public:
  using ViewLayer::ViewLayer;

 protected:
  Shape TopShape(const Blob& blob) const override {
    std::vector<int> axes;
    for (const int given : param().squeeze_param().axis()) {
      const int axis = blob.CanonicalAxis(given);
      Require(blob.shape(axis) == 1, "Expected axis ", given, " to have a length of 1 but found ",
              blob.shape(axis));
      axes.push_back(axis);
    }
    Shape shape;
    for (int i = 0; i < blob.num_axes(); ++i) {
      const bool named = axes.empty() || std::find(axes.begin(), axes.end(), i) != axes.end();
      if (blob.shape(i) != 1 || !named) shape.push_back(blob.shape(i));
    }
    return shape;
  }
};

}  // namespace

std::unique_ptr<Layer> MakeSqueeze(const caffe::LayerParameter& param) {
  return std::make_unique<SqueezeLayer>(param);
}

}  // namespace crema
