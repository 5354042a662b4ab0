#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Larger images. With a second bottom, the mask of a Pooling layer, each value goes where the mask
// says that a maximum was, and the rest is 0 (SegNet: https://arxiv.org/abs/1511.00561). Without
// one, each value is repeated `scale` times in height and width (MobileNet-YOLO's Caffe).
class UpsampleLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override {
    return {.min_bottoms = 1, .max_bottoms = 2, .min_tops = 1, .max_tops = 1};
  }

  BackwardReads Reads(const Blobs& bottom, const Blobs& /*top*/) const override {
    return {.bottoms = bottom.size() > 1 ? Kept::kAll : Kept::kNone, .forward = bottom.size() > 1};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const Blob& blob = *bottom[0];
    Require(top[0] != bottom[0],
            "Expected a top other than the bottoms but found Upsample in place");
    Require(blob.num_axes() == 4, "Expected a bottom of 4 axes but found shape ",
            ShapeString(blob.shape()));
    Require(bottom.size() == 1 || bottom[1]->shape() == blob.shape(),
            "Expected a mask of the first bottom's shape, ", ShapeString(blob.shape()),
            ", but found ", ShapeString(bottom.back()->shape()));
    planes_ = blob.count(0, 2);
    height_ = blob.shape(2);
    width_ = blob.shape(3);
    const auto& upsample = param().upsample_param();
    const bool planar = upsample.has_scale_h() || upsample.has_scale_w();
    scale_h_ = planar ? upsample.scale_h() : upsample.scale();
    scale_w_ = planar ? upsample.scale_w() : upsample.scale();
    const bool sized = bottom.size() > 1 && upsample.has_upsample_h() && upsample.has_upsample_w();
    Require(sized || !planar || !upsample.has_scale(),
            "Expected scale, or scale_h and scale_w, but found both");
    // Of a mask, the fork takes only 2 and more.
    const int64_t least = bottom.size() > 1 ? 2 : 1;
    Require(sized || (scale_h_ >= least && scale_w_ >= least && scale_h_ <= INT16_MAX &&
                      scale_w_ <= INT16_MAX),
            "Expected a scale from ", least, " to ", INT16_MAX, " but found ", scale_h_, " and ",
            scale_w_);
    const bool pads =
        (upsample.pad_out_h() && scale_h_ != 2) || (upsample.pad_out_w() && scale_w_ != 2);
    Require(sized || !pads, "Expected pad_out_h and pad_out_w with a scale of 2 but found another");
    const bool masked = bottom.size() > 1;
    out_height_ = sized ? int64_t{upsample.upsample_h()}
                        : height_ * scale_h_ - (masked && upsample.pad_out_h() ? 1 : 0);
    out_width_ = sized ? int64_t{upsample.upsample_w()}
                       : width_ * scale_w_ - (masked && upsample.pad_out_w() ? 1 : 0);
    const auto length = [](int64_t value) {
      Require(value >= 0 && value <= INT32_MAX,
              "Expected a height and width of at most 2147483647 but found ", value);
      return static_cast<int>(value);
    };
    top[0]->Reshape({blob.shape(0), blob.shape(1), length(out_height_), length(out_width_)});
    if (masked) places_.resize(static_cast<size_t>(blob.count()));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (bottom.size() > 1) FindPlaces(bottom[1]->data().Read());
    const float* in = bottom[0]->data().Read();
    float* out = top[0]->data().Write();
    ForEachPlane([&](int64_t plane) {
      const float* from = in + plane * height_ * width_;
      float* to = out + plane * out_height_ * out_width_;
      if (bottom.size() == 1) {
        for (int64_t h = 0; h < out_height_; ++h) {
          for (int64_t w = 0; w < out_width_; ++w) {
            *to++ = from[h / scale_h_ * width_ + w / scale_w_];
          }
        }
        return;
      }
      std::fill_n(to, out_height_ * out_width_, 0.0f);
      const int32_t* places = places_.data() + plane * height_ * width_;
      for (int64_t i = 0; i < height_ * width_; ++i) to[places[i]] = from[i];
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (bottom.size() > 1 && propagate_down[1]) bottom[1]->diff().SetZero();
    if (!propagate_down[0]) return;
    const float* diff = top[0]->diff().Read();
    float* out = bottom[0]->diff().Write();
    ForEachPlane([&](int64_t plane) {
      const float* from = diff + plane * out_height_ * out_width_;
      float* to = out + plane * height_ * width_;
      if (bottom.size() > 1) {
        // As in the fork, also where a value was overwritten by another of the same place.
        const int32_t* places = places_.data() + plane * height_ * width_;
        for (int64_t i = 0; i < height_ * width_; ++i) to[i] = from[places[i]];
        return;
      }
      std::fill_n(to, height_ * width_, 0.0f);
      for (int64_t h = 0; h < out_height_; ++h) {
        for (int64_t w = 0; w < out_width_; ++w) {
          to[h / scale_h_ * width_ + w / scale_w_] += *from++;
        }
      }
    });
  }

 private:
  template <class Body>
  void ForEachPlane(const Body& body) const {
    const int64_t work = std::max<int64_t>(1, out_height_ * out_width_);
    ParallelFor(planes_, std::max<int64_t>(1, kCheapGrain / work), [&](int64_t begin, int64_t end) {
      for (int64_t plane = begin; plane < end; ++plane) body(plane);
    });
  }

  void FindPlaces(const float* mask) {
    for (size_t i = 0; i < places_.size(); ++i) {
      // Written so that a NaN fails.
      Require(mask[i] > -1.0f && mask[i] < static_cast<float>(out_height_ * out_width_),
              "Expected a mask with places in a top of ", out_height_, " x ", out_width_,
              " but found ", mask[i], ": it must have the size of what the pooling layer took");
      places_[i] = static_cast<int32_t>(mask[i]);
    }
  }

  int64_t planes_ = 0, height_ = 0, width_ = 0, out_height_ = 0, out_width_ = 0;
  int64_t scale_h_ = 1, scale_w_ = 1;
  // Where in its plane of the top each value goes.
  std::vector<int32_t> places_;
};

}  // namespace

std::unique_ptr<Layer> MakeUpsample(const caffe::LayerParameter& param) {
  return std::make_unique<UpsampleLayer>(param);
}

}  // namespace crema
