#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/embedded/layers/gemm_convolution.h"
#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

using onednn::Desc;
using onednn::Dims;

// A primitive with its arguments, which are bound to addresses before each run.
class Primitive {
 public:
  Primitive() = default;
  // An argument whose layout is empty is left out.
  Primitive(const dnnl::primitive& primitive, std::initializer_list<std::pair<int, Desc>> arguments)
      : primitive_(primitive) {
    for (const auto& [argument, desc] : arguments) {
      if (!desc.is_zero()) arguments_.emplace(argument, dnnl::memory(desc, onednn::Cpu(), nullptr));
    }
  }

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

// The three passes: each has a primitive and the layouts that it takes. The bias is always plain.
struct ForwardPass {
  ForwardPass() = default;
  explicit ForwardPass(const dnnl::convolution_forward::primitive_desc& desc)
      : src(desc.src_desc()),
        weights(desc.weights_desc()),
        dst(desc.dst_desc()),
        primitive(dnnl::convolution_forward(desc), {{DNNL_ARG_SRC, src},
                                                    {DNNL_ARG_WEIGHTS, weights},
                                                    {DNNL_ARG_BIAS, desc.bias_desc()},
                                                    {DNNL_ARG_DST, dst}}) {}

  Desc src, weights, dst;
  Primitive primitive;
};

struct BackwardWeightsPass {
  BackwardWeightsPass() = default;
  explicit BackwardWeightsPass(const dnnl::convolution_backward_weights::primitive_desc& desc)
      : src(desc.src_desc()),
        diff_dst(desc.diff_dst_desc()),
        diff_weights(desc.diff_weights_desc()),
        diff_bias(desc.diff_bias_desc()),
        primitive(dnnl::convolution_backward_weights(desc), {{DNNL_ARG_SRC, src},
                                                             {DNNL_ARG_DIFF_DST, diff_dst},
                                                             {DNNL_ARG_DIFF_WEIGHTS, diff_weights},
                                                             {DNNL_ARG_DIFF_BIAS, diff_bias}}) {}

  Desc src, diff_dst, diff_weights, diff_bias;
  Primitive primitive;
};

struct BackwardDataPass {
  BackwardDataPass() = default;
  explicit BackwardDataPass(const dnnl::convolution_backward_data::primitive_desc& desc)
      : weights(desc.weights_desc()),
        diff_dst(desc.diff_dst_desc()),
        diff_src(desc.diff_src_desc()),
        primitive(dnnl::convolution_backward_data(desc), {{DNNL_ARG_WEIGHTS, weights},
                                                          {DNNL_ARG_DIFF_DST, diff_dst},
                                                          {DNNL_ARG_DIFF_SRC, diff_src}}) {}

  Desc weights, diff_dst, diff_src;
  Primitive primitive;
};

// Where a primitive writes a gradient: straight into the diff if that is zero, else into scratch
// memory, from which it is added.
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
      auto& [src, weights, dst, primitive] = forward_;
      primitive.Bind(DNNL_ARG_SRC, bottom[i]->data().Read(src));
      primitive.Bind(DNNL_ARG_WEIGHTS, blobs()[0]->data().Read(weights));
      if (has_bias()) primitive.Bind(DNNL_ARG_BIAS, blobs()[1]->data().Read());
      primitive.Bind(DNNL_ARG_DST, top[i]->data().Write(dst));
      primitive.Run();
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

