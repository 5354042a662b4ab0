#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_GEOMETRY_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_GEOMETRY_H_

#include <vector>

#include "caffe.pb.h"
#include "engine/embedded/core/blob.h"
#include "engine/embedded/core/onednn.h"

namespace crema {

// The sizes of a ConvolutionParameter for one shape of bottom, one number per spatial axis.
struct ConvolutionGeometry {
  int channel_axis = 1;
  int groups = 1;
  // `pad` lies before an axis and `trail` behind it.
  std::vector<int> kernel, stride, pad, trail, dilation;
  // Whether the padding is as much as a map with one position for each stride needs (pad_type: 1).
  bool same = false;

  // Reads the parameter: either its repeated fields (one value for all axes, or one per axis) or
  // its _h and _w fields; the padding also from the fields of edge_pads.h. Throws Error for a
  // mixture, a missing kernel, or a size that is too small or too large.
  ConvolutionGeometry(const caffe::ConvolutionParameter& param, const Blob& bottom);

  // Sets the padding that depends on the bottom's lengths. Call it for each new shape.
  void Fit(const Blob& bottom);

  // The length of spatial axis i after the convolution. Throws Error if the kernel does not fit.
  int OutputLength(int input, size_t i) const;
  // The length of spatial axis i of an image whose convolution has `map` positions, as few as there
  // may be: that of a deconvolution's top. Throws Error if nothing is left of it.
  int ImageLength(int map, size_t i) const;

  // For every tap of the kernel and every position of an output of lengths `out`, (taps,
  // positions): the position in an input of lengths `in` that it falls on; -1 beside the input.
  std::vector<int64_t> Places(const Shape& in, const Shape& out) const;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_GEOMETRY_H_
