#include "engine/embedded/layers/convolution_passes.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/embedded/core/options.h"
#include "engine/embedded/layers/convolution_tuner.h"

namespace crema {

namespace {

using onednn::Desc;
using onednn::Dims;

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

// The primitive for given layouts that `make` makes, if its implementation is that of `best`,
// which chose its layouts itself; else `best`.
template <class PrimitiveDesc, class Make>
PrimitiveDesc Preferred(const PrimitiveDesc& best, const Make& make) {
  try {
    const PrimitiveDesc fixed = make();
    if (std::string(fixed.impl_info_str()) == best.impl_info_str()) return fixed;
  } catch (const dnnl::error&) {
    // No implementation takes these layouts.
  }
  return best;
}

// Two spatial axes.
GemmConvolution::Sizes PlanarSizes(const ConvolutionGeometry& g, const Blob& image,
                                   const Blob& map) {
  const int axis = g.channel_axis;
  return {.images = image.count(0, axis),
          .groups = g.groups,
          .in_channels = image.shape(axis),
          .out_channels = map.shape(axis),
          .in_h = image.shape(axis + 1),
          .in_w = image.shape(axis + 2),
          .out_h = map.shape(axis + 1),
          .out_w = map.shape(axis + 2),
          .kernel_h = g.kernel[0],
          .kernel_w = g.kernel[1],
          .stride_h = g.stride[0],
          .stride_w = g.stride[1],
          .pad_h = g.pad[0],
          .pad_w = g.pad[1],
          .dilation_h = g.dilation[0],
          .dilation_w = g.dilation[1]};
}

// oneDNN has up to three spatial axes.
GemmConvolution ManyAxes(const ConvolutionGeometry& g, const Blob& image, const Blob& map) {
  const int axis = g.channel_axis;
  const auto lengths = [&](const Blob& blob) {
    return Shape(blob.shape().begin() + axis + 1, blob.shape().end());
  };
  GemmConvolution::Sizes sizes{};
  sizes.images = image.count(0, axis);
  sizes.groups = g.groups;
  sizes.in_channels = image.shape(axis);
  sizes.out_channels = map.shape(axis);
  sizes.in_h = sizes.out_h = sizes.kernel_h = 1;
  sizes.in_w = static_cast<int>(image.count(axis + 1));
  sizes.out_w = static_cast<int>(map.count(axis + 1));
  sizes.kernel_w = static_cast<int>(CountOf(Shape(g.kernel.begin(), g.kernel.end())));
  return GemmConvolution(sizes, g.Places(lengths(image), lengths(map)));
}

onednn::ConvolutionShape PrimitiveShape(const ConvolutionGeometry& g, const Blob& image,
                                        const Blob& map, const Blob& weights, const Blob* bias) {
  onednn::ConvolutionShape shape;
  const auto with_leading = [&](const Blob& blob) {
    Dims dims = {blob.count(0, g.channel_axis), blob.shape(g.channel_axis)};
    for (int i = g.channel_axis + 1; i < blob.num_axes(); ++i) dims.push_back(blob.shape(i));
    return dims;
  };
  shape.src = with_leading(image);
  shape.dst = with_leading(map);
  const Dims kernels = weights.dims();
  if (g.groups == 1) {
    shape.weights = kernels;
  } else {
    shape.weights = {g.groups, kernels[0] / g.groups};
    shape.weights.insert(shape.weights.end(), kernels.begin() + 1, kernels.end());
  }
  if (bias != nullptr) shape.bias = bias->dims();
  shape.strides.assign(g.stride.begin(), g.stride.end());
  shape.dilations.assign(g.dilation.begin(), g.dilation.end());
  shape.padding_left.assign(g.pad.begin(), g.pad.end());
  for (size_t i = 0; i < g.kernel.size(); ++i) {
    // oneDNN takes the padding that is used, which may be less on the right, as Caffe rounds the
    // map's length down.
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
float* DiffOf(Blob* blob, bool wanted) {
  if (!wanted) return nullptr;
  return blob->diff().zero() ? blob->diff().Write() : blob->diff().ReadWrite();
}

}  // namespace

ConvolutionPasses::Primitive::Primitive(const dnnl::primitive& primitive,
                                        std::initializer_list<std::pair<int, Desc>> arguments)
    : primitive_(primitive) {
  for (const auto& [argument, desc] : arguments) {
    if (!desc.is_zero()) arguments_.emplace(argument, dnnl::memory(desc, onednn::Cpu(), nullptr));
  }
}

void ConvolutionPasses::Primitive::Bind(int argument, const float* address) {
  arguments_.at(argument).set_data_handle(const_cast<float*>(address));
}

void ConvolutionPasses::Primitive::Run() {
  primitive_.execute(onednn::Stream(), arguments_);
  onednn::Stream().wait();
}

ConvolutionPasses::ForwardPass::ForwardPass(const dnnl::convolution_forward::primitive_desc& desc)
    : src(desc.src_desc()),
      weights(desc.weights_desc()),
      dst(desc.dst_desc()),
      primitive(dnnl::convolution_forward(desc), {{DNNL_ARG_SRC, src},
                                                  {DNNL_ARG_WEIGHTS, weights},
                                                  {DNNL_ARG_BIAS, desc.bias_desc()},
                                                  {DNNL_ARG_DST, dst}}) {}

ConvolutionPasses::BackwardWeightsPass::BackwardWeightsPass(
    const dnnl::convolution_backward_weights::primitive_desc& desc)
    : src(desc.src_desc()),
      diff_dst(desc.diff_dst_desc()),
      diff_weights(desc.diff_weights_desc()),
      diff_bias(desc.diff_bias_desc()),
      primitive(dnnl::convolution_backward_weights(desc), {{DNNL_ARG_SRC, src},
                                                           {DNNL_ARG_DIFF_DST, diff_dst},
                                                           {DNNL_ARG_DIFF_WEIGHTS, diff_weights},
                                                           {DNNL_ARG_DIFF_BIAS, diff_bias}}) {}

ConvolutionPasses::BackwardDataPass::BackwardDataPass(
    const dnnl::convolution_backward_data::primitive_desc& desc)
    : weights(desc.weights_desc()),
      diff_dst(desc.diff_dst_desc()),
      diff_src(desc.diff_src_desc()),
      primitive(dnnl::convolution_backward_data(desc), {{DNNL_ARG_WEIGHTS, weights},
                                                        {DNNL_ARG_DIFF_DST, diff_dst},
                                                        {DNNL_ARG_DIFF_SRC, diff_src}}) {}

void ConvolutionPasses::Plan(const ConvolutionGeometry& geometry, const Blob& image,
                             const Blob& map, const Blob& weights, const Blob* bias, bool backward,
                             const Tuning* tuning) {
  if (image.count() == 0 || map.count() == 0) return;
  tuned_.clear();
  if (geometry.kernel.size() != 2) return PlanAs({}, geometry, image, map, weights, bias);
  const GemmConvolution::Sizes sizes = PlanarSizes(geometry, image, map);
  ConvolutionChoice choice = ChoiceByRule(sizes);
  // What the user has said about Winograd's algorithm is not to be measured.
  const bool tunes =
      Options().tune != Tune::kOff && Options().winograd == WinogradUse::kWhereFaster;
  if (tunes || tuning != nullptr) {
    const ConvolutionTuner tuner(geometry, sizes, image, map, weights, bias, main_, backward);
    const std::string what = tuner.What();
    const auto find = [&](const Tuning& in) {
      const auto way = in.Find(what);
      return way ? tuner.Possible(*way) : std::nullopt;
    };
    std::optional<ConvolutionChoice> tuned = tuning != nullptr ? find(*tuning) : std::nullopt;
    if (!tuned && tunes) tuned = find(Tuning::Shared());
    if (!tuned && tunes && tuner.CanTry()) {
      tuned = tuner.Fastest(Options().tune, choice);
      Tuning::Shared().Add(what, tuned->Text());
    }
    if (tuned) {
      choice = *tuned;
      tuned_ = what;
      way_ = choice.Text();
    }
  }
  PlanAs(choice, geometry, image, map, weights, bias);
}

void ConvolutionPasses::AddTuned(Tuning& tuning) const {
  if (!tuned_.empty()) tuning.Add(tuned_, way_);
}

// A backward pass takes the layouts of the passes before it, unless its implementation for them is
// slower than the best one.
void ConvolutionPasses::PlanAs(const ConvolutionChoice& choice, const ConvolutionGeometry& geometry,
                               const Blob& image, const Blob& map, const Blob& weights,
                               const Blob* bias) {
  gemm_.reset();
  winograd_.reset();
  by_winograd_ = {};
  if (choice.patches) {
    gemm_.emplace(PlanarSizes(geometry, image, map));
    return;
  }
  if (geometry.kernel.size() > 3) {
    gemm_.emplace(ManyAxes(geometry, image, map));
    return;
  }
  const onednn::ConvolutionShape shape = PrimitiveShape(geometry, image, map, weights, bias);
  if (choice.winograd.any()) {
    by_winograd_ = choice.winograd;
    winograd_.emplace(*WinogradSizes(PlanarSizes(geometry, image, map)),
                      WinogradConvolution::Lanes());
  }
  const Desc any_src = onednn::AnyDesc(shape.src), any_weights = onednn::AnyDesc(shape.weights),
             any_dst = onednn::AnyDesc(shape.dst), plain = onednn::PlainDesc(shape.weights);
  const auto forward = onednn::ConvolutionForward(shape, any_src, any_weights, any_dst);
  if (!by_winograd_.forward) forward_ = ForwardPass(forward);
  forward_name_ = forward.impl_info_str();
  forward_weights_ = by_winograd_.forward ? plain : forward_.weights;
  if (winograd_) {
    blocked_image_ = *onednn::BlockedDesc(shape.src, winograd_->lanes());
    blocked_map_ = *onednn::BlockedDesc(shape.dst, winograd_->lanes());
  }
  const Desc src = by_winograd_.forward ? blocked_image_ : forward_.src;
  const Desc dst = by_winograd_.forward ? blocked_map_ : forward_.dst;
  if (!by_winograd_.weights) {
    const auto pass = Preferred(
        onednn::ConvolutionBackwardWeights(shape, any_src, any_weights, any_dst, forward), [&] {
          return onednn::ConvolutionBackwardWeights(shape, src, forward.weights_desc(), dst,
                                                    forward);
        });
    backward_weights_ = BackwardWeightsPass(pass);
    weights_name_ = pass.impl_info_str();
  }
  if (!by_winograd_.data) {
    const Desc diff_dst = by_winograd_.weights ? blocked_map_ : backward_weights_.diff_dst;
    const auto pass = Preferred(
        onednn::ConvolutionBackwardData(shape, any_src, any_weights, any_dst, forward), [&] {
          return onednn::ConvolutionBackwardData(shape, src, any_weights, diff_dst, forward);
        });
    backward_data_ = BackwardDataPass(pass);
    data_name_ = pass.impl_info_str();
  }
  backward_data_weights_ = by_winograd_.data ? plain : backward_data_.weights;
}

std::vector<std::pair<std::string, std::string>> ConvolutionPasses::Algorithms() const {
  const auto name = [&](bool by_winograd, const std::string& primitive) {
    return gemm_ ? std::string("patches") : by_winograd ? winograd_->name() : primitive;
  };
  return {{"forward", name(by_winograd_.forward, forward_name_)},
          {"data", name(by_winograd_.data, data_name_)},
          {"weights", name(by_winograd_.weights, weights_name_)}};
}

const float* ConvolutionPasses::Turned(Blob& weights, const Desc& wanted) {
  if (wanted == (main_ == Main::kForward ? forward_weights_ : backward_data_weights_)) {
    return weights.data().Read(wanted);
  }
  // A copy of the weights in a second layout: the other pass and the update keep theirs.
  float* copy = turned_weights_.Reserve(onednn::PaddedCount(wanted));
  weights.data().CopyTo(wanted, copy);
  return copy;
}

void ConvolutionPasses::Forward(Storage& image, Blob& weights, Blob* bias, Storage& map,
                                bool rectify) {
  if (gemm_) {
    gemm_->Forward(image.Read(), weights.data().Read(),
                   bias != nullptr ? bias->data().Read() : nullptr, map.Write());
    return;
  }
  if (by_winograd_.forward) {
    const float* const kernels = Turned(weights, forward_weights_);
    winograd_->Forward(image.Read(blocked_image_), kernels, Padded(bias),
                       rectify ? 0.0f : -std::numeric_limits<float>::infinity(),
                       map.Write(blocked_map_));
    return;
  }
  ForwardPass& pass = forward_;
  pass.primitive.Bind(DNNL_ARG_SRC, image.Read(pass.src));
  pass.primitive.Bind(DNNL_ARG_WEIGHTS, Turned(weights, pass.weights));
  if (bias != nullptr) pass.primitive.Bind(DNNL_ARG_BIAS, bias->data().Read());
  pass.primitive.Bind(DNNL_ARG_DST, map.Write(pass.dst));
  pass.primitive.Run();
}

const float* ConvolutionPasses::Padded(Blob* bias) {
  if (bias == nullptr) return nullptr;
  const int64_t lanes = winograd_->lanes(), count = bias->count();
  const int64_t padded = (count + lanes - 1) / lanes * lanes;
  float* const values = padded_bias_.Reserve(padded);
  std::copy_n(bias->data().Read(), count, values);
  std::fill(values + count, values + padded, 0.0f);
  return values;
}

void ConvolutionPasses::Backward(Storage& map, Blob& weights, Storage& image) {
  if (gemm_) {
    gemm_->BackwardData(weights.data().Read(), map.Read(), image.Write());
    return;
  }
  if (by_winograd_.data) {
    const float* const kernels = Turned(weights, backward_data_weights_);
    winograd_->BackwardData(map.Read(blocked_map_), kernels, image.Write(blocked_image_));
    return;
  }
  BackwardDataPass& pass = backward_data_;
  pass.primitive.Bind(DNNL_ARG_WEIGHTS, Turned(weights, pass.weights));
  pass.primitive.Bind(DNNL_ARG_DIFF_DST, map.Read(pass.diff_dst));
  pass.primitive.Bind(DNNL_ARG_DIFF_SRC, image.Write(pass.diff_src));
  pass.primitive.Run();
}

void ConvolutionPasses::BackwardWeights(Storage& image, Storage& map, Blob& weights,
                                        bool wants_weights, Blob* bias, bool wants_bias) {
  if (gemm_) {
    const bool set_weights = weights.diff().zero(), set_bias = wants_bias && bias->diff().zero();
    gemm_->BackwardWeights(image.Read(), map.Read(), DiffOf(&weights, wants_weights), set_weights,
                           DiffOf(bias, wants_bias), set_bias);
    return;
  }
  if (by_winograd_.weights) {
    if (wants_weights) {
      const bool add = !weights.diff().zero();
      winograd_->BackwardWeights(image.Read(blocked_image_), map.Read(blocked_map_), add,
                                 DiffOf(&weights, true));
    }
    if (wants_bias) winograd_->BackwardBias(map.Read(blocked_map_), bias->diff().ReadWrite());
    return;
  }
  BackwardWeightsPass& pass = backward_weights_;
  const GradientTarget weights_target(weights.diff(), pass.diff_weights, wants_weights,
                                      weights_scratch_);
  pass.primitive.Bind(DNNL_ARG_SRC, image.Read(pass.src));
  pass.primitive.Bind(DNNL_ARG_DIFF_DST, map.Read(pass.diff_dst));
  pass.primitive.Bind(DNNL_ARG_DIFF_WEIGHTS, weights_target.address());
  if (bias == nullptr) {
    pass.primitive.Run();
  } else {
    const GradientTarget bias_target(bias->diff(), pass.diff_bias, wants_bias, bias_scratch_);
    pass.primitive.Bind(DNNL_ARG_DIFF_BIAS, bias_target.address());
    pass.primitive.Run();
    bias_target.Finish();
  }
  weights_target.Finish();
}

}  // namespace crema
