#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"
#include "engine/embedded/layers/read_shape.h"

namespace crema {

namespace {

// A parameter as a top. It starts at 0.
class ParameterLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(0, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void SetUp(const Blobs& /*bottom*/, const Blobs& /*top*/) override {
    AddParam(ReadShape(param().parameter_param().shape(), "parameter_param"),
             caffe::FillerParameter());
  }

  void Reshape(const Blobs& /*bottom*/, const Blobs& top) override {
    top[0]->ReshapeLike(*blobs()[0]);
  }

  // The top has values of its own, since layers may work on it in place.
  void Forward(const Blobs& /*bottom*/, const Blobs& top) override {
    CopyValues(blobs()[0]->data(), top[0]->data());
  }

  void Backward(const Blobs& top, const Flags& /*propagate_down*/,
                const Blobs& /*bottom*/) override {
    if (!param_propagate_down(0)) return;
    Storage& diff = blobs()[0]->diff();
    if (diff.zero()) return CopyValues(top[0]->diff(), diff);
    const float* from = top[0]->diff().Read();
    float* to = diff.ReadWrite();
    Map(diff.count(), to, kCheapGrain, [=](int64_t i) { return to[i] + from[i]; });
  }
};

}  // namespace

std::unique_ptr<Layer> MakeParameter(const caffe::LayerParameter& param) {
  return std::make_unique<ParameterLayer>(param);
}

}  // namespace crema
