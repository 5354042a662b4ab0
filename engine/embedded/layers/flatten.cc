#include "engine/embedded/layers/view.h"

namespace crema {

namespace {

// Joins the axes axis..end_axis, both included, into one. The top shares the bottom's memory.
class FlattenLayer : public ViewLayer {
 public:
  using ViewLayer::ViewLayer;

 protected:
  Shape TopShape(const Blob& blob) const override {
    const int start = blob.CanonicalAxis(param().flatten_param().axis());
    const int end = blob.CanonicalAxis(param().flatten_param().end_axis());
    // With the axis before, nothing is joined, and an axis of length 1 comes in between.
    Require(start <= end + 1, "Expected end_axis to be axis ", start - 1,
            " or one after it but found ", end);
    Shape shape(blob.shape().begin(), blob.shape().begin() + start);
    shape.push_back(static_cast<int>(blob.count(start, end + 1)));
    shape.insert(shape.end(), blob.shape().begin() + end + 1, blob.shape().end());
    return shape;
  }
};

}  // namespace

std::unique_ptr<Layer> MakeFlatten(const caffe::LayerParameter& param) {
  return std::make_unique<FlattenLayer>(param);
}

}  // namespace crema
