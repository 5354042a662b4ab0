#include <algorithm>

#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// Leaves out axes of length 1: those that squeeze_param names, or all. The top shares the bottom's
// memory. Of Synopsys' Caffe.
class SqueezeLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Squeeze in place");
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
    top[0]->Reshape(shape);
    top[0]->ShareData(blob);
    top[0]->ShareDiff(blob);
  }

  void Forward(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Backward(const Blobs& /*top*/, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {}
};

}  // namespace

std::unique_ptr<Layer> MakeSqueeze(const caffe::LayerParameter& param) {
  return std::make_unique<SqueezeLayer>(param);
}

}  // namespace crema
