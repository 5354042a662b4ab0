#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/memory_limit.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Images in another size, bilinear, with corners on corners. pad_beg and pad_end, up to 0, crop the
// bottom first. The size is that of a second bottom, if there is one, which has no gradient. Of
// DeepLab's and PSPNet's Caffe; the second bottom of soeaver's.
class InterpLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, 2, 1, 1, false}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const auto& interp = param().interp_param();
    const Blob& blob = *bottom[0];
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Interp in place");
    Require(blob.num_axes() == 4, "Expected a bottom of 4 axes but found shape ",
            ShapeString(blob.shape()));
    Require(interp.pad_beg() <= 0 && interp.pad_end() <= 0,
            "Expected a pad_beg and pad_end of 0 or less, which crop the bottom, but found ",
            interp.pad_beg(), " and ", interp.pad_end());
    planes_ = blob.count(0, 2);
    height_ = blob.shape(2);
    width_ = blob.shape(3);
    skip_ = -int64_t{interp.pad_beg()};
    const int64_t crop = skip_ - interp.pad_end();
    Require(height_ > crop && width_ > crop, "Expected a bottom larger than its crop, ", crop,
            ", but found shape ", ShapeString(blob.shape()));
    const Blob* like = bottom.size() > 1 ? bottom[1] : nullptr;
    Require(like == nullptr || (like->num_axes() == 4 && like->count(2) > 0),
            "Expected a second bottom of 4 axes, with values, but found shape ",
            like == nullptr ? "" : ShapeString(like->shape()));
    const int height = like != nullptr ? like->shape(2) : OutputOf(height_ - crop, interp.height());
    const int width = like != nullptr ? like->shape(3) : OutputOf(width_ - crop, interp.width());
    top[0]->Reshape({blob.shape(0), blob.shape(1), height, width});
    CheckFits((int64_t{height} + width) * static_cast<int64_t>(sizeof(Tap)), AvailableMemory());
    rows_ = Taps(height_ - crop, height);
    columns_ = Taps(width_ - crop, width);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    const auto height = static_cast<int64_t>(rows_.size());
    const auto width = static_cast<int64_t>(columns_.size());
    ParallelFor(planes_ * height, std::max<int64_t>(1, kCheapGrain / width),
                [&](int64_t begin, int64_t end) {
                  for (int64_t i = begin; i < end; ++i) {
                    const Tap& row = rows_[static_cast<size_t>(i % height)];
                    const float* first = Corner(in, i / height) + row.at * width_;
                    const float* second = first + row.step * width_;
                    float* to = out + i * width;
                    for (const Tap& column : columns_) {
                      const float *a = first + column.at, *b = second + column.at;
                      *to++ = row.near * (column.near * a[0] + column.far * a[column.step]) +
                              row.far * (column.near * b[0] + column.far * b[column.step]);
                    }
                  }
                });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (propagate_down.size() > 1 && propagate_down[1]) {
      std::fill_n(bottom[1]->diff().Write(), bottom[1]->count(), 0.0f);
    }
    if (!propagate_down[0]) return;
    const float* diff = top[0]->diff().Read();
    float* out = bottom[0]->diff().Write();
    const auto height = static_cast<int64_t>(rows_.size());
    const auto width = static_cast<int64_t>(columns_.size());
    ParallelFor(planes_, std::max<int64_t>(1, kCheapGrain / (height * width)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t plane = begin; plane < end; ++plane) {
                    std::fill_n(out + plane * height_ * width_, height_ * width_, 0.0f);
                    const float* from = diff + plane * height * width;
                    for (const Tap& row : rows_) {
                      float* first = Corner(out, plane) + row.at * width_;
                      AddRow(from, row, first, first + row.step * width_);
                      from += width;
                    }
                  }
                });
  }

 private:
  // Where a position of the top lies in the bottom: between `at` and the one `step` after it, with
  // these weights.
  struct Tap {
    int64_t at, step;
    float near, far;
  };

  int OutputOf(int64_t length, int given) const {
    const auto& interp = param().interp_param();
    Require(
        interp.shrink_factor() >= 1 && interp.zoom_factor() >= 1 && interp.full_zoom_factor() >= 1,
        "Expected factors of 1 or more but found another");
    const bool shrinks = interp.has_shrink_factor(), zooms = interp.has_zoom_factor();
    int64_t result = 0;
    if (shrinks != zooms || (shrinks && !(interp.has_height() && interp.has_width()))) {
      result = (length - 1) / interp.shrink_factor() * interp.zoom_factor() + 1;
    } else if (interp.has_height() && interp.has_width()) {
      result = given;
    } else {
      Require(interp.has_full_zoom_factor(),
              "Expected height and width, or zoom_factor, shrink_factor or both, but found none");
      result = length * interp.full_zoom_factor();
    }
    Require(result >= 1 && result <= INT32_MAX,
            "Expected a height and width from 1 to 2147483647 but found ", result);
    return static_cast<int>(result);
  }

  static std::vector<Tap> Taps(int64_t length, int64_t wanted) {
    std::vector<Tap> taps(static_cast<size_t>(wanted));
    const float ratio =
        wanted > 1 ? static_cast<float>(length - 1) / static_cast<float>(wanted - 1) : 0.0f;
    for (int64_t i = 0; i < wanted; ++i) {
      const float place = ratio * static_cast<float>(i);
      // Rounding must not lead outside.
      const int64_t at = std::min(length - 1, static_cast<int64_t>(place));
      const float far = place - static_cast<float>(at);
      taps[static_cast<size_t>(i)] = {at, at < length - 1 ? 1 : 0, 1.0f - far, far};
    }
    return taps;
  }

  // Where a plane begins that was cropped.
  template <class Value>
  Value* Corner(Value* memory, int64_t plane) const {
    return memory + plane * height_ * width_ + skip_ * width_ + skip_;
  }

  void AddRow(const float* from, const Tap& row, float* first, float* second) const {
    for (const Tap& column : columns_) {
      const float near = row.near * *from, far = row.far * *from;
      ++from;
      first[column.at] += column.near * near;
      first[column.at + column.step] += column.far * near;
      second[column.at] += column.near * far;
      second[column.at + column.step] += column.far * far;
    }
  }

  int64_t planes_ = 0, height_ = 0, width_ = 0, skip_ = 0;
  std::vector<Tap> rows_, columns_;
};

}  // namespace

std::unique_ptr<Layer> MakeInterp(const caffe::LayerParameter& param) {
  return std::make_unique<InterpLayer>(param);
}

}  // namespace crema
