#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_NEURON_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_NEURON_H_

#include "engine/embedded/core/layer.h"
#include "engine/embedded/layers/map.h"

namespace crema {

// A layer that computes each value of its top from one value of its bottom, and the gradient from
// the bottom's values. In place it keeps a copy of them.
class NeuronLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    const bool in_place = bottom[0] == top[0];
    return {.bottoms = in_place ? Kept::kNone : Kept::kAll, .forward = in_place};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    top[0]->ReshapeLike(*bottom[0]);
    if (bottom[0] == top[0]) input_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (bottom[0] == top[0]) CopyValues(bottom[0]->data(), input_.data());
    Compute(bottom[0]->data(), top[0]->data());
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    Storage& in = bottom[0] == top[0] ? input_.data() : bottom[0]->data();
    ComputeDiff(in, top[0]->diff(), bottom[0]->diff());
  }

 protected:
  // Sets `out`, which may be `in`, to the function of `in`.
  virtual void Compute(Storage& in, Storage& out) const = 0;
  // Sets `bottom_diff`, which may be `top_diff`, to the function's derivative at `in` times
  // `top_diff`.
  virtual void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const = 0;

 private:
  Blob input_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_NEURON_H_
