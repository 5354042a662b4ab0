#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "engine/embedded/layers/layers.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Planes worth a share of a parallel pass, in values.
constexpr int64_t kGrain = 16384;
// Up to these, no sum of positions leaves the range of int.
constexpr int kMostStride = 1 << 24, kMostLength = 1 << 30;

struct Window {
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
};

// One pair of planes: `block` channels interleaved (1 in plain layout, 8 or 16 in blocked ones).
struct Planes {
  int in_h, in_w, out_h, out_w;
  Window window;
};

// First and one past the last input row (column) under output position `out`, clipped to the input.
struct Span {
  int begin, end;
  // Length before the clipping, but within the padding: what an average divides by.
  int padded;
};

Span SpanAt(int out, int stride, int pad, int kernel, int length) {
  const int begin = out * stride - pad;
  const int end = std::min(begin + kernel, length + pad);
  return {std::max(begin, 0), std::min(end, length), end - begin};
}

template <int kBlock>
void MaxForward(const Planes& p, const float* in, float* out, int* where) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = SpanAt(y, p.window.stride_h, p.window.pad_h, p.window.kernel_h, p.in_h);
    for (int x = 0; x < p.out_w; ++x, out += kBlock, where += kBlock) {
      const Span columns = SpanAt(x, p.window.stride_w, p.window.pad_w, p.window.kernel_w, p.in_w);
      float best[kBlock];
      int at[kBlock];
      std::fill_n(best, kBlock, -std::numeric_limits<float>::max());
      std::fill_n(at, kBlock, -1);
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const int position = h * p.in_w + w;
          const float* value = in + static_cast<int64_t>(position) * kBlock;
          for (int b = 0; b < kBlock; ++b) {
            const bool more = value[b] > best[b];
            best[b] = more ? value[b] : best[b];
            at[b] = more ? position : at[b];
          }
        }
      }
      for (int b = 0; b < kBlock; ++b) {
        out[b] = best[b];
        where[b] = at[b];
      }
    }
  }
}

// Without a branch: which value of a window is the largest is anybody's guess, also the
// processor's.
template <int kStride>
void MaxOfRow(const float* __restrict value, int begin, int end, int row, float* __restrict best,
              int* __restrict where) {
#pragma omp simd
  for (int x = begin; x < end; ++x) {
    const float candidate = value[x * kStride];
    const int more = -static_cast<int>(candidate > best[x]);
    best[x] = candidate > best[x] ? candidate : best[x];
    where[x] ^= (where[x] ^ (row + x * kStride)) & more;
  }
}

// Plain layout: over whole rows of outputs, tap by tap, so that the compiler can use vectors along
// the row.
void MaxForwardRows(const Planes& p, const float* in, float* out, int* where) {
  const Window& window = p.window;
  for (int y = 0; y < p.out_h; ++y, out += p.out_w, where += p.out_w) {
    const Span rows = SpanAt(y, window.stride_h, window.pad_h, window.kernel_h, p.in_h);
    std::fill_n(out, p.out_w, -std::numeric_limits<float>::max());
    std::fill_n(where, p.out_w, -1);
    for (int h = rows.begin; h < rows.end; ++h) {
      for (int tap = 0; tap < window.kernel_w; ++tap) {
        // Outputs whose tap lies inside the input.
        const int offset = tap - window.pad_w;
        const int begin = offset >= 0 ? 0 : (-offset + window.stride_w - 1) / window.stride_w;
        const int end =
            offset >= p.in_w ? 0 : std::min(p.out_w, (p.in_w - 1 - offset) / window.stride_w + 1);
        const int row = h * p.in_w + offset;
        const float* value = in + row;
        if (window.stride_w == 2) {
          MaxOfRow<2>(value, begin, end, row, out, where);
        } else if (window.stride_w == 1) {
          MaxOfRow<1>(value, begin, end, row, out, where);
        } else {
          for (int x = begin; x < end; ++x) {
            const bool more = value[x * window.stride_w] > out[x];
            if (more) out[x] = value[x * window.stride_w];
            if (more) where[x] = row + x * window.stride_w;
          }
        }
      }
    }
  }
}

// Plain layout, windows of 2x2 side by side: by far the commonest pooling, in one pass.
void MaxForwardPairs(const Planes& p, const float* in, float* out, int* where) {
  for (int y = 0; y < p.out_h; ++y, out += p.out_w, where += p.out_w) {
    const int row = 2 * y * p.in_w, below = p.in_w;
    const float* __restrict upper = in + row;
    const float* __restrict lower = upper + p.in_w;
    float* __restrict best = out;
    int* __restrict at = where;
#pragma omp simd
    for (int x = 0; x < p.out_w; ++x) {
      const float a = upper[2 * x], b = upper[2 * x + 1], c = lower[2 * x], d = lower[2 * x + 1];
      const float ab = b > a ? b : a, cd = d > c ? d : c;
      const int at_ab = static_cast<int>(b > a), at_cd = below + static_cast<int>(d > c);
      const int down = -static_cast<int>(cd > ab);
      best[x] = cd > ab ? cd : ab;
      at[x] = row + 2 * x + (at_ab ^ ((at_ab ^ at_cd) & down));
    }
  }
}

