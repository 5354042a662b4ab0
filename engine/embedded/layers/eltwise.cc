#include <cstring>
#include <optional>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"

namespace crema {

namespace {

// y = the sum of coeff_i x_i, the product of x_i, or the maximum of x_i, over bottoms x_i of one
// shape.
class EltwiseLayer : public Layer {
 public:
  explicit EltwiseLayer(const caffe::LayerParameter& param)
      : Layer(param), operation_(param.eltwise_param().operation()) {}

  Arity arity() const override { return {.min_bottoms = 2, .min_tops = 1, .max_tops = 1}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    if (operation_ == caffe::EltwiseParameter_EltwiseOp_SUM) return {};
    if (operation_ == caffe::EltwiseParameter_EltwiseOp_MAX) return {.forward = true};
    return {.bottoms = Kept::kAll,
            .tops = param().eltwise_param().stable_prod_grad() ? Kept::kNone : Kept::kAll};
  }

  bool MayRectify() const override {
    return operation_ == caffe::EltwiseParameter_EltwiseOp_SUM && param().bottom_size() == 2;
  }

  void SetUp(const Blobs& bottom, const Blobs& top) override {
    const auto& given = param().eltwise_param().coeff();
    Require(given.empty() || given.size() == static_cast<int>(bottom.size()),
            "Expected no coeff or one per bottom (", bottom.size(), ") but found ", given.size());
    Require(given.empty() || operation_ != caffe::EltwiseParameter_EltwiseOp_PROD,
            "Expected coeff only with SUM but found it with PROD");
    coefficients_.assign(bottom.size(), 1.0f);
    std::copy(given.begin(), given.end(), coefficients_.begin());
    terms_.resize(bottom.size());
    for (Blob* b : bottom) {
      Require(b != top[0], "Expected a top other than the bottoms but found Eltwise in place");
    }
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    for (Blob* b : bottom) {
      Require(b->shape() == bottom[0]->shape(), "Expected bottoms of the same shape, ",
              ShapeString(bottom[0]->shape()), ", but found ", ShapeString(b->shape()));
    }
    top[0]->ReshapeLike(*bottom[0]);
    layout_.reset();
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    layout_.reset();
    for (size_t i = 0; i < bottom.size() && !layout_.has_value() && !top[0]->data().open(); ++i) {
      if (bottom[i]->data().layout() != nullptr) layout_ = *bottom[i]->data().layout();
    }
    for (size_t i = 0; i < bottom.size(); ++i) terms_[i] = Read(bottom[i]->data());
    float* out = Write(top[0]->data());
    const int64_t count = Count(*top[0]);
    switch (operation_) {
      case caffe::EltwiseParameter_EltwiseOp_SUM:
        return ForwardSum(count, out);
      case caffe::EltwiseParameter_EltwiseOp_PROD:
        return ForwardProduct(count, out);
      case caffe::EltwiseParameter_EltwiseOp_MAX:
        if (winners_.size() < static_cast<size_t>(count)) {
          winners_.resize(static_cast<size_t>(count));
        }
        return ForwardMax(count, out);
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    const float* diff = Read(top[0]->diff());
    const int64_t count = Count(*top[0]);
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (!propagate_down[i]) continue;
      if (operation_ == caffe::EltwiseParameter_EltwiseOp_SUM) {
        const float coefficient = coefficients_[i];
        Map(UnarySpan{diff, Write(bottom[i]->diff()), count}, kCheapGrain,
            [coefficient](float d) { return coefficient * d; });
      } else if (operation_ == caffe::EltwiseParameter_EltwiseOp_PROD) {
        BackwardProduct(top, bottom, i, diff);
      } else {
        BackwardMax(count, static_cast<int32_t>(i), diff, Write(bottom[i]->diff()));
      }
    }
  }

 private:
  // All blobs are used in one layout: the first native layout among the bottoms at forward, else
  // plain.
  const float* Read(Storage& storage) const {
    return layout_.has_value() ? storage.Read(*layout_) : storage.Read();
  }
  float* Write(Storage& storage) const {
    return layout_.has_value() ? storage.Write(*layout_) : storage.Write();
  }
  int64_t Count(const Blob& blob) const {
    return layout_.has_value() ? onednn::PaddedCount(*layout_) : blob.count();
  }

  // Calls body(at, n) for pieces that stay in the first-level cache while all bottoms are read.
  template <class Body>
  static void ForEachPiece(int64_t count, const Body& body) {
    constexpr int64_t kPiece = 2048;
    ParallelFor(count, kCheapGrain, [&](int64_t begin, int64_t end) {
      for (int64_t at = begin; at < end; at += kPiece) body(at, std::min(kPiece, end - at));
    });
  }

