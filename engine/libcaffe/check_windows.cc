#include <algorithm>
#include <cmath>
#include <string>

#include "engine/libcaffe/check_bottoms.h"
#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/params.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

// One value per spatial axis, from a field that gives none, one, or one for each, or from the two
// fields for height and width.
template <class Values>
std::vector<int64_t> PerAxis(const Values& values, bool two, uint32_t height, uint32_t width,
                             int axes, uint32_t otherwise, const char* name) {
  if (two) {
    Require(axes == 2, "Expected 2 spatial axes with ", name, "_h and ", name, "_w but found ",
            axes);
    return {height, width};
  }
  Require(values.size() <= 1 || values.size() == axes, "Expected ", name,
          " once, or once for each of ", axes, " spatial axes, but found ", values.size());
  std::vector<int64_t> all(static_cast<size_t>(axes), otherwise);
  for (int i = 0; i < axes && values.size() > 0; ++i)
    all[static_cast<size_t>(i)] = values.Get(values.size() == 1 ? 0 : i);
  return all;
}

void CheckConvolution(const caffe::LayerParameter& param, const Params& params,
                      const std::vector<CaffeBlob*>& bottom) {
  const caffe::ConvolutionParameter& p = param.convolution_param();
  const CaffeBlob& image = *bottom[0];
  const bool transposed = param.type() == "Deconvolution", columns = param.type() == "Im2col";
  const int axis = AxisOf(image, p.axis()), axes = image.num_axes() - axis - 1;
  Require(!columns || axes > 0, "Expected spatial axes behind axis ", axis, " but found ",
          ShapeText(image));
  const auto kernel = PerAxis(p.kernel_size(), p.has_kernel_h() || p.has_kernel_w(), p.kernel_h(),
                              p.kernel_w(), axes, 0, "kernel");
  const auto stride = PerAxis(p.stride(), p.has_stride_h() || p.has_stride_w(), p.stride_h(),
                              p.stride_w(), axes, 1, "stride");
  const auto pad =
      PerAxis(p.pad(), p.has_pad_h() || p.has_pad_w(), p.pad_h(), p.pad_w(), axes, 0, "pad");
  const auto dilation = PerAxis(p.dilation(), false, 0, 0, axes, 1, "dilation");
  std::vector<int> top(image.shape().begin(), image.shape().begin() + axis);
  top.push_back(static_cast<int>(p.num_output()));
  for (size_t i = 0; i < static_cast<size_t>(axes); ++i) {
    const int64_t size = image.shape(axis + 1 + static_cast<int>(i));
    const int64_t extent = dilation[i] * (kernel[i] - 1) + 1;
    const int64_t made = transposed ? stride[i] * (size - 1) + extent - 2 * pad[i]
                                    : (size + 2 * pad[i] - extent) / stride[i] + 1;
    Require(made >= 1 && made <= INT32_MAX, "Expected a kernel that fits axis ",
            axis + 1 + static_cast<int>(i), " of the bottom, ", ShapeText(image),
            ", but found one of ", extent, " with a pad of ", pad[i]);
    top.push_back(static_cast<int>(made));
  }
  CheckShape(top);
  if (columns) return;
  for (const CaffeBlob* other : bottom) {
    Require(other->shape() == image.shape(), "Expected bottoms of one shape but found ",
            ShapeText(image), " and ", ShapeText(*other));
  }
  const int channels = image.shape(axis), outputs = static_cast<int>(p.num_output());
  const auto group = static_cast<int>(p.group());
  Require(channels % group == 0, "Expected channels to be a multiple of group, ", group,
          ", but found ", channels);
  std::vector<int> weights = {transposed ? channels : outputs,
                              (transposed ? outputs : channels) / group};
  for (const int64_t size : kernel) weights.push_back(static_cast<int>(size));
  const std::vector<int> biases = {outputs};
  if (params.empty()) {
    CheckFiller(p.weight_filler(), &weights);
    if (p.bias_term()) CheckFiller(p.bias_filler(), &biases);
    return;
  }
  Require(params.size() == (p.bias_term() ? 2 : 1), "Expected ", p.bias_term() ? 2 : 1,
          " parameters but found ", params.size());
  CheckParam(params, 0, weights);
  if (p.bias_term()) CheckParam(params, 1, biases);
}

// Windows along an axis, as libcaffe counts them; `padded` is whether either axis is.
void CheckPooled(int64_t size, int64_t kernel, int64_t stride, int64_t pad, bool padded, bool floor,
                 const char* axis) {
  const float room = static_cast<float>(size + 2 * pad - kernel) / static_cast<float>(stride);
  auto windows = static_cast<int64_t>(floor ? std::floor(room) : std::ceil(room)) + 1;
  if (padded && (windows - 1) * stride >= size + pad) --windows;
  Require(windows >= 1, "Expected a kernel that fits the ", axis, " but found one of ", kernel,
          " for ", size, " with a pad of ", pad);
  Require(!padded || (windows - 1) * stride < size + pad,
          "Expected every window to see the image but found the last of ", windows, " along the ",
          axis, " to begin at ", (windows - 1) * stride - pad, " of ", size);
}

void CheckPooling(const caffe::PoolingParameter& p, const CaffeBlob& image) {
  CheckAxes(image, 4);
  const bool floor = p.round_mode() == caffe::PoolingParameter_RoundMode_FLOOR;
  const int64_t pad_h = p.has_pad_h() ? p.pad_h() : p.pad();
  const int64_t pad_w = p.has_pad_w() ? p.pad_w() : p.pad();
  const auto kernel = [&](bool has, uint32_t own, int all) -> int64_t {
    return p.global_pooling() ? all : has ? own : p.kernel_size();
  };
  CheckPooled(image.shape(2), kernel(p.has_kernel_h(), p.kernel_h(), image.shape(2)),
              p.has_stride_h() ? p.stride_h() : p.stride(), pad_h, pad_h > 0 || pad_w > 0, floor,
              "height");
  CheckPooled(image.shape(3), kernel(p.has_kernel_w(), p.kernel_w(), image.shape(3)),
              p.has_stride_w() ? p.stride_w() : p.stride(), pad_w, pad_h > 0 || pad_w > 0, floor,
              "width");
}

// Each level of the pyramid pools with windows that cover the image, padded where they are more.
void CheckPyramid(const caffe::SPPParameter& p, const CaffeBlob& image) {
  CheckAxes(image, 4);
  for (uint32_t level = 0; level < p.pyramid_height(); ++level) {
    for (const int axis : {2, 3}) {
      const int64_t size = image.shape(axis), bins = int64_t{1} << std::min(level, 30u);
      const int64_t kernel = (size + bins - 1) / bins, pad = (kernel * bins - size + 1) / 2;
      Require(pad < kernel, "Expected a pyramid_height that an image of ", ShapeText(image),
              " has room for but found ", p.pyramid_height(), ": level ", level, " needs ", bins,
              " windows along axis ", axis);
    }
  }
}

}  // namespace

bool CheckWindows(const caffe::LayerParameter& param, const Params& params,
                  const std::vector<CaffeBlob*>& bottom) {
  const std::string& type = param.type();
  if (type == "Convolution" || type == "Deconvolution" || type == "Im2col") {
    CheckConvolution(param, params, bottom);
  } else if (type == "Pooling") {
    CheckPooling(param.pooling_param(), *bottom[0]);
  } else if (type == "LRN") {
    CheckAxes(*bottom[0], 4);
  } else if (type == "SPP") {
    CheckPyramid(param.spp_param(), *bottom[0]);
  } else {
    return false;
  }
  return true;
}

}  // namespace crema::libcaffe
