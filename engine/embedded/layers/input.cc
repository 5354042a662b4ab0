#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/read_shape.h"

namespace crema {

namespace {

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
      top[static_cast<size_t>(i)]->Reshape(
          ReadShape(shapes[shapes.size() == 1 ? 0 : i], "input_param"));
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
