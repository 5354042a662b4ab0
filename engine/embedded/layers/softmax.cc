#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/softmax_function.h"

namespace crema {

namespace {

// y_c = exp(x_c) / sum over c of exp(x_c), along softmax_param.axis.
class SoftmaxLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.tops = Kept::kAll};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    const int axis = blob.CanonicalAxis(param().softmax_param().axis());
    view_ = {blob.count(0, axis), blob.shape(axis), blob.count(axis + 1)};
    top[0]->ReshapeLike(blob);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    SoftmaxForward(view_, in, top[0]->data().Write());
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    const float* out = top[0]->data().Read();
    const float* out_diff = top[0]->diff().Read();
    SoftmaxBackward(view_, out, out_diff, bottom[0]->diff().Write());
  }

 private:
  SoftmaxView view_{};
};

}  // namespace

std::unique_ptr<Layer> MakeSoftmax(const caffe::LayerParameter& param) {
  return std::make_unique<SoftmaxLayer>(param);
}

}  // namespace crema
