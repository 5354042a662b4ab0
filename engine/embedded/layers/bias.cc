#include "engine/embedded/layers/broadcast.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// y = x + b, where b is a parameter, or the second bottom, that covers some of the axes of x.
class BiasLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override {
    return {.min_bottoms = 1, .max_bottoms = 2, .min_tops = 1, .max_tops = 1};
  }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override { return {}; }
  Kept LeavesInPlace() const override { return Kept::kNone; }

  void SetUp(const Blobs& bottom, const Blobs& /*top*/) override {
    if (bottom.size() > 1) return;
    const auto& bias = param().bias_param();
    AddParam(CoveredShape(*bottom[0], bias.axis(), bias.num_axes()), bias.filler());
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    shape_ = BroadcastOf(*bottom[0], param().bias_param().axis(), Bias(bottom));
    top[0]->ReshapeLike(*bottom[0]);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    layout_.Choose(bottom[0]->data(), top[0]->data(), bottom[0]->dims(), shape_);
    const ChannelView& view = layout_.view();
    const float* values = Bias(bottom).data().Read();
    bias_.assign(static_cast<size_t>(view.padded_channels()), 0.0f);
    std::copy_n(values, shape_.channels, bias_.begin());
    const float* in = layout_.Read(bottom[0]->data());
    float* out = layout_.Write(top[0]->data());
    view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t) {
      const float* x = in + piece.offset;
      const float* b = bias_.data() + piece.channel;
      float* y = out + piece.offset;
      ForEachValue(lanes, piece.positions, [=](int64_t i, int64_t l) { y[i] = x[i] + b[l]; });
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const bool is_param = bottom.size() == 1;
    Storage& top_diff = top[0]->diff();
    if (is_param ? param_propagate_down(0) : propagate_down[1]) {
      layout_.Choose(top_diff, bottom[0]->diff(), bottom[0]->dims(), shape_);
      const ChannelView& view = layout_.view();
      sums_.Reserve(view);
      const float* diff = layout_.Read(top_diff);
      view.ForEachPiece([&](auto lanes, const ChannelView::Piece& piece, int64_t index) {
        const float* dy = diff + piece.offset;
        SumValues(lanes, piece.positions, sums_.piece(view, index),
                  [=](int64_t i, int64_t) { return dy[i]; });
      });
      sums_.Total(view);
      sums_.Give(Bias(bottom).diff(), shape_.channels, is_param);
    }
    if (propagate_down[0]) CopyValues(top_diff, bottom[0]->diff());
  }

 private:
  Blob& Bias(const Blobs& bottom) { return bottom.size() > 1 ? *bottom[1] : *blobs()[0]; }

  ChannelShape shape_;
  ChannelLayout layout_;
  // The bias, padded with zeros to whole blocks.
  std::vector<float> bias_;
  ChannelSums sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeBias(const caffe::LayerParameter& param) {
  return std::make_unique<BiasLayer>(param);
}

}  // namespace crema
