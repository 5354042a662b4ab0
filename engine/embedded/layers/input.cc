#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

Shape ShapeOf(const caffe::BlobShape& dims) {
  Shape shape;
  for (const int64_t dim : dims.dim()) {
    Require(dim >= 0 && dim <= INT32_MAX,
            "Expected input_param to have lengths from 0 to 2147483647 but found ", dim);
    shape.push_back(static_cast<int>(dim));
  }
  return shape;
}

// Tops that are filled from outside. They are shaped once, here, and may be reshaped from outside.
class InputLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.max_bottoms = 0, .min_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void SetUp(const Blobs& /*bottom*/, const Blobs& top) override {
    const auto& shapes = param().input_param().shape();
    const int tops = static_cast<int>(top.size());
    Require(shapes.empty() || shapes.size() == 1 || shapes.size() == tops,
            "Expected input_param to have no shape, one, or one per top (", tops, ") but found ",
            shapes.size());
    if (shapes.empty()) return;
    for (int i = 0; i < tops; ++i) {
      top[static_cast<size_t>(i)]->Reshape(ShapeOf(shapes[shapes.size() == 1 ? 0 : i]));
    }
  }

  void Reshape(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Forward(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Backward(const Blobs& /*top*/, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {}
};

}  // namespace

std::unique_ptr<Layer> MakeInput(const caffe::LayerParameter& param) {
  return std::make_unique<InputLayer>(param);
}

}  // namespace crema
