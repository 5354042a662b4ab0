#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_REARRANGEMENT_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_REARRANGEMENT_H_

#include <vector>

#include "engine/embedded/core/layer.h"

namespace crema {

// Values in another order: the positions of the new order, as axes of given lengths, and for each
// axis the stride of the old order.
struct Order {
  std::vector<int64_t> lengths, strides;
};

// A layer whose top holds the values of its bottom in another order.
class RearrangingLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override;
  void Forward(const Blobs& bottom, const Blobs& top) override;
  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override;

 protected:
  // Sets the shape of the top, and returns the order of its values. Throws Error if the bottom does
  // not suit.
  virtual Order Arrange(const Blob& bottom, Shape& top) const = 0;

 private:
  // Calls body(row, at) for each row of the top, whose values begin at `at` in the bottom.
  template <class Body>
  void ForEachRow(const Body& body) const;

  // All axes but the last, and the last.
  Order outer_;
  int64_t rows_ = 0, length_ = 0, stride_ = 1;
};

// The strides of a shape's axes.
std::vector<int64_t> StridesOf(const Blob& blob);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_REARRANGEMENT_H_
