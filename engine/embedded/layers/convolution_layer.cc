#include "engine/embedded/layers/convolution_layer.h"

#include <algorithm>

namespace crema {

void ConvolutionLayer::SetUp(const Blobs& bottom, const Blobs&) {
  const caffe::ConvolutionParameter& conv = param().convolution_param();
  geometry_.emplace(conv, *bottom[0]);
  Require(!transposed_ || !geometry_->same,
          "Expected a Deconvolution with pad, or pad_l, pad_r, pad_t and pad_b, but found "
          "pad_type: 1");
  const int groups = geometry_->groups;
  const auto outputs = static_cast<int>(conv.num_output());
  channels_ = bottom[0]->shape(geometry_->channel_axis);
  Require(outputs >= 1, "Expected a num_output of 1 or more but found ", outputs);
  Require(channels_ >= 1, "Expected a bottom with channels but found shape ",
          ShapeString(bottom[0]->shape()));
  Require(channels_ % groups == 0, "Expected the bottom's channels to be a multiple of group, ",
          groups, ", but found ", channels_);
  Require(outputs % groups == 0, "Expected num_output to be a multiple of group, ", groups,
          ", but found ", outputs);
  // By map channel and image channel.
  Shape shape =
      transposed_ ? Shape{channels_, outputs / groups} : Shape{outputs, channels_ / groups};
  shape.insert(shape.end(), geometry_->kernel.begin(), geometry_->kernel.end());
  AddParam(shape, conv.weight_filler());
  if (conv.bias_term()) AddParam({outputs}, conv.bias_filler());
}

void ConvolutionLayer::Reshape(const Blobs& bottom, const Blobs& top) {
  const int axis = geometry_->channel_axis;
  const Blob& first = *bottom[0];
  for (Blob* blob : bottom) {
    Require(std::find(top.begin(), top.end(), blob) == top.end(),
            "Expected tops other than the bottoms but found ", param().type(), " in place");
  }
  Require(first.num_axes() == axis + 1 + static_cast<int>(geometry_->kernel.size()),
          "Expected a bottom of ", axis + 1 + static_cast<int>(geometry_->kernel.size()),
          " axes but found shape ", ShapeString(first.shape()));
  Require(first.shape(axis) == channels_, "Expected a bottom of ", channels_,
          " channels but found shape ", ShapeString(first.shape()));
  for (const Blob* other : bottom) {
    Require(other->shape() == first.shape(), "Expected all bottoms to have shape ",
            ShapeString(first.shape()), " but found ", ShapeString(other->shape()));
  }
  geometry_->Fit(first);
  Shape output(first.shape().begin(), first.shape().begin() + axis);
  output.push_back(static_cast<int>(param().convolution_param().num_output()));
  for (size_t i = 0; i < geometry_->kernel.size(); ++i) {
    const int length = first.shape(axis + 1 + static_cast<int>(i));
    output.push_back(transposed_ ? geometry_->ImageLength(length, i)
                                 : geometry_->OutputLength(length, i));
  }
  for (Blob* blob : top) blob->Reshape(output);
  if (first.shape() == planned_ && tuning() == planned_with_) return;
  planned_.clear();
  Plan(first, *top[0]);
  planned_ = first.shape();
  planned_with_ = tuning();
}

}  // namespace crema