  // Chooses the primitives and their layouts. A backward pass takes the layouts of the passes
  // before it, unless its implementation for them is slower than the best one.
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
    forward_ = ForwardPass(forward);
    backward_weights_ = BackwardWeightsPass(
        Preferred(onednn::ConvolutionBackwardWeights(shape, src, weights, dst, forward), [&] {
          return onednn::ConvolutionBackwardWeights(shape, forward_.src, forward_.weights,
                                                    forward_.dst, forward);
        }));
    backward_data_ = BackwardDataPass(
        Preferred(onednn::ConvolutionBackwardData(shape, src, weights, dst, forward), [&] {
          return onednn::ConvolutionBackwardData(shape, forward_.src, weights,
                                                 backward_weights_.diff_dst, forward);
        }));
  }

  // The primitive for given layouts that `make` makes, if its implementation is that of `best`,
  // which chose its layouts itself; else `best`.
  template <class PrimitiveDesc, class Make>
  static PrimitiveDesc Preferred(const PrimitiveDesc& best, const Make& make) {
    try {
      const PrimitiveDesc fixed = make();
      if (std::string(fixed.impl_info_str()) == best.impl_info_str()) return fixed;
    } catch (const dnnl::error&) {
      // No implementation takes these layouts.
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
    return {.images = bottom.count(0, axis),
            .groups = g.groups,
            .in_channels = bottom.shape(axis),
            .out_channels = top.shape(axis),
            .in_h = bottom.shape(axis + 1),
            .in_w = bottom.shape(axis + 2),
            .out_h = top.shape(axis + 1),
            .out_w = top.shape(axis + 2),
            .kernel_h = g.kernel[0],
            .kernel_w = g.kernel[1],
            .stride_h = g.stride[0],
            .stride_w = g.stride[1],
            .pad_h = g.pad[0],
            .pad_w = g.pad[1],
            .dilation_h = g.dilation[0],
            .dilation_w = g.dilation[1]};
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
    const Dims weights = blobs()[0]->dims();
    if (g.groups == 1) {
      shape.weights = weights;
    } else {
      shape.weights = {g.groups, weights[0] / g.groups};
      shape.weights.insert(shape.weights.end(), weights.begin() + 1, weights.end());
    }
    if (has_bias()) shape.bias = blobs()[1]->dims();
    shape.strides.assign(g.stride.begin(), g.stride.end());
    shape.dilations.assign(g.dilation.begin(), g.dilation.end());
    shape.padding_left.assign(g.pad.begin(), g.pad.end());
    for (size_t i = 0; i < g.kernel.size(); ++i) {
      // oneDNN takes the padding that is used, which may be less on the right, as Caffe rounds the
      // output's length down.
      const int reach = g.dilation[i] * (g.kernel[i] - 1) + 1;
      const int64_t used = (shape.dst[2 + i] - 1) * g.stride[i] + reach;
      shape.padding_right.push_back(used - shape.src[2 + i] - g.pad[i]);
    }
    if (g.kernel.empty()) {
      // Without a spatial axis, oneDNN gets one of length 1.
      for (Dims* dims : {&shape.src, &shape.dst, &shape.weights, &shape.strides, &shape.dilations})
        dims->push_back(1);
      shape.padding_left = shape.padding_right = {0};
    }
    return shape;
  }

  // The address of a gradient, to add to, or to overwrite if it is zero; null if it is not wanted.
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
    BackwardWeightsPass& pass = backward_weights_;
    const GradientTarget weights(blobs()[0]->diff(), pass.diff_weights, wants_weights,
                                 weights_scratch_);
    pass.primitive.Bind(DNNL_ARG_SRC, bottom.data().Read(pass.src));
    pass.primitive.Bind(DNNL_ARG_DIFF_DST, top.diff().Read(pass.diff_dst));
    pass.primitive.Bind(DNNL_ARG_DIFF_WEIGHTS, weights.address());
    if (!has_bias()) {
      pass.primitive.Run();
    } else {
      const GradientTarget bias(blobs()[1]->diff(), pass.diff_bias, wants_bias, bias_scratch_);
      pass.primitive.Bind(DNNL_ARG_DIFF_BIAS, bias.address());
      pass.primitive.Run();
      bias.Finish();
    }
    weights.Finish();
  }

  void BackwardData(Blob& top, Blob& bottom) {
    if (gemm_) {
      gemm_->BackwardData(blobs()[0]->data().Read(), top.diff().Read(), bottom.diff().Write());
      return;
    }
    BackwardDataPass& pass = backward_data_;
    const float* weights;
    if (pass.weights == forward_.weights) {
      weights = blobs()[0]->data().Read(pass.weights);
    } else {
      // A copy of the weights in a second layout: forward and the update keep theirs.
      float* copy = turned_weights_.Reserve(onednn::PaddedCount(pass.weights));
      blobs()[0]->data().CopyTo(pass.weights, copy);
      weights = copy;
    }
    pass.primitive.Bind(DNNL_ARG_WEIGHTS, weights);
    pass.primitive.Bind(DNNL_ARG_DIFF_DST, top.diff().Read(pass.diff_dst));
    pass.primitive.Bind(DNNL_ARG_DIFF_SRC, bottom.diff().Write(pass.diff_src));
    pass.primitive.Run();
  }

  std::optional<ConvolutionGeometry> geometry_;
  // The bottom's shape that the passes were planned for.
  Shape planned_;
  // Set if it is faster than the primitives of the passes below.
  std::optional<GemmConvolution> gemm_;
  ForwardPass forward_;
  BackwardWeightsPass backward_weights_;
  BackwardDataPass backward_data_;
  Buffer weights_scratch_, bias_scratch_, turned_weights_;
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const caffe::LayerParameter& param) {
  return std::make_unique<Convolution>(param);
}

}  // namespace crema
