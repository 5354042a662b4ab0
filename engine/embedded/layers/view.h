// Layers that give values another shape.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_VIEW_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_VIEW_H_

#include "engine/embedded/layers/layers.h"

namespace crema {

// A layer whose top has the bottom's values in another shape, and shares its memory.
class ViewLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void SetUp(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found ", param().type(),
            " in place");
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    top[0]->Reshape(TopShape(blob));
    top[0]->ShareData(blob);
    top[0]->ShareDiff(blob);
  }

  void Forward(const Blobs& /*bottom*/, const Blobs& /*top*/) override {}
  void Backward(const Blobs& /*top*/, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {}

 protected:
  // The top's shape, of as many values. Throws Error if the bottom does not suit.
  virtual Shape TopShape(const Blob& bottom) const = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_VIEW_H_