// Adds each output's gradient to the input that was the largest; `in` starts at zero unless every
// input lies in exactly one window (`tiles`), where each is set.
template <int kBlock, bool kTiles>
void MaxBackward(const Planes& p, const float* out, const int* where, float* in) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = SpanAt(y, p.window.stride_h, p.window.pad_h, p.window.kernel_h, p.in_h);
    for (int x = 0; x < p.out_w; ++x, out += kBlock, where += kBlock) {
      const Span columns = SpanAt(x, p.window.stride_w, p.window.pad_w, p.window.kernel_w, p.in_w);
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const int position = h * p.in_w + w;
          float* to = in + static_cast<int64_t>(position) * kBlock;
          for (int b = 0; b < kBlock; ++b) {
            const float share = where[b] == position ? out[b] : 0.0f;
            if constexpr (kTiles) {
              to[b] = share;
            } else {
              to[b] += share;
            }
          }
        }
      }
    }
  }
}

// Plain layout; `in` starts at zero.
void MaxBackwardScatter(const Planes& p, const float* out, const int* where, float* in) {
  for (int i = 0; i < p.out_h * p.out_w; ++i) {
    if (where[i] >= 0) in[where[i]] += out[i];
  }
}

template <int kBlock>
void AverageForward(const Planes& p, const float* in, float* out) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = SpanAt(y, p.window.stride_h, p.window.pad_h, p.window.kernel_h, p.in_h);
    for (int x = 0; x < p.out_w; ++x, out += kBlock) {
      const Span columns = SpanAt(x, p.window.stride_w, p.window.pad_w, p.window.kernel_w, p.in_w);
      float sum[kBlock] = {};
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          const float* value = in + (static_cast<int64_t>(h) * p.in_w + w) * kBlock;
          for (int b = 0; b < kBlock; ++b) sum[b] += value[b];
        }
      }
      const auto size = static_cast<float>(rows.padded * columns.padded);
      for (int b = 0; b < kBlock; ++b) out[b] = sum[b] / size;
    }
  }
}

// `in` starts at zero.
template <int kBlock>
void AverageBackward(const Planes& p, const float* out, float* in) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = SpanAt(y, p.window.stride_h, p.window.pad_h, p.window.kernel_h, p.in_h);
    for (int x = 0; x < p.out_w; ++x, out += kBlock) {
      const Span columns = SpanAt(x, p.window.stride_w, p.window.pad_w, p.window.kernel_w, p.in_w);
      const auto size = static_cast<float>(rows.padded * columns.padded);
      float share[kBlock];
      for (int b = 0; b < kBlock; ++b) share[b] = out[b] / size;
      for (int h = rows.begin; h < rows.end; ++h) {
        for (int w = columns.begin; w < columns.end; ++w) {
          float* to = in + (static_cast<int64_t>(h) * p.in_w + w) * kBlock;
          for (int b = 0; b < kBlock; ++b) to[b] += share[b];
        }
      }
    }
  }
}

