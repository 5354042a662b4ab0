#include <optional>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

CREMA_FOR_ALL_PROCESSORS void MaskOf(int64_t count, const uint32_t* words, uint32_t threshold,
                                     uint8_t* mask) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) mask[i] = words[i] >= threshold;
}

// In training, sets each value to 0 with probability dropout_ratio and scales the others by 1 / (1
// - dropout_ratio). In testing, the identity. With scale_train: false, which some forks have, it
// scales in testing instead, by 1 - dropout_ratio.
//
// Which values are dropped depends on their place in the plain layout, whatever the layout in use.
class DropoutLayer : public Layer {
 public:
  explicit DropoutLayer(const caffe::LayerParameter& param) : Layer(param) {
    const double ratio = param.dropout_param().dropout_ratio();
    Require(ratio >= 0.0 && ratio < 1.0,
            "Expected a dropout_ratio of at least 0 and less than 1 but found ", ratio);
    threshold_ = static_cast<uint32_t>(ratio * 0x1.0p32);
    if (param.dropout_param().scale_train()) {
      scale_ = static_cast<float>(1.0 / (1.0 - ratio));
    } else {
      test_scale_ = static_cast<float>(1.0 - ratio);
    }
  }

  Arity arity() const override { return Arity::Exactly(1, 1); }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.forward = training()};
  }
  Kept LeavesInPlace() const override {
    return training() || test_scale_ != 1.0f ? Kept::kSigns : Kept::kAll;
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    top[0]->ReshapeLike(*bottom[0]);
    if (training()) plain_mask_.resize(static_cast<size_t>(bottom[0]->count()));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (!training()) {
      ScaleForTest(bottom[0]->data(), top[0]->data());
      return;
    }
    Draw();
    const UnarySpan span = SpanOf(bottom[0]->data(), top[0]->data());
    const onednn::Desc* layout = top[0]->data().layout();
    layout_.reset();
    if (layout != nullptr) {
      layout_ = *layout;
      ArrangeMask(*layout);
    }
    Apply(span.in, span.out, span.count);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0]) return;
    if (!training()) {
      ScaleForTest(top[0]->diff(), bottom[0]->diff());
    } else if (layout_.has_value()) {
      const float* in = top[0]->diff().Read(*layout_);
      Apply(in, bottom[0]->diff().Write(*layout_), onednn::PaddedCount(*layout_));
    } else {
      const float* in = top[0]->diff().Read();
      Apply(in, bottom[0]->diff().Write(), bottom[0]->count());
    }
  }

 private:
  void ScaleForTest(Storage& from, Storage& to) const {
    if (test_scale_ == 1.0f) {
      CopyValues(from, to);
      return;
    }
    const float scale = test_scale_;
    Map(SpanOf(from, to), kCheapGrain, [scale](float x) { return x * scale; });
  }

  // Draws plain_mask_: 1 keeps a value, 0 drops it.
  void Draw() {
    const int64_t count = static_cast<int64_t>(plain_mask_.size());
    const int64_t blocks = (count + 3) / 4;
    const uint64_t first = random().Take(static_cast<uint64_t>(blocks));
    const uint32_t threshold = threshold_;
    ParallelFor(blocks, kCheapGrain / 4, [&](int64_t begin, int64_t end) {
      constexpr int64_t kBlocks = 256;
      uint32_t words[kBlocks * 4];
      for (int64_t b = begin; b < end; b += kBlocks) {
        const int64_t here = std::min(kBlocks, end - b);
        random().Blocks(first + static_cast<uint64_t>(b), here, words);
        uint8_t* mask = plain_mask_.data() + b * 4;
        const int64_t values = std::min(here * 4, count - b * 4);
        MaskOf(values, words, threshold, mask);
      }
    });
  }

  // Copies the mask to native_mask_, in the order of `layout`.
  void ArrangeMask(const onednn::Desc& layout) {
    const int64_t count = onednn::PaddedCount(layout);
    native_mask_.resize(static_cast<size_t>(count));
    const int64_t block = onednn::ChannelBlock(layout);
    if (block < 1) {
      ArrangeMaskByReorder(layout);
      return;
    }
    const onednn::Dims dims = onednn::DimsOf(layout);
    const int64_t channels = dims[1], blocks = (channels + block - 1) / block;
    int64_t inner = 1;
    for (size_t i = 2; i < dims.size(); ++i) inner *= dims[i];
    ParallelFor(dims[0] * blocks, std::max<int64_t>(1, kCheapGrain / (block * inner)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t nb = begin; nb < end; ++nb) {
                    const int64_t n = nb / blocks, c = nb % blocks * block;
                    const uint8_t* from = plain_mask_.data() + (n * channels + c) * inner;
                    uint8_t* to = native_mask_.data() + nb * block * inner;
                    const int64_t here = std::min(block, channels - c);
                    for (int64_t i = 0; i < inner; ++i) {
                      for (int64_t k = 0; k < here; ++k) to[i * block + k] = from[k * inner + i];
                    }
                  }
                });
  }

  // The slow way, for any layout: lets oneDNN reorder the mask as floats.
  void ArrangeMaskByReorder(const onednn::Desc& layout) {
    const size_t count = static_cast<size_t>(onednn::PaddedCount(layout));
    std::vector<float> plain(plain_mask_.begin(), plain_mask_.end()), native(count);
    onednn::Reorder(onednn::PlainDesc(onednn::DimsOf(layout)), plain.data(), layout, native.data());
    for (size_t i = 0; i < count; ++i) native_mask_[i] = native[i] != 0.0f;
  }

  void Apply(const float* in, float* out, int64_t count) const {
    const uint8_t* mask = layout_.has_value() ? native_mask_.data() : plain_mask_.data();
    const float scale = scale_;
    Map(count, out, kCheapGrain,
        [=](int64_t i) { return in[i] * (scale * static_cast<float>(mask[i])); });
  }

  uint32_t threshold_ = 0;
  float scale_ = 1, test_scale_ = 1;
  std::vector<uint8_t> plain_mask_, native_mask_;
  // The layout of the last forward pass; empty for plain.
  std::optional<onednn::Desc> layout_;
};

}  // namespace

std::unique_ptr<Layer> MakeDropout(const caffe::LayerParameter& param) {
  return std::make_unique<DropoutLayer>(param);
}

}  // namespace crema
