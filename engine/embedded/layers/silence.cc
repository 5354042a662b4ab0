#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// Takes blobs that no other layer takes, so that they are not outputs of the net.
class SilenceLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.min_bottoms = 1, .max_tops = 0}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Forward(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}

  void Backward(const Blobs& /*top*/, const Flags& propagate_down, const Blobs& bottom) override {
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (propagate_down[i]) bottom[i]->diff().SetZero();
    }
  }
};

}  // namespace

std::unique_ptr<Layer> MakeSilence(const caffe::LayerParameter& param) {
  return std::make_unique<SilenceLayer>(param);
}

}  // namespace crema
