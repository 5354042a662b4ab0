#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/embedded/layers/gemm_convolution.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

using onednn::Desc;
using onednn::Dims;

dnnl::memory Unbound(const Desc& desc) { return dnnl::memory(desc, onednn::Cpu(), nullptr); }

// A primitive with its arguments, which are bound to addresses before each run.
class Pass {
 public:
  Pass() = default;
  Pass(const dnnl::primitive& primitive, std::unordered_map<int, dnnl::memory> arguments)
      : primitive_(primitive), arguments_(std::move(arguments)) {}

  void Bind(int argument, const float* address) {
    arguments_.at(argument).set_data_handle(const_cast<float*>(address));
  }
  void Run() {
    primitive_.execute(onednn::Stream(), arguments_);
    onednn::Stream().wait();
  }

 private:
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

// Where a gradient goes: straight into the diff if that is zero, else into scratch memory to be
// added.
class GradientTarget {
 public:
  GradientTarget(Storage& diff, const Desc& desc, bool wanted, Buffer& scratch)
      : diff_(diff), desc_(desc), direct_(wanted && diff.zero()), wanted_(wanted) {
    address_ = direct_ ? diff.Write(desc) : scratch.Reserve(onednn::PaddedCount(desc));
  }
  float* address() const { return address_; }
  void Finish() const {
    if (direct_ || !wanted_) return;
    float* to = diff_.ReadWrite(desc_);
    const int64_t count = onednn::PaddedCount(desc_);
    for (int64_t i = 0; i < count; ++i) to[i] += address_[i];
  }

