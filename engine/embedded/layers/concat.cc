#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/parts.h"

namespace crema {

namespace {

// Joins the bottoms along one axis; their lengths agree in all other axes.
class ConcatLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.min_bottoms = 1, .min_tops = 1, .max_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const auto& concat = param().concat_param();
    const int axis = Parts::AxisOf(*bottom[0], concat.has_axis(), concat.axis(),
                                   concat.has_concat_dim(), concat.concat_dim(), "concat_dim");
    const size_t along = static_cast<size_t>(axis);
    Shape shape = bottom[0]->shape();
    for (size_t i = 1; i < bottom.size(); ++i) {
      Shape other = bottom[i]->shape();
      Require(other.size() == shape.size(), "Expected bottoms with the same number of axes, ",
              shape.size(), ", but found ", other.size());
      const int length = other[along];
      other[along] = shape[along];
      Require(other == shape, "Expected bottoms that differ only in axis ", axis,
              " but found shapes ", ShapeString(bottom[0]->shape()), " and ",
              ShapeString(bottom[i]->shape()));
      shape[along] += length;
    }
    for (Blob* b : bottom) {
      Require(b != top[0], "Expected a top other than the bottoms but found Concat in place");
    }
    top[0]->Reshape(shape);
    if (bottom.size() == 1) {
      top[0]->ShareData(*bottom[0]);
      top[0]->ShareDiff(*bottom[0]);
    }
    parts_.Reshape(bottom, *top[0], axis);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (bottom.size() > 1) parts_.JoinData(bottom, *top[0]);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (bottom.size() > 1) parts_.CutDiff(*top[0], bottom, propagate_down);
  }

 private:
  Parts parts_;
};

}  // namespace

std::unique_ptr<Layer> MakeConcat(const caffe::LayerParameter& param) {
  return std::make_unique<ConcatLayer>(param);
}

}  // namespace crema
