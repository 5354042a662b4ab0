#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/rearrangement.h"

namespace crema {

namespace {

// The bottom's axes in another order; those that `order` leaves out follow. Of SSD's Caffe.
class PermuteLayer : public RearrangingLayer {
 public:
  using RearrangingLayer::RearrangingLayer;

 protected:
  Order Arrange(const Blob& bottom, Shape& top) const override {
    const auto axes = static_cast<size_t>(bottom.num_axes());
    std::vector<size_t> order;
    const auto has = [&](size_t axis) {
      return std::find(order.begin(), order.end(), axis) != order.end();
    };
    for (const uint32_t axis : param().permute_param().order()) {
      Require(axis < axes, "Expected order to name axes of the bottom, ",
              ShapeString(bottom.shape()), ", but found ", axis);
      Require(!has(axis), "Expected order to name each axis once but found ", axis, " twice");
      order.push_back(axis);
    }
    for (size_t axis = 0; axis < axes; ++axis) {
      if (!has(axis)) order.push_back(axis);
    }
    const std::vector<int64_t> strides = StridesOf(bottom);
    Order result;
    for (const size_t axis : order) {
      top.push_back(bottom.shape()[axis]);
      result.lengths.push_back(top.back());
      result.strides.push_back(strides[axis]);
    }
    return result;
  }
};

}  // namespace

std::unique_ptr<Layer> MakePermute(const caffe::LayerParameter& param) {
  return std::make_unique<PermuteLayer>(param);
}

}  // namespace crema
