#include "engine/embedded/layers/adopts_normalized.h"
#include "engine/embedded/layers/broadcast.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// y = s x + b. The scale s is a parameter, or the second bottom, that covers some of the axes of x.
// With bias_term, the bias b is a parameter of the same shape.
class ScaleLayer : public Layer, public AdoptsNormalized {
 public:
  using Layer::Layer;

  Arity arity() const override {
    return {.min_bottoms = 1, .max_bottoms = 2, .min_tops = 1, .max_tops = 1};
  }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    // The factor, where it is a bottom; the input, for the factor's gradient.
    const bool in_place = KeepsInput(bottom, top);
    const bool reads = bottom.size() > 1 || (param_propagate_down(0) && !in_place);
    return {.bottoms = reads ? Kept::kAll : Kept::kNone, .forward = in_place};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void SetUp(const Blobs& bottom, const Blobs& /*top*/) override {
    const auto& scale = param().scale_param();
    const int num_axes = bottom.size() > 1 ? bottom[1]->num_axes() : scale.num_axes();
    if (bottom.size() == 1) {
      caffe::FillerParameter filler = scale.filler();
      if (!scale.has_filler()) filler.set_value(1.0f);  // The identity.
      AddParam(CoveredShape(*bottom[0], scale.axis(), num_axes), filler);
    }
    if (scale.bias_term()) {
      AddParam(CoveredShape(*bottom[0], scale.axis(), num_axes), scale.bias_filler());
    }
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    shape_ = BroadcastOf(*bottom[0], param().scale_param().axis(), Scale(bottom));
    if (param().scale_param().bias_term()) {
      const Shape& bias = blobs().back()->shape();
      Require(bias == Scale(bottom).shape(), "Expected a factor of shape ", ShapeString(bias),
              ", as the layer's bias has, but found ", ShapeString(Scale(bottom).shape()));
    }
    // Backward without a forward before it takes the blobs as plain.
    layout_ = ChannelLayout(shape_);
    top[0]->ReshapeLike(*bottom[0]);
    if (KeepsInput(bottom, top)) input_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    layout_.Choose(bottom[0]->data(), top[0]->data(), bottom[0]->dims(), shape_);
    const ChannelView& view = layout_.view();
    Pad(Scale(bottom), scale_);
    if (param().scale_param().bias_term()) {
      Pad(*blobs().back(), bias_);
    } else {
      bias_.assign(scale_.size(), 0.0f);
    }
    const float* in = layout_.Read(bottom[0]->data());
    float* kept = KeepsInput(bottom, top) ? layout_.Write(input_.data()) : nullptr;
    float* out = layout_.Write(top[0]->data());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* x = in + piece.offset;
      const float* s = scale_.data() + piece.channel;
      const float* b = bias_.data() + piece.channel;
      float* y = out + piece.offset;
      if (kept != nullptr) std::copy_n(x, piece.positions * lanes, kept + piece.offset);
      ForEachValue(lanes, piece.positions,
                   [=](int64_t i, int64_t l) { y[i] = x[i] * s[l] + b[l]; });
    });
  }

  void Adopt(const Normalized& normalized) override {
    layout_ = normalized.layout;
    std::copy_n(normalized.values, layout_.view().count(), layout_.Write(input_.data()));
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const bool is_param = bottom.size() == 1;
    const bool want_scale = is_param ? param_propagate_down(0) : propagate_down[1];
    const bool want_bias =
        param().scale_param().bias_term() && param_propagate_down(blobs().size() - 1);
    const ChannelView& view = layout_.view();
    Pad(Scale(bottom), scale_);
    if (want_scale) scale_sums_.Reserve(view);
    if (want_bias) bias_sums_.Reserve(view);
    Storage& input = KeepsInput(bottom, top) ? input_.data() : bottom[0]->data();
    const float* in = want_scale ? layout_.Read(input) : nullptr;
    const float* diff = layout_.Read(top[0]->diff());
    float* out = propagate_down[0] ? layout_.Write(bottom[0]->diff()) : nullptr;
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* dy = diff + piece.offset;
      if (want_scale) {
        const float* x = in + piece.offset;
        SumValues(lanes, piece.positions, scale_sums_.piece(view, index),
                  [=](int64_t i, int64_t) { return dy[i] * x[i]; });
      }
      if (want_bias) {
        SumValues(lanes, piece.positions, bias_sums_.piece(view, index),
                  [=](int64_t i, int64_t) { return dy[i]; });
      }
      // Comes last, since in place this overwrites the top's diff.
      if (out != nullptr) {
        const float* s = scale_.data() + piece.channel;
        float* dx = out + piece.offset;
        ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) { dx[i] = dy[i] * s[l]; });
      }
    });
    if (want_scale) {
      scale_sums_.Total(view);
      scale_sums_.Give(Scale(bottom).diff(), shape_.channels, is_param);
    }
    if (want_bias) {
      bias_sums_.Total(view);
      bias_sums_.Give(blobs().back()->diff(), shape_.channels, true);
    }
  }

 private:
  Blob& Scale(const Blobs& bottom) { return bottom.size() > 1 ? *bottom[1] : *blobs()[0]; }

  // In place, the gradient of the scale needs a copy of the input.
  static bool KeepsInput(const Blobs& bottom, const Blobs& top) { return bottom[0] == top[0]; }

  // The values of `blob`, padded with zeros to whole blocks of the layout.
  void Pad(Blob& blob, std::vector<float>& padded) const {
    padded.assign(static_cast<size_t>(layout_.view().padded_channels()), 0.0f);
    std::copy_n(blob.data().Read(), shape_.channels, padded.begin());
  }

  ChannelShape shape_;
  // Of the last forward pass.
  ChannelLayout layout_;
  std::vector<float> scale_, bias_;
  Blob input_;
  ChannelSums scale_sums_, bias_sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeScale(const caffe::LayerParameter& param) {
  return std::make_unique<ScaleLayer>(param);
}

}  // namespace crema