  void ForwardSum(int64_t count, float* out) const {
    ForEachPiece(count, [&](int64_t at, int64_t n) {
      const float* a = terms_[0] + at;
      const float* b = terms_[1] + at;
      float* to = out + at;
      const float ca = coefficients_[0], cb = coefficients_[1];
      if (rectifies()) {
        WideEach(n, to, [=](int64_t i) {
          const float sum = ca * a[i] + cb * b[i];
          return sum < 0.0f ? 0.0f : sum;
        });
        return;
      }
      WideEach(n, to, [=](int64_t i) { return ca * a[i] + cb * b[i]; });
      for (size_t t = 2; t < terms_.size(); ++t) {
        const float* c = terms_[t] + at;
        const float cc = coefficients_[t];
        WideEach(n, to, [=](int64_t i) { return to[i] + cc * c[i]; });
      }
    });
  }

  void ForwardProduct(int64_t count, float* out) const {
    ForEachPiece(count, [&](int64_t at, int64_t n) {
      std::memcpy(out + at, terms_[0] + at, static_cast<size_t>(n) * sizeof(float));
      for (size_t t = 1; t < terms_.size(); ++t) Multiply(n, terms_[t] + at, out + at);
    });
  }

  static void Multiply(int64_t n, const float* by, float* out) {
    WideEach(n, out, [=](int64_t i) { return out[i] * by[i]; });
  }

  // Among equal values the second bottom wins over the first, and otherwise the earlier bottom
  // wins, as in Caffe.
  void ForwardMax(int64_t count, float* out) {
    ForEachPiece(count, [&](int64_t at, int64_t n) {
      const float* a = terms_[0] + at;
      const float* b = terms_[1] + at;
      float* to = out + at;
      int32_t* winner = winners_.data() + at;
      for (int64_t i = 0; i < n; ++i) {
        const bool first = a[i] > b[i];
        to[i] = first ? a[i] : b[i];
        winner[i] = first ? 0 : 1;
      }
      for (size_t t = 2; t < terms_.size(); ++t) {
        const float* c = terms_[t] + at;
        for (int64_t i = 0; i < n; ++i) {
          const bool more = c[i] > to[i];
          to[i] = more ? c[i] : to[i];
          winner[i] = more ? static_cast<int32_t>(t) : winner[i];
        }
      }
    });
  }

  void BackwardMax(int64_t count, int32_t index, const float* diff, float* out) const {
    const int32_t* winner = winners_.data();
    Map(count, out, kCheapGrain, [=](int64_t i) { return winner[i] == index ? diff[i] : 0.0f; });
  }

  // The gradient is the product of the other bottoms, either multiplied out (stable_prod_grad) or
  // computed as y / x_i.
  void BackwardProduct(const Blobs& top, const Blobs& bottom, size_t index, const float* diff) {
    const int64_t count = Count(*top[0]);
    if (param().eltwise_param().stable_prod_grad()) {
      for (size_t t = 0; t < bottom.size(); ++t) terms_[t] = Read(bottom[t]->data());
      float* out = Write(bottom[index]->diff());
      ForEachPiece(count, [&](int64_t at, int64_t n) {
        std::memcpy(out + at, diff + at, static_cast<size_t>(n) * sizeof(float));
        for (size_t t = 0; t < terms_.size(); ++t) {
          if (t != index) Multiply(n, terms_[t] + at, out + at);
        }
      });
      return;
    }
    // In the padding of a layout, 0 / 0 must give 0.
    const bool padded = count != top[0]->count();
    const float* x = Read(bottom[index]->data());
    const float* y = Read(top[0]->data());
    Map(count, Write(bottom[index]->diff()), kCheapGrain,
        [=](int64_t i) { return padded && x[i] == 0.0f ? 0.0f : y[i] / x[i] * diff[i]; });
  }

  const caffe::EltwiseParameter_EltwiseOp operation_;
  std::vector<float> coefficients_;
  std::vector<const float*> terms_;
  // The bottom that each value of MAX came from, in the layout of the last forward pass.
  std::vector<int32_t> winners_;
  std::optional<onednn::Desc> layout_;
};

}  // namespace

std::unique_ptr<Layer> MakeEltwise(const caffe::LayerParameter& param) {
  return std::make_unique<EltwiseLayer>(param);
}

}  // namespace crema
