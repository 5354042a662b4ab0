#include <numeric>

#include "engine/embedded/core/channel_view.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

// y = x if x > 0, else slope x, with a learned slope for each channel (axis 1) or, with
// channel_shared, one for all: https://arxiv.org/abs/1502.01852.
class PreluLayer : public Layer {
 public:
  explicit PreluLayer(const caffe::LayerParameter& param)
      : Layer(param), shared_(param.prelu_param().channel_shared()) {}

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& bottom, const Blobs& top) const override {
    const bool in_place = bottom[0] == top[0];
    const Kept read = param_propagate_down(0) ? Kept::kAll : Kept::kSigns;
    return {.bottoms = in_place ? Kept::kNone : read, .forward = in_place};
  }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void SetUp(const Blobs& bottom, const Blobs& /*top*/) override {
    CheckAxes(*bottom[0]);
    caffe::FillerParameter filler = param().prelu_param().filler();
    if (!param().prelu_param().has_filler()) filler.set_value(0.25f);
    AddParam(shared_ ? Shape{} : Shape{bottom[0]->shape(1)}, filler);
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    CheckAxes(*bottom[0]);
    shape_ = {bottom[0]->shape(0), bottom[0]->shape(1), bottom[0]->count(2)};
    Require(shared_ || blobs()[0]->count() == shape_.channels, "Expected a bottom of ",
            blobs()[0]->count(), " channels, as the layer has slopes for, but found shape ",
            ShapeString(bottom[0]->shape()));
    // Backward without a forward before it takes the blobs as plain.
    layout_ = ChannelLayout(shape_);
    top[0]->ReshapeLike(*bottom[0]);
    if (bottom[0] == top[0]) input_.ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    layout_.Choose(bottom[0]->data(), top[0]->data(), bottom[0]->dims(), shape_);
    PadSlopes();
    const float* in = layout_.Read(bottom[0]->data());
    float* kept = bottom[0] == top[0] ? layout_.Write(input_.data()) : nullptr;
    float* out = layout_.Write(top[0]->data());
    layout_.view().ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* x = in + piece.offset;
      const float* slope = slopes_.data() + piece.channel;
      float* y = out + piece.offset;
      if (kept != nullptr) std::copy_n(x, piece.positions * lanes, kept + piece.offset);
      ForEachValue(lanes, piece.positions,
                   [=](int64_t i, int64_t l) { y[i] = x[i] > 0.0f ? x[i] : slope[l] * x[i]; });
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const bool want_slopes = param_propagate_down(0);
    const ChannelView& view = layout_.view();
    PadSlopes();
    if (want_slopes) sums_.Reserve(view);
    const float* in = layout_.Read(bottom[0] == top[0] ? input_.data() : bottom[0]->data());
    const float* diff = layout_.Read(top[0]->diff());
    float* out = propagate_down[0] ? layout_.Write(bottom[0]->diff()) : nullptr;
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
      const float* x = in + piece.offset;
      const float* dy = diff + piece.offset;
      if (want_slopes) {
        SumValues(lanes, piece.positions, sums_.piece(view, index),
                  [=](int64_t i, int64_t) { return x[i] > 0.0f ? 0.0f : dy[i] * x[i]; });
      }
      // Comes last, since in place this overwrites the top's diff.
      if (out != nullptr) {
        const float* slope = slopes_.data() + piece.channel;
        float* dx = out + piece.offset;
        ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) {
          dx[i] = dy[i] * (x[i] > 0.0f ? 1.0f : slope[l]);
        });
      }
    });
    if (want_slopes) GiveSlopes(sums_.Total(view));
  }

 private:
  static void CheckAxes(const Blob& blob) {
    Require(blob.num_axes() >= 2, "Expected a bottom of 2 axes or more but found shape ",
            ShapeString(blob.shape()));
  }

  // One slope per channel, padded with zeros to whole blocks of the layout.
  void PadSlopes() {
    const float* slopes = blobs()[0]->data().Read();
    slopes_.assign(static_cast<size_t>(layout_.view().padded_channels()), 0.0f);
    for (int64_t c = 0; c < shape_.channels; ++c) {
      slopes_[static_cast<size_t>(c)] = slopes[shared_ ? 0 : c];
    }
  }

  void GiveSlopes(const std::vector<double>& sums) {
    if (!shared_) return sums_.Give(blobs()[0]->diff(), shape_.channels, true);
    const double sum = std::accumulate(sums.begin(), sums.begin() + shape_.channels, 0.0);
    blobs()[0]->diff().ReadWrite()[0] += static_cast<float>(sum);
  }

  const bool shared_;
  ChannelShape shape_;
  // Of the last forward pass.
  ChannelLayout layout_;
  std::vector<float> slopes_;
  ChannelSums sums_;
  Blob input_;
};

}  // namespace

std::unique_ptr<Layer> MakePrelu(const caffe::LayerParameter& param) {
  return std::make_unique<PreluLayer>(param);
}

}  // namespace crema
