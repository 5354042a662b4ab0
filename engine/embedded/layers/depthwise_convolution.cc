#include "engine/embedded/layers/layers.h"

namespace crema {

// A convolution of each channel by itself, by the names that forks have for it. Where they leave
// out the group, it is num_output, which is the number of channels.
std::unique_ptr<Layer> MakeDepthwiseConvolution(const caffe::LayerParameter& param) {
  caffe::LayerParameter grouped = param;
  auto& convolution = *grouped.mutable_convolution_param();
  if (!convolution.has_group()) convolution.set_group(convolution.num_output());
  return MakeConvolution(grouped);
}

}  // namespace crema
