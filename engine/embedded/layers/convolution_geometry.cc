#include "engine/embedded/layers/convolution_geometry.h"

#include <string>

#include "engine/embedded/layers/edge_pads.h"
#include "engine/shared/error.h"

namespace crema {

namespace {

// With sizes and lengths up to these, no sum of positions leaves the range of int.
constexpr int kMostSize = 1 << 24, kMostLength = 1 << 30;

// One of the four kinds of sizes, from its repeated field or from its _h and _w fields.
std::vector<int> Sizes(const std::string& what, size_t axes,
                       const google::protobuf::RepeatedField<uint32_t>& given, bool has_h,
                       bool has_w, uint32_t h, uint32_t w, int fallback, int least) {
  std::vector<int> sizes;
  if (has_h || has_w) {
    Require(axes == 2, "Expected ", what, "_h and ", what,
            "_w only for two spatial axes but found ", axes);
    Require(given.empty(), "Expected either ", what, " or ", what, "_h and ", what,
            "_w but found both");
    sizes = {static_cast<int>(h), static_cast<int>(w)};
  } else {
    const auto number = static_cast<size_t>(given.size());
    Require(number <= 1 || number == axes, "Expected ", what, " once, or once for each of the ",
            axes, " spatial axes, but found it ", number, " times");
    for (size_t i = 0; i < axes; ++i) {
      sizes.push_back(number == 0
                          ? fallback
                          : static_cast<int>(given.Get(number == 1 ? 0 : static_cast<int>(i))));
    }
  }
  for (const int size : sizes) {
    Require(size >= least, "Expected a ", what, " of ", least, " or more but found ", size);
    Require(size <= kMostSize, "Expected a ", what, " of at most ", kMostSize, " but found ", size);
  }
  return sizes;
}

}  // namespace

ConvolutionGeometry::ConvolutionGeometry(const caffe::ConvolutionParameter& param,
                                         const Blob& bottom)
    : channel_axis(bottom.CanonicalAxis(param.axis())), groups(static_cast<int>(param.group())) {
  const auto axes = static_cast<size_t>(bottom.num_axes() - channel_axis - 1);
  Require(groups >= 1, "Expected a group of 1 or more but found ", groups);
  const bool planar = param.has_kernel_h() || param.has_kernel_w();
  Require(planar || param.kernel_size_size() > 0 || axes == 0,
          "Expected kernel_size (or kernel_h and kernel_w) but found neither");
  Require(param.has_kernel_h() == param.has_kernel_w(),
          "Expected both kernel_h and kernel_w but found one of them");
  kernel = Sizes("kernel", axes, param.kernel_size(), planar, planar, param.kernel_h(),
                 param.kernel_w(), 1, 1);
  stride = Sizes("stride", axes, param.stride(), param.has_stride_h(), param.has_stride_w(),
                 param.stride_h(), param.stride_w(), 1, 1);
  pad = Sizes("pad", axes, param.pad(), param.has_pad_h(), param.has_pad_w(), param.pad_h(),
              param.pad_w(), 0, 0);
  trail = pad;
  const bool padded = param.pad_size() > 0 || param.pad_h() != 0 || param.pad_w() != 0;
  const auto edges = EdgePadsOf(param, padded, kMostSize);
  if (edges.has_value()) {
    Require(axes == 2,
            "Expected pad_l, pad_r, pad_t and pad_b only for two spatial axes but found ", axes);
    for (size_t i = 0; i < 2; ++i) {
      pad[i] = (*edges)[i].before;
      trail[i] = (*edges)[i].behind;
    }
  }
  same = PadsToSame(param, padded || edges.has_value());
  dilation = Sizes("dilation", axes, param.dilation(), false, false, 0, 0, 1, 1);
  Fit(bottom);
}

void ConvolutionGeometry::Fit(const Blob& bottom) {
  if (!same) return;
  for (size_t i = 0; i < kernel.size(); ++i) {
    const int length = bottom.shape(channel_axis + 1 + static_cast<int>(i));
    const EdgePads pads = SamePads(length, kernel[i], stride[i]);
    pad[i] = pads.before;
    trail[i] = pads.behind;
  }
}

std::vector<int64_t> ConvolutionGeometry::Places(const Shape& in, const Shape& out) const {
  const int64_t taps = CountOf(Shape(kernel.begin(), kernel.end())), positions = CountOf(out);
  std::vector<int64_t> places(static_cast<size_t>(taps) * static_cast<size_t>(positions));
  for (size_t at = 0; at < places.size(); ++at) {
    int64_t tap = static_cast<int64_t>(at) / positions;
    int64_t position = static_cast<int64_t>(at) % positions;
    int64_t place = 0, step = 1;
    for (size_t i = kernel.size(); i-- > 0;) {
      const int64_t along =
          position % out[i] * stride[i] - pad[i] + tap % kernel[i] * int64_t{dilation[i]};
      if (along < 0 || along >= in[i]) place = -1;
      if (place >= 0) place += along * step;
      step *= in[i];
      position /= out[i];
      tap /= kernel[i];
    }
    places[at] = place;
  }
  return places;
}

int ConvolutionGeometry::OutputLength(int input, size_t i) const {
  const int64_t reach = static_cast<int64_t>(dilation[i]) * (kernel[i] - 1) + 1;
  const int64_t padded = static_cast<int64_t>(input) + pad[i] + trail[i];
  Require(padded <= kMostLength, "Expected a padded bottom of at most ", kMostLength,
          " on spatial axis ", i, " but found ", padded);
  if (same) return SameLength(input, stride[i]);
  // C's division rounds towards 0, so one position is left to a kernel that is longer by less than
  // the stride; it reaches into zeros. Caffe has it so.
  Require(padded - reach > -stride[i], "Expected the kernel, ", reach, " long on spatial axis ", i,
          ", to fit into the padded bottom of ", padded);
  return static_cast<int>((padded - reach) / stride[i] + 1);
}

int ConvolutionGeometry::ImageLength(int map, size_t i) const {
  const int64_t reach = static_cast<int64_t>(dilation[i]) * (kernel[i] - 1) + 1;
  const int64_t padded = static_cast<int64_t>(stride[i]) * (map - int64_t{1}) + reach;
  Require(padded <= kMostLength, "Expected a padded top of at most ", kMostLength,
          " on spatial axis ", i, " but found ", padded);
  const int64_t length = padded - pad[i] - trail[i];
  Require(map >= 1 && length >= 1, "Expected a pad that leaves something of a top of ", padded,
          " on spatial axis ", i, " but found ", pad[i], " before and ", trail[i], " behind");
  return static_cast<int>(length);
}

}  // namespace crema
