#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Cuts the first bottom, from an axis on, to the lengths of the second, whose values do not matter,
// beginning at the offsets.
class CropLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(2, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const auto& crop = param().crop_param();
    const Blob& from = *bottom[0];
    const Blob& like = *bottom[1];
    Require(top[0] != bottom[0], "Expected a top other than the bottoms but found Crop in place");
    const int axes = from.num_axes(), first = from.CanonicalAxis(crop.axis());
    Require(crop.offset_size() <= 1 || crop.offset_size() == axes - first,
            "Expected no offset, one, or one per axis from ", first, " on (", axes - first,
            "), but found ", crop.offset_size());
    Require(like.num_axes() >= axes, "Expected a second bottom with the ", axes,
            " axes of the first but found shape ", ShapeString(like.shape()));
    Shape shape = from.shape();
    offsets_.assign(static_cast<size_t>(axes), 0);
    // The last axis that is not taken whole.
    int last = 0;
    for (int i = first; i < axes; ++i) {
      const int64_t offset =
          crop.offset_size() == 0 ? 0 : crop.offset(crop.offset_size() == 1 ? 0 : i - first);
      Require(offset + like.shape(i) <= from.shape(i), "Expected a crop within the ", from.shape(i),
              " of axis ", i, " but found ", like.shape(i), " from ", offset, " on");
      offsets_[static_cast<size_t>(i)] = offset;
      shape[static_cast<size_t>(i)] = like.shape(i);
      if (like.shape(i) != from.shape(i)) last = i;
    }
    top[0]->Reshape(shape);
    lengths_.assign(shape.begin(), shape.begin() + last);
    strides_.clear();
    for (int i = 0; i < last; ++i) strides_.push_back(from.count(i + 1));
    row_ = top[0]->count(last);
    rows_ = row_ == 0 ? 0 : top[0]->count() / row_;
    begin_ = offsets_[static_cast<size_t>(last)] * from.count(last + 1);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* from = bottom[0]->data().Read();
    float* to = top[0]->data().Write();
    ForEachRow(
        [=, this](int64_t row, int64_t at) { std::copy_n(from + at, row_, to + row * row_); });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (propagate_down[1]) bottom[1]->diff().SetZero();
    if (!propagate_down[0]) return;
    const float* from = top[0]->diff().Read();
    bottom[0]->diff().SetZero();
    float* to = bottom[0]->diff().ReadWrite();
    ForEachRow(
        [=, this](int64_t row, int64_t at) { std::copy_n(from + row * row_, row_, to + at); });
  }

 private:
  // Calls body(row, at) for each row of the top that lies in one piece in the bottom, at `at`.
  template <class Body>
  void ForEachRow(const Body& body) const {
    ParallelFor(rows_, std::max<int64_t>(1, kCheapGrain / std::max<int64_t>(1, row_)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t row = begin; row < end; ++row) body(row, Place(row));
                });
  }

  int64_t Place(int64_t row) const {
    int64_t at = begin_;
    for (size_t i = lengths_.size(); i-- > 0; row /= lengths_[i]) {
      at += (row % lengths_[i] + offsets_[i]) * strides_[i];
    }
    return at;
  }

  // One per axis of the bottom.
  std::vector<int64_t> offsets_;
  // The top's lengths and the bottom's strides of the axes above a row.
  std::vector<int64_t> lengths_, strides_;
  int64_t rows_ = 0, row_ = 0, begin_ = 0;
};

}  // namespace

std::unique_ptr<Layer> MakeCrop(const caffe::LayerParameter& param) {
  return std::make_unique<CropLayer>(param);
}

}  // namespace crema
