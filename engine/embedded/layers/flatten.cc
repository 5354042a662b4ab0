#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// Joins the axes axis..end_axis, both included, into one. The top shares the bottom's memory.
class FlattenLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Flatten in place");
    const int start = blob.CanonicalAxis(param().flatten_param().axis());
    const int end = blob.CanonicalAxis(param().flatten_param().end_axis());
    // With the axis before, nothing is joined, and an axis of length 1 comes in between.
    Require(start <= end + 1, "Expected end_axis to be axis ", start - 1,
            " or one after it but found ", end);
    Shape shape(blob.shape().begin(), blob.shape().begin() + start);
    shape.push_back(static_cast<int>(blob.count(start, end + 1)));
    shape.insert(shape.end(), blob.shape().begin() + end + 1, blob.shape().end());
    top[0]->Reshape(shape);
    top[0]->ShareData(blob);
    top[0]->ShareDiff(blob);
  }

  void Forward(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Backward(const Blobs& /*top*/, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {}
};

}  // namespace

std::unique_ptr<Layer> MakeFlatten(const caffe::LayerParameter& param) {
  return std::make_unique<FlattenLayer>(param);
}

}  // namespace crema
