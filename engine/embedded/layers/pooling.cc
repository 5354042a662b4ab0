#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/embedded/layers/edge_pads.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/pooling_planes.h"
#include "engine/embedded/layers/pooling_stochastic.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// With strides and lengths up to these, no sum of positions leaves the range of int.
constexpr int kMostStride = 1 << 24, kMostPad = 1 << 24, kMostPadded = 1 << 30;

// Whether the length of the top is rounded down: `round_mode`, or else `ceil_mode`, by which some
// forks say the same.
bool RoundsDown(const caffe::PoolingParameter& param) {
  if (param.has_round_mode()) return param.round_mode() == caffe::PoolingParameter_RoundMode_FLOOR;
  return !param.ceil_mode();
}

// y is the maximum, or the average, of each window of x. Padding is no part of a maximum, and
// counts as zeros in an average, but for AVE_EXC_PAD, which is the average of what lies inside x
// (AVE_TF is an older name of it; both are of Synopsys' Caffe).
//
// Stochastic pooling (Zeiler and Fergus, 2013) draws one value of each window in training, with a
// probability proportional to it, and in testing takes their average with these weights. It is for
// values of 0 or more. Caffe has it on GPUs only; this computes what it computes there.
class Pooling : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override {
    // An optional second top holds the position of each maximum.
    const bool max = param().pooling_param().pool() == caffe::PoolingParameter_PoolMethod_MAX;
    return {1, 1, 1, max ? 2 : 1, false};
  }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    if (stochastic() && !training()) return {.bottoms = Kept::kAll};
    return {.forward = max() || stochastic()};
  }

  void SetUp(const Blobs&, const Blobs&) override {
    const caffe::PoolingParameter& pool = param().pooling_param();
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
    window_ = {.kernel_h = pick(planar, pool.kernel_h(), pool.kernel_size()),
               .kernel_w = pick(planar, pool.kernel_w(), pool.kernel_size()),
               .stride_h = pick(pool.has_stride_h(), pool.stride_h(), pool.stride()),
               .stride_w = pick(pool.has_stride_w(), pool.stride_w(), pool.stride()),
               .pad_h = pick(pool.has_pad_h(), pool.pad_h(), pool.pad()),
               .pad_w = pick(pool.has_pad_w(), pool.pad_w(), pool.pad()),
               .trail_h = 0,
               .trail_w = 0};
    const bool padded = pool.has_pad() || pool.has_pad_h();
    const auto edges = EdgePadsOf(pool, padded, kMostPad);
    same_ = PadsToSame(pool, padded || edges.has_value());
    Require(
        !stochastic() || (window_.pad_h == 0 && window_.pad_w == 0 && !edges.has_value() && !same_),
        "Expected a pool of MAX or AVE with padding but found STOCHASTIC");
    if (pool.global_pooling()) {
      Require(window_.pad_h == 0 && window_.pad_w == 0 && !edges.has_value() && !same_ &&
                  window_.stride_h == 1 && window_.stride_w == 1,
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
    const auto [rows, columns] = edges.value_or(
        std::array<EdgePads, 2>{{{window_.pad_h, window_.pad_h}, {window_.pad_w, window_.pad_w}}});
    SetPads(rows, columns);
    Require(!excludes_padding() ||
                (rows.before < window_.kernel_h && columns.before < window_.kernel_w),
            "Expected pad_t and pad_l below the kernel size, since AVE_EXC_PAD has no average of "
            "padding alone, but found ",
            rows.before, " and ", columns.before);
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
    Require(in_h > 0 && in_w > 0, "Expected a bottom with values to pool but found shape ",
            ShapeString(bottom[0]->shape()));
    if (same_) {
      SetPads(SamePads(in_h, window_.kernel_h, window_.stride_h),
              SamePads(in_w, window_.kernel_w, window_.stride_w));
    }
    const auto [h, w] = pads();
    planes_ = {.in_h = in_h,
               .in_w = in_w,
               .out_h = OutputLength(in_h, window_.kernel_h, window_.stride_h, h),
               .out_w = OutputLength(in_w, window_.kernel_w, window_.stride_w, w),
               .window = window_,
               .excludes_padding = excludes_padding()};
    // What a kernel reaches beyond the padding counts for nothing.
    planes_.window.kernel_h = std::min(window_.kernel_h, in_h + h.before + h.behind);
    planes_.window.kernel_w = std::min(window_.kernel_w, in_w + w.before + w.behind);
    const Shape shape = {bottom[0]->shape(0), bottom[0]->shape(1), planes_.out_h, planes_.out_w};
    for (Blob* blob : top) blob->Reshape(shape);
    tiles_ = window_.pad_h == 0 && window_.pad_w == 0 && window_.trail_h == 0 &&
             window_.trail_w == 0 && window_.stride_h == window_.kernel_h &&
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
    if (max() || stochastic()) {
      where_.resize(static_cast<size_t>(onednn::PaddedCount(*out_desc_)));
    }
    if (stochastic()) {
      ForwardStochastic(in, out);
      return;
    }
    const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
    const int64_t share = max() && block_ > 1 ? pooling::MaxScratch(planes_, block_) : 0;
    float* const scratch = scratch_.Reserve(share * threads);
    OverPlanes([&](const auto block, int64_t in_at, int64_t out_at) {
      constexpr int kBlock = decltype(block)::value;
      if (!max()) {
        pooling::AverageForward<kBlock>(planes_, in + in_at, out + out_at);
      } else if constexpr (kBlock > 1) {
        pooling::MaxForward<kBlock>(planes_, in + in_at, out + out_at, where_.data() + out_at,
                                    scratch + (threads > 1 ? omp_get_thread_num() : 0) * share);
      } else if (tiles_ && window_.kernel_h == 2 && window_.kernel_w == 2) {
        pooling::MaxForwardPairs(planes_, in + in_at, out + out_at, where_.data() + out_at);
      } else {
        pooling::MaxForwardRows(planes_, in + in_at, out + out_at, where_.data() + out_at);
      }
    });
    if (top.size() > 1) WriteMask(*top[1]);
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (!propagate_down[0] || top[0]->count() == 0) return;
    if (!out_desc_) ChooseLayout(bottom[0]->data(), *bottom[0], *top[0]);
    const float* out = top[0]->diff().Read(*out_desc_);
    float* in = bottom[0]->diff().Write(*in_desc_);
    if (stochastic() && !training()) {
      BackwardWeighted(bottom[0]->data().Read(), out, in);
      return;
    }
    OverPlanes([&](const auto block, int64_t in_at, int64_t out_at) {
      constexpr int kBlock = decltype(block)::value;
      std::fill_n(in + in_at, static_cast<int64_t>(planes_.in_h) * planes_.in_w * kBlock, 0.0f);
      if (max() || stochastic()) {
        pooling::MaxBackward<kBlock>(planes_, out + out_at, where_.data() + out_at, in + in_at);
      } else {
        pooling::AverageBackward<kBlock>(planes_, out + out_at, in + in_at);
      }
    });
  }

 private:
  bool max() const {
    return param().pooling_param().pool() == caffe::PoolingParameter_PoolMethod_MAX;
  }

  bool stochastic() const {
    return param().pooling_param().pool() == caffe::PoolingParameter_PoolMethod_STOCHASTIC;
  }

  // In the plain layout, in which each output has its random number.
  void ForwardStochastic(const float* in, float* out) {
    if (training()) {
      words_.resize((where_.size() + 3) / 4 * 4);
      const auto blocks = static_cast<int64_t>(words_.size() / 4);
      const uint64_t first = random().Take(static_cast<uint64_t>(blocks));
      ParallelFor(blocks, kCostlyGrain / 4, [&](int64_t begin, int64_t end) {
        random().Blocks(first + static_cast<uint64_t>(begin), end - begin,
                        words_.data() + 4 * begin);
      });
    }
    OverPlanes([&](const auto, int64_t in_at, int64_t out_at) {
      if (training()) {
        pooling::DrawForward(planes_, in + in_at, words_.data() + out_at, out + out_at,
                             where_.data() + out_at);
      } else {
        pooling::WeightedForward(planes_, in + in_at, out + out_at);
      }
    });
  }

  void BackwardWeighted(const float* in, const float* out_diff, float* in_diff) const {
    OverPlanes([&](const auto, int64_t in_at, int64_t out_at) {
      std::fill_n(in_diff + in_at, static_cast<int64_t>(planes_.in_h) * planes_.in_w, 0.0f);
      pooling::WeightedBackward(planes_, in + in_at, out_diff + out_at, in_diff + in_at);
    });
  }

  bool excludes_padding() const {
    const auto pool = param().pooling_param().pool();
    return pool == caffe::PoolingParameter_PoolMethod_AVE_EXC_PAD ||
           pool == caffe::PoolingParameter_PoolMethod_AVE_TF;
  }

  std::array<EdgePads, 2> pads() const {
    return {{{window_.pad_h, window_.trail_h}, {window_.pad_w, window_.trail_w}}};
  }

  void SetPads(EdgePads rows, EdgePads columns) {
    window_.pad_h = rows.before;
    window_.trail_h = rows.behind;
    window_.pad_w = columns.before;
    window_.trail_w = columns.behind;
  }

  // Caffe rounds up (unless told otherwise). With padding, on whichever axis, it lets no window
  // start in the padding behind the input. A kernel longer than the input still has a window where
  // the formula gives one.
  int OutputLength(int input, int kernel, int stride, EdgePads pad) const {
    const int64_t padded = static_cast<int64_t>(input) + pad.before + pad.behind;
    Require(padded <= kMostPadded, "Expected a padded bottom of at most ", kMostPadded,
            " but found ", padded);
    if (same_) return SameLength(input, stride);
    const int64_t room = padded - kernel;
    const bool floor = RoundsDown(param().pooling_param());
    // C's division rounds towards 0: down for what is positive, up for what is negative.
    int64_t steps = room / stride;
    if (room % stride != 0 && floor != (room > 0)) steps += floor ? -1 : 1;
    int64_t length = steps + 1;
    const bool is_padded =
        window_.pad_h > 0 || window_.pad_w > 0 || window_.trail_h > 0 || window_.trail_w > 0;
    if (is_padded && (length - 1) * stride >= input + pad.before) --length;
    Require(length > 0, "Expected the kernel, ", kernel, " long, to fit into the padded bottom of ",
            padded);
    return static_cast<int>(length);
  }

  // Uses the layout of the bottom, so that nothing is reordered between one convolution and the
  // next.
  void ChooseLayout(Storage& data, const Blob& bottom, const Blob& top) {
    const onednn::Desc plain = onednn::PlainDesc(bottom.dims());
    const onednn::Desc wanted =
        data.layout() != nullptr && onednn::DimsOf(*data.layout()) == bottom.dims() ? *data.layout()
                                                                                    : plain;
    if (out_desc_ && (stochastic() || *in_desc_ == wanted)) return;
    block_ = onednn::ChannelBlock(wanted);
    if (!stochastic() && (block_ == 8 || block_ == 16)) {
      in_desc_ = wanted;
      out_desc_ = onednn::BlockedDesc(top.dims(), block_);
    } else {
      block_ = 1;
      in_desc_ = plain;
      out_desc_ = onednn::PlainDesc(top.dims());
    }
    groups_ = bottom.shape(0) * ((bottom.shape(1) + block_ - 1) / block_);
  }

  // Calls body(block, offset of the input plane, offset of the output plane) for each group of
  // `block` channels, in parallel.
  template <class Body>
  void OverPlanes(const Body& body) const {
    const int64_t in_size = static_cast<int64_t>(planes_.in_h) * planes_.in_w * block_;
    const int64_t out_size = static_cast<int64_t>(planes_.out_h) * planes_.out_w * block_;
    const auto run = [&](const auto block) {
      ParallelFor(groups_, std::max<int64_t>(1, kCheapGrain / in_size),
                  [&](int64_t begin, int64_t end) {
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
    mask.data().ReadWrite();  // Leaves it plain: the padding of another layout would not be zero.
  }

  pooling::Window window_{};
  pooling::Planes planes_{};
  bool same_ = false;
  bool tiles_ = false;
  int block_ = 1;
  int64_t groups_ = 0;
  std::optional<onednn::Desc> in_desc_, out_desc_;
  std::vector<int> where_;
  std::vector<uint32_t> words_;
  Buffer scratch_;
};

}  // namespace

std::unique_ptr<Layer> MakePooling(const caffe::LayerParameter& param) {
  return std::make_unique<Pooling>(param);
}

}  // namespace crema