 private:
  Storage& diff_;
  const Desc& desc_;
  bool direct_, wanted_;
  float* address_;
};

class Convolution : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return {1, Arity::kAny, 1, Arity::kAny, true}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = param_propagate_down(0) ? Kept::kAll : Kept::kNone};
  }

  void SetUp(const Blobs& bottom, const Blobs&) override {
    const caffe::ConvolutionParameter& conv = param().convolution_param();
    geometry_.emplace(conv, *bottom[0]);
    const int groups = geometry_->groups;
    const auto outputs = static_cast<int>(conv.num_output());
    const int channels = bottom[0]->shape(geometry_->channel_axis);
    Require(outputs >= 1, "Expected a num_output of 1 or more but found ", outputs);
    Require(channels >= 1, "Expected a bottom with channels but found shape ",
            ShapeString(bottom[0]->shape()));
    Require(channels % groups == 0, "Expected the bottom's channels to be a multiple of group, ",
            groups, ", but found ", channels);
    Require(outputs % groups == 0, "Expected num_output to be a multiple of group, ", groups,
            ", but found ", outputs);
    Shape weights = {outputs, channels / groups};
    weights.insert(weights.end(), geometry_->kernel.begin(), geometry_->kernel.end());
    AddParam(weights, conv.weight_filler());
    if (conv.bias_term()) AddParam({outputs}, conv.bias_filler());
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    const int axis = geometry_->channel_axis;
    const Blob& first = *bottom[0];
    for (size_t i = 0; i < bottom.size(); ++i) {
      Require(std::find(top.begin(), top.end(), bottom[i]) == top.end(),
              "Expected tops other than the bottoms but found Convolution in place");
    }
    Require(first.num_axes() == axis + 1 + static_cast<int>(geometry_->kernel.size()),
            "Expected a bottom of ", axis + 1 + static_cast<int>(geometry_->kernel.size()),
            " axes but found shape ", ShapeString(first.shape()));
    const int channels = blobs()[0]->shape(1) * geometry_->groups;
    Require(first.shape(axis) == channels, "Expected a bottom of ", channels,
            " channels but found shape ", ShapeString(first.shape()));
    for (const Blob* other : bottom) {
      Require(other->shape() == first.shape(), "Expected all bottoms to have shape ",
              ShapeString(first.shape()), " but found ", ShapeString(other->shape()));
    }
    Shape output(first.shape().begin(), first.shape().begin() + axis);
    output.push_back(blobs()[0]->shape(0));
    for (size_t i = 0; i < geometry_->kernel.size(); ++i) {
      output.push_back(geometry_->OutputLength(first.shape(axis + 1 + static_cast<int>(i)), i));
    }
    for (Blob* blob : top) blob->Reshape(output);
    if (first.shape() == planned_) return;
    planned_.clear();
    Plan(first, *top[0]);
    planned_ = first.shape();
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    if (top[0]->count() == 0) return;
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (gemm_) {
        gemm_->Forward(bottom[i]->data().Read(), blobs()[0]->data().Read(),
                       has_bias() ? blobs()[1]->data().Read() : nullptr, top[i]->data().Write());
        continue;
      }
      forward_.Bind(DNNL_ARG_SRC, bottom[i]->data().Read(forward_src_));
      forward_.Bind(DNNL_ARG_WEIGHTS, blobs()[0]->data().Read(weights_));
      if (has_bias()) forward_.Bind(DNNL_ARG_BIAS, blobs()[1]->data().Read());
      forward_.Bind(DNNL_ARG_DST, top[i]->data().Write(forward_dst_));
      forward_.Run();
    }
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    if (top[0]->count() == 0) return;
    const bool wants_weights = param_propagate_down(0);
    const bool wants_bias = has_bias() && param_propagate_down(1);
    for (size_t i = 0; i < bottom.size(); ++i) {
      if (wants_weights || wants_bias)
        BackwardWeights(*top[i], *bottom[i], wants_weights, wants_bias);
      if (propagate_down[i]) BackwardData(*top[i], *bottom[i]);
    }
  }

 private:
  bool has_bias() const { return param().convolution_param().bias_term(); }

  // Chooses primitives and layouts. Backward passes take forward's layouts where that costs no
  // slower implementation.
  void Plan(const Blob& bottom, const Blob& top) {
    if (top.count() == 0) return;
    gemm_.reset();
    if (geometry_->kernel.size() == 2) {
      const GemmConvolution::Sizes sizes = PlanarSizes(bottom, top);
      if (GemmConvolution::Suits(sizes, onednn::VectorLanes())) {
        gemm_.emplace(sizes);
        return;
      }
    }
    if (geometry_->kernel.size() > 3) {
      PlanManyAxes(bottom, top);
      return;
    }
    const onednn::ConvolutionShape shape = PrimitiveShape(bottom, top);
    const Desc src = onednn::AnyDesc(shape.src), weights = onednn::AnyDesc(shape.weights),
               dst = onednn::AnyDesc(shape.dst);
    const auto forward = onednn::ConvolutionForward(shape, src, weights, dst);
    forward_src_ = forward.src_desc();
    forward_dst_ = forward.dst_desc();
    weights_ = forward.weights_desc();
    std::unordered_map<int, dnnl::memory> arguments = {{DNNL_ARG_SRC, Unbound(forward_src_)},
                                                       {DNNL_ARG_WEIGHTS, Unbound(weights_)},
                                                       {DNNL_ARG_DST, Unbound(forward_dst_)}};
    if (has_bias()) arguments.emplace(DNNL_ARG_BIAS, Unbound(forward.bias_desc()));
    forward_ = Pass(dnnl::convolution_forward(forward), arguments);

    const auto free_weights = onednn::ConvolutionBackwardWeights(shape, src, weights, dst, forward);
    const auto by_weights = Preferred(free_weights, [&] {
      return onednn::ConvolutionBackwardWeights(shape, forward_src_, weights_, forward_dst_,
                                                forward);
    });
    weights_src_ = by_weights.src_desc();
    weights_diff_ = by_weights.diff_weights_desc();
    weights_diff_dst_ = by_weights.diff_dst_desc();
    arguments = {{DNNL_ARG_SRC, Unbound(weights_src_)},
                 {DNNL_ARG_DIFF_WEIGHTS, Unbound(weights_diff_)},
                 {DNNL_ARG_DIFF_DST, Unbound(weights_diff_dst_)}};
    if (has_bias()) {
      bias_diff_ = by_weights.diff_bias_desc();
      arguments.emplace(DNNL_ARG_DIFF_BIAS, Unbound(bias_diff_));
    }
    backward_weights_ = Pass(dnnl::convolution_backward_weights(by_weights), arguments);

    const auto free_data = onednn::ConvolutionBackwardData(shape, src, weights, dst, forward);
    const auto by_data = Preferred(free_data, [&] {
      return onednn::ConvolutionBackwardData(shape, forward_src_, weights, weights_diff_dst_,
                                             forward);
    });
    data_weights_ = by_data.weights_desc();
    data_diff_src_ = by_data.diff_src_desc();
    data_diff_dst_ = by_data.diff_dst_desc();
    backward_data_ = Pass(dnnl::convolution_backward_data(by_data),
                          {{DNNL_ARG_DIFF_SRC, Unbound(data_diff_src_)},
                           {DNNL_ARG_WEIGHTS, Unbound(data_weights_)},
                           {DNNL_ARG_DIFF_DST, Unbound(data_diff_dst_)}});
  }

  template <class Primitive, class Make>
  static Primitive Preferred(const Primitive& best, const Make& make) {
    try {
      const Primitive fixed = make();
      if (std::string(fixed.impl_info_str()) == best.impl_info_str()) return fixed;
    } catch (const dnnl::error&) {
      // No implementation takes these layouts; the free choice stands.
    }
    return best;
  }

  // oneDNN has up to three spatial axes.
  void PlanManyAxes(const Blob& bottom, const Blob& top) {
    const ConvolutionGeometry& g = *geometry_;
    const int axis = g.channel_axis;
    const auto lengths = [&](const Blob& blob) {
      return Shape(blob.shape().begin() + axis + 1, blob.shape().end());
    };
    const int taps = static_cast<int>(CountOf(Shape(g.kernel.begin(), g.kernel.end())));
    GemmConvolution::Sizes sizes{};
    sizes.images = bottom.count(0, axis);
    sizes.groups = g.groups;
    sizes.in_channels = bottom.shape(axis);
    sizes.out_channels = top.shape(axis);
    sizes.in_h = sizes.out_h = sizes.kernel_h = 1;
    sizes.in_w = static_cast<int>(bottom.count(axis + 1));
    sizes.out_w = static_cast<int>(top.count(axis + 1));
    sizes.kernel_w = taps;
    gemm_.emplace(sizes, g.Places(lengths(bottom), lengths(top)));
  }

  GemmConvolution::Sizes PlanarSizes(const Blob& bottom, const Blob& top) const {
    const ConvolutionGeometry& g = *geometry_;
    const int axis = g.channel_axis;
    return {bottom.count(0, axis),
            g.groups,
            bottom.shape(axis),
            top.shape(axis),
            bottom.shape(axis + 1),
            bottom.shape(axis + 2),
            top.shape(axis + 1),
            top.shape(axis + 2),
            g.kernel[0],
            g.kernel[1],
            g.stride[0],
            g.stride[1],
            g.pad[0],
            g.pad[1],
            g.dilation[0],
            g.dilation[1]};
  }

  onednn::ConvolutionShape PrimitiveShape(const Blob& bottom, const Blob& top) const {
    const ConvolutionGeometry& g = *geometry_;
    onednn::ConvolutionShape shape;
    const auto with_leading = [&](const Blob& blob) {
      Dims dims = {blob.count(0, g.channel_axis), blob.shape(g.channel_axis)};
      for (int i = g.channel_axis + 1; i < blob.num_axes(); ++i) dims.push_back(blob.shape(i));
      return dims;
    };
    shape.src = with_leading(bottom);
    shape.dst = with_leading(top);
    const Dims weights = blobs_dims(0);
    if (g.groups == 1) {
      shape.weights = weights;
    } else {
      shape.weights = {g.groups, weights[0] / g.groups};
      shape.weights.insert(shape.weights.end(), weights.begin() + 1, weights.end());
    }
    if (has_bias()) shape.bias = blobs_dims(1);
    shape.strides.assign(g.stride.begin(), g.stride.end());
    shape.dilations.assign(g.dilation.begin(), g.dilation.end());
    shape.padding_left.assign(g.pad.begin(), g.pad.end());
    for (size_t i = 0; i < g.kernel.size(); ++i) {
      // oneDNN counts the padding that is used: Caffe's rounding down leaves some of the right one
      // out.
      const int reach = g.dilation[i] * (g.kernel[i] - 1) + 1;
      const int64_t used = (shape.dst[2 + i] - 1) * g.stride[i] + reach;
      shape.padding_right.push_back(used - shape.src[2 + i] - g.pad[i]);
    }
    if (g.kernel.empty()) {
      // No spatial axis: as one of length 1.
      for (Dims* dims : {&shape.src, &shape.dst, &shape.weights, &shape.strides, &shape.dilations})
        dims->push_back(1);
      shape.padding_left = shape.padding_right = {0};
    }
    return shape;
  }

  Dims blobs_dims(size_t i) const { return const_cast<Convolution*>(this)->blobs()[i]->dims(); }

  // Gradient address for adding, or for setting where it is zero; null where it is not wanted.
  static float* DiffOf(Blob& blob, bool wanted) {
    if (!wanted) return nullptr;
    return blob.diff().zero() ? blob.diff().Write() : blob.diff().ReadWrite();
  }

  void BackwardWeights(Blob& top, Blob& bottom, bool wants_weights, bool wants_bias) {
    if (gemm_) {
      const bool set_weights = blobs()[0]->diff().zero(),
                 set_bias = wants_bias && blobs()[1]->diff().zero();
      gemm_->BackwardWeights(bottom.data().Read(), top.diff().Read(),
                             DiffOf(*blobs()[0], wants_weights), set_weights,
                             wants_bias ? DiffOf(*blobs()[1], true) : nullptr, set_bias);
      return;
    }
    const GradientTarget weights(blobs()[0]->diff(), weights_diff_, wants_weights,
                                 weights_scratch_);
    backward_weights_.Bind(DNNL_ARG_SRC, bottom.data().Read(weights_src_));
    backward_weights_.Bind(DNNL_ARG_DIFF_DST, top.diff().Read(weights_diff_dst_));
    backward_weights_.Bind(DNNL_ARG_DIFF_WEIGHTS, weights.address());
    if (!has_bias()) {
      backward_weights_.Run();
    } else {
      const GradientTarget bias(blobs()[1]->diff(), bias_diff_, wants_bias, bias_scratch_);
      backward_weights_.Bind(DNNL_ARG_DIFF_BIAS, bias.address());
      backward_weights_.Run();
      bias.Finish();
    }
    weights.Finish();
  }

  void BackwardData(Blob& top, Blob& bottom) {
    if (gemm_) {
      gemm_->BackwardData(blobs()[0]->data().Read(), top.diff().Read(), bottom.diff().Write());
      return;
    }
    const float* weights;
    if (data_weights_ == weights_) {
      weights = blobs()[0]->data().Read(weights_);
    } else {
      // A second layout, next to the one that forward and the update keep.
      float* copy = turned_weights_.Reserve(onednn::PaddedCount(data_weights_));
      blobs()[0]->data().CopyTo(data_weights_, copy);
      weights = copy;
    }
    backward_data_.Bind(DNNL_ARG_WEIGHTS, weights);
    backward_data_.Bind(DNNL_ARG_DIFF_DST, top.diff().Read(data_diff_dst_));
    backward_data_.Bind(DNNL_ARG_DIFF_SRC, bottom.diff().Write(data_diff_src_));
    backward_data_.Run();
  }

  std::optional<ConvolutionGeometry> geometry_;
  Shape planned_;
  // Set where it is the better way; else the primitives below are.
  std::optional<GemmConvolution> gemm_;
  Pass forward_, backward_weights_, backward_data_;
  Desc forward_src_, forward_dst_, weights_;
  Desc weights_src_, weights_diff_, weights_diff_dst_, bias_diff_;
  Desc data_weights_, data_diff_src_, data_diff_dst_;
  Buffer weights_scratch_, bias_scratch_, turned_weights_;
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const caffe::LayerParameter& param) {
  return std::make_unique<Convolution>(param);
}

}  // namespace crema