class Pooling : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override {
    // A second top holds where each maximum was.
    const bool max = param().pooling_param().pool() == caffe::PoolingParameter_PoolMethod_MAX;
    return {1, 1, 1, max ? 2 : 1, false};
  }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.forward = max()};
  }

  void SetUp(const Blobs&, const Blobs&) override {
    const caffe::PoolingParameter& pool = param().pooling_param();
    Require(
        pool.pool() != caffe::PoolingParameter_PoolMethod_STOCHASTIC,
        "Expected a pool method of MAX or AVE but found STOCHASTIC, which Caffe has on GPUs only");
    const bool planar = pool.has_kernel_h() || pool.has_kernel_w();
    if (pool.global_pooling()) {
      Require(!planar && !pool.has_kernel_size(),
              "Expected no kernel size with global_pooling but found one");
    } else {
      Require(planar != pool.has_kernel_size(),
              "Expected either kernel_size or kernel_h and kernel_w but found ",
              planar ? "both" : "neither");
      Require(!planar || (pool.has_kernel_h() && pool.has_kernel_w()),
              "Expected both kernel_h and kernel_w but found one of them");
    }
    Require(!pool.has_pad() || !(pool.has_pad_h() || pool.has_pad_w()),
            "Expected either pad or pad_h and pad_w but found both");
    Require(pool.has_pad_h() == pool.has_pad_w(),
            "Expected both pad_h and pad_w but found one of them");
    Require(pool.has_stride_h() == pool.has_stride_w(),
            "Expected both stride_h and stride_w but found one of them");
    Require(!pool.has_stride() || !(pool.has_stride_h() || pool.has_stride_w()),
            "Expected either stride or stride_h and stride_w but found both");
    const auto pick = [](bool planar_given, uint32_t one, uint32_t both) {
      return static_cast<int>(planar_given ? one : both);
    };
    window_ = {pick(planar, pool.kernel_h(), pool.kernel_size()),
               pick(planar, pool.kernel_w(), pool.kernel_size()),
               pick(pool.has_stride_h(), pool.stride_h(), pool.stride()),
               pick(pool.has_stride_w(), pool.stride_w(), pool.stride()),
               pick(pool.has_pad_h(), pool.pad_h(), pool.pad()),
               pick(pool.has_pad_w(), pool.pad_w(), pool.pad())};
    if (pool.global_pooling()) {
      Require(window_.pad_h == 0 && window_.pad_w == 0 && window_.stride_h == 1 &&
                  window_.stride_w == 1,
              "Expected pad 0 and stride 1 with global_pooling but found others");
      return;
    }
    Require(window_.kernel_h > 0 && window_.kernel_w > 0,
            "Expected a kernel size above 0 but found ", window_.kernel_h, "x", window_.kernel_w);
    Require(window_.stride_h > 0 && window_.stride_w > 0, "Expected a stride above 0 but found ",
            window_.stride_h, "x", window_.stride_w);
    Require(window_.stride_h <= kMostStride && window_.stride_w <= kMostStride,
            "Expected a stride of at most ", kMostStride, " but found ", window_.stride_h, "x",
            window_.stride_w);
    Require(window_.pad_h >= 0 && window_.pad_w >= 0, "Expected a pad of 0 or more but found ",
            window_.pad_h, "x", window_.pad_w);
    Require(window_.pad_h < window_.kernel_h && window_.pad_w < window_.kernel_w,
            "Expected a pad below the kernel size but found ", window_.pad_h, "x", window_.pad_w);
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    for (const Blob* blob : top) {
      Require(blob != bottom[0], "Expected tops other than the bottom but found Pooling in place");
    }
    Require(bottom[0]->num_axes() == 4, "Expected a bottom of 4 axes (N, C, H, W) but found shape ",
            ShapeString(bottom[0]->shape()));
    const int in_h = bottom[0]->shape(2), in_w = bottom[0]->shape(3);
    if (param().pooling_param().global_pooling()) {
      window_.kernel_h = in_h;
      window_.kernel_w = in_w;
    }
    planes_ = {in_h, in_w, OutputLength(in_h, window_.kernel_h, window_.stride_h, window_.pad_h),
               OutputLength(in_w, window_.kernel_w, window_.stride_w, window_.pad_w), window_};
    // What a kernel reaches beyond the padding counts for nothing.
    planes_.window.kernel_h = std::min(window_.kernel_h, in_h + 2 * window_.pad_h);
    planes_.window.kernel_w = std::min(window_.kernel_w, in_w + 2 * window_.pad_w);
    const Shape shape = {bottom[0]->shape(0), bottom[0]->shape(1), planes_.out_h, planes_.out_w};
    for (Blob* blob : top) blob->Reshape(shape);
    tiles_ = window_.pad_h == 0 && window_.pad_w == 0 && window_.stride_h == window_.kernel_h &&
             window_.stride_w == window_.kernel_w && planes_.out_h * window_.kernel_h == in_h &&
             planes_.out_w * window_.kernel_w == in_w;
    out_desc_.reset();
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top[0]->count() == 0) return;
    Storage& data = bottom[0]->data();
    ChooseLayout(data, *bottom[0], *top[0]);
    const float* in = data.Read(*in_desc_);
    float* out = top[0]->data().Write(*out_desc_);
    if (max()) where_.resize(static_cast<size_t>(onednn::PaddedCount(*out_desc_)));
    OverPlanes([&](const auto block, int64_t in_at, int64_t out_at) {
      constexpr int kBlock = decltype(block)::value;
      if (max() && kBlock == 1 && tiles_ && window_.kernel_h == 2 && window_.kernel_w == 2) {
        MaxForwardPairs(planes_, in + in_at, out + out_at, where_.data() + out_at);
      } else if (max() && kBlock == 1) {
        MaxForwardRows(planes_, in + in_at, out + out_at, where_.data() + out_at);
      } else if (max()) {
        MaxForward<kBlock>(planes_, in + in_at, out + out_at, where_.data() + out_at);
      } else {
        AverageForward<kBlock>(planes_, in + in_at, out + out_at);
      }
    });
    if (top.size() > 1) WriteMask(*top[1]);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0] || top[0]->count() == 0) return;
    if (!out_desc_) ChooseLayout(bottom[0]->data(), *bottom[0], *top[0]);
    const float* out = top[0]->diff().Read(*out_desc_);
    float* in = bottom[0]->diff().Write(*in_desc_);
    OverPlanes([&](const auto block, int64_t in_at, int64_t out_at) {
      constexpr int kBlock = decltype(block)::value;
      if (max() && tiles_ && kBlock > 1) {
        MaxBackward<kBlock, true>(planes_, out + out_at, where_.data() + out_at, in + in_at);
        return;
      }
      std::fill_n(in + in_at, static_cast<int64_t>(planes_.in_h) * planes_.in_w * kBlock, 0.0f);
      if (max() && kBlock == 1) {
        MaxBackwardScatter(planes_, out + out_at, where_.data() + out_at, in + in_at);
      } else if (max()) {
        MaxBackward<kBlock, false>(planes_, out + out_at, where_.data() + out_at, in + in_at);
      } else {
        AverageBackward<kBlock>(planes_, out + out_at, in + in_at);
      }
    });
  }

 private:
  bool max() const {
    return param().pooling_param().pool() == caffe::PoolingParameter_PoolMethod_MAX;
  }

  // Caffe rounds up (unless told otherwise). With padding, on whichever axis, it lets no window
  // start in the padding behind the input. A kernel longer than the input still has a window where
  // the formula gives one.
  int OutputLength(int input, int kernel, int stride, int pad) const {
    Require(input > 0, "Expected a bottom with values to pool but found a length of ", input);
    const int64_t padded = static_cast<int64_t>(input) + 2 * int64_t{pad};
    Require(padded <= kMostLength, "Expected a padded bottom of at most ", kMostLength,
            " but found ", padded);
    const int64_t room = padded - kernel;
    const bool floor =
        param().pooling_param().round_mode() == caffe::PoolingParameter_RoundMode_FLOOR;
    // C's division rounds towards 0: down for what is positive, up for what is negative.
    int64_t steps = room / stride;
    if (room % stride != 0 && floor != (room > 0)) steps += floor ? -1 : 1;
    int64_t length = steps + 1;
    const bool is_padded = window_.pad_h > 0 || window_.pad_w > 0;
    if (is_padded && (length - 1) * stride >= input + pad) --length;
    Require(length > 0, "Expected the kernel, ", kernel, " long, to fit into the padded bottom of ",
            padded);
    return static_cast<int>(length);
  }

  // Works in the layout that the bottom has, so that nothing is reordered between a convolution and
  // the next.
  void ChooseLayout(Storage& data, const Blob& bottom, const Blob& top) {
    const onednn::Desc plain = onednn::PlainDesc(bottom.dims());
    const onednn::Desc wanted =
        data.layout() != nullptr && onednn::DimsOf(*data.layout()) == bottom.dims() ? *data.layout()
                                                                                    : plain;
    if (out_desc_ && *in_desc_ == wanted) return;
    block_ = onednn::ChannelBlock(wanted);
    if (block_ == 8 || block_ == 16) {
      in_desc_ = wanted;
      out_desc_ = onednn::BlockedDesc(top.dims(), block_);
    } else {
      block_ = 1;
      in_desc_ = plain;
      out_desc_ = onednn::PlainDesc(top.dims());
    }
    groups_ = bottom.shape(0) * ((bottom.shape(1) + block_ - 1) / block_);
  }

  // body(block, offset of the input plane, offset of the output plane) for each group of `block`
  // channels.
  template <class Body>
  void OverPlanes(const Body& body) const {
    const int64_t in_size = static_cast<int64_t>(planes_.in_h) * planes_.in_w * block_;
    const int64_t out_size = static_cast<int64_t>(planes_.out_h) * planes_.out_w * block_;
    const auto run = [&](const auto block) {
      ParallelFor(groups_, std::max<int64_t>(1, kGrain / in_size), [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) body(block, i * in_size, i * out_size);
      });
    };
    if (block_ == 8) {
      run(std::integral_constant<int, 8>());
    } else if (block_ == 16) {
      run(std::integral_constant<int, 16>());
    } else {
      run(std::integral_constant<int, 1>());
    }
  }

  void WriteMask(Blob& mask) {
    float* out = mask.data().Write(*out_desc_);
    for (size_t i = 0; i < where_.size(); ++i) out[i] = static_cast<float>(where_[i]);
    mask.data().ReadWrite();  // Left plain: the padding of another layout would not be zero.
  }

  Window window_{};
  Planes planes_{};
  bool tiles_ = false;
  int block_ = 1;
  int64_t groups_ = 0;
  std::optional<onednn::Desc> in_desc_, out_desc_;
  std::vector<int> where_;
};

}  // namespace

std::unique_ptr<Layer> MakePooling(const caffe::LayerParameter& param) {
  return std::make_unique<Pooling>(param);
}

}  // namespace crema
