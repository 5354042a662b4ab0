#include <algorithm>
#include <optional>

#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The patches under a convolution's kernel: for each channel and each tap of the kernel, a channel
// with the values that the tap meets, zero beside the image. Bottom (..., C, spatial axes); top
// (..., C * taps, positions).
//
// force_nd_im2col changes nothing here: the same code serves any number of axes.
class Im2col : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }
  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }

  void SetUp(const Blobs& bottom, const Blobs&) override {
    const caffe::ConvolutionParameter& conv = param().convolution_param();
    const int axis = bottom[0]->CanonicalAxis(conv.axis());
    Require(bottom[0]->num_axes() - axis - 1 >= 1, "Expected spatial axes behind axis ", axis,
            " but found shape ", ShapeString(bottom[0]->shape()));
    caffe::ConvolutionParameter ungrouped = conv;
    ungrouped.clear_group();
    geometry_.emplace(ungrouped, *bottom[0]);
    taps_ = CountOf(Shape(geometry_->kernel.begin(), geometry_->kernel.end()));
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Im2col in place");
    const Blob& image = *bottom[0];
    const int axis = geometry_->channel_axis;
    const size_t axes = geometry_->kernel.size();
    Require(image.num_axes() == axis + 1 + static_cast<int>(axes), "Expected a bottom of ",
            axis + 1 + static_cast<int>(axes), " axes but found shape ",
            ShapeString(image.shape()));
    geometry_->Fit(image);
    in_.assign(image.shape().begin() + axis + 1, image.shape().end());
    out_.clear();
    for (size_t i = 0; i < axes; ++i) out_.push_back(geometry_->OutputLength(in_[i], i));
    const int64_t channels = image.shape(axis) * taps_;
    Require(channels <= INT32_MAX, "Expected up to ", INT32_MAX, " channels of patches but found ",
            channels);
    Shape shape(image.shape().begin(), image.shape().begin() + axis);
    shape.push_back(static_cast<int>(channels));
    shape.insert(shape.end(), out_.begin(), out_.end());
    top[0]->Reshape(shape);
    channels_ = image.count(0, axis + 1);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top[0]->count() == 0) return;
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    const int64_t positions = CountOf(out_), plane = CountOf(in_);
    ParallelFor(channels_ * taps_, std::max<int64_t>(1, kCheapGrain / positions),
                [&](int64_t begin, int64_t end) {
                  for (int64_t i = begin; i < end; ++i) {
                    float* to = out + i * positions;
                    std::fill_n(to, positions, 0.0f);
                    const float* image = in + i / taps_ * plane;
                    OverRows(i % taps_, [&](const Row& row) {
                      for (int64_t x = 0; x < row.count; ++x) {
                        to[row.position + x] = image[row.place + x * row.stride];
                      }
                    });
                  }
                });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0] || bottom[0]->count() == 0) return;
    const float* out = top[0]->diff().Read();
    float* in = bottom[0]->diff().Write();
    const int64_t positions = CountOf(out_), plane = CountOf(in_);
    ParallelFor(channels_, std::max<int64_t>(1, kCheapGrain / (positions * taps_)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t c = begin; c < end; ++c) {
                    float* image = in + c * plane;
                    std::fill_n(image, plane, 0.0f);
                    for (int64_t tap = 0; tap < taps_; ++tap) {
                      const float* from = out + (c * taps_ + tap) * positions;
                      OverRows(tap, [&](const Row& row) {
                        for (int64_t x = 0; x < row.count; ++x) {
                          image[row.place + x * row.stride] += from[row.position + x];
                        }
                      });
                    }
                  }
                });
  }

 private:
  // `count` positions along the last axis, from `position` on, and the places in the image that the
  // tap meets there: `place`, and every `stride`-th after it.
  struct Row {
    int64_t position, place, count, stride;
  };

  // Calls body(row) for all rows in which the tap meets the image.
  template <class Body>
  void OverRows(int64_t tap, const Body& body) const {
    Walk(0, 0, 0, tap, taps_, body);
  }

  // Goes through axis `i` and those behind it. `tap` is the rest of the tap's number, of `taps`.
  template <class Body>
  void Walk(size_t i, int64_t position, int64_t place, int64_t tap, int64_t taps,
            const Body& body) const {
    const ConvolutionGeometry& g = *geometry_;
    const int64_t rest = taps / g.kernel[i];
    const int64_t offset = tap / rest * g.dilation[i] - g.pad[i], stride = g.stride[i];
    // These keep offset + x * stride at least 0 and below the image's length.
    const int64_t begin =
        std::min<int64_t>(offset >= 0 ? 0 : (-offset + stride - 1) / stride, out_[i]);
    const int64_t end =
        offset >= in_[i] ? begin
                         : std::clamp<int64_t>((in_[i] - 1 - offset) / stride + 1, begin, out_[i]);
    position *= out_[i];
    place *= in_[i];
    if (i + 1 == g.kernel.size()) {
      body(Row{position + begin, place + offset + begin * stride, end - begin, stride});
      return;
    }
    for (int64_t x = begin; x < end; ++x) {
      Walk(i + 1, position + x, place + offset + x * stride, tap % rest, rest, body);
    }
  }

  std::optional<ConvolutionGeometry> geometry_;
  Shape in_, out_;
  // Of all images.
  int64_t channels_ = 0;
  int64_t taps_ = 1;
};

}  // namespace

std::unique_ptr<Layer> MakeIm2col(const caffe::LayerParameter& param) {
  return std::make_unique<Im2col>(param);
}

}  // namespace crema
