#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/parts.h"

namespace crema {

namespace {

// Cuts the bottom along one axis, at the slice_points or else into equal parts.
class SliceLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {.min_bottoms = 1, .max_bottoms = 1, .min_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const auto& slice = param().slice_param();
    const int axis = Parts::AxisOf(*bottom[0], slice.has_axis(), slice.axis(),
                                   slice.has_slice_dim(), slice.slice_dim(), "slice_dim");
    const int64_t length = bottom[0]->shape(axis);
    const int64_t tops = static_cast<int64_t>(top.size());
    if (slice.slice_point_size() > 0) {
      Require(slice.slice_point_size() == tops - 1, "Expected one fewer slice_point than tops, ",
              tops - 1, ", but found ", slice.slice_point_size());
    } else {
      Require(length % tops == 0, "Expected axis ", axis, " to divide into ", tops,
              " equal parts but found a length of ", length);
    }
    Shape shape = bottom[0]->shape();
    int64_t begin = 0;
    for (int i = 0; i < tops; ++i) {
      const int64_t end = EndOf(i, tops, length);
      Require(begin < end && end <= length, "Expected slice_points in rising order from 1 to ",
              length - 1, ", but found a part from ", begin, " to ", end);
      shape[static_cast<size_t>(axis)] = static_cast<int>(end - begin);
      Blob* t = top[static_cast<size_t>(i)];
      Require(t != bottom[0], "Expected tops other than the bottom but found Slice in place");
      t->Reshape(shape);
      begin = end;
    }
    if (tops == 1) {
      top[0]->ShareData(*bottom[0]);
      top[0]->ShareDiff(*bottom[0]);
    }
    parts_.Reshape(top, *bottom[0], axis);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top.size() > 1) parts_.CutData(*bottom[0], top);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (propagate_down[0] && top.size() > 1) parts_.JoinDiffs(top, *bottom[0]);
  }

 private:
  // The end of part i.
  int64_t EndOf(int i, int64_t tops, int64_t length) const {
    if (i == tops - 1) return length;
    const auto& points = param().slice_param().slice_point();
    return points.empty() ? length / tops * (i + 1) : points[i];
  }

  Parts parts_;
};

}  // namespace

std::unique_ptr<Layer> MakeSlice(const caffe::LayerParameter& param) {
  return std::make_unique<SliceLayer>(param);
}

}  // namespace crema
