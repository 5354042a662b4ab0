#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_DEPTHWISE_DECONVOLUTION_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_DEPTHWISE_DECONVOLUTION_H_

#include <cstdint>

#include "engine/embedded/core/blob.h"
#include "engine/embedded/core/memory.h"
#include "engine/embedded/layers/convolution_geometry.h"

namespace crema {

// A deconvolution whose groups have one channel each, such as bilinear upsampling: in the plain
// layout, one plane per thread.
//
// The columns of the large plane are taken apart into `stride` phases, the columns that leave the
// same remainder. A tap of the kernel takes part in one phase, and there its products are those of
// two rows side by side, so that the compiler can use vectors along them.
class DepthwiseDeconvolution {
 public:
  // Whether the layer is one of these: two spatial axes, and one channel per group.
  static bool Suits(const ConvolutionGeometry& geometry, const Blob& bottom, const Blob& top);

  DepthwiseDeconvolution(const ConvolutionGeometry& geometry, const Blob& bottom, const Blob& top);

  void Forward(const float* in, const float* weights, float* out);
  void BackwardData(const float* out_diff, const float* weights, float* in_diff);
  // Adds to the gradient.
  void BackwardWeights(const float* in, const float* out_diff, float* weights_diff);

 private:
  int64_t in_plane() const { return static_cast<int64_t>(in_h_) * in_w_; }
  int64_t out_plane() const { return static_cast<int64_t>(out_h_) * out_w_; }
  int64_t taps() const { return static_cast<int64_t>(kernel_h_) * kernel_w_; }
  // The floats of one row of the large plane, taken apart.
  int64_t row_size() const { return static_cast<int64_t>(stride_w_) * phase_w_; }
  // The row of the large plane that tap row `ky` falls on at row y of the small one; it may lie
  // outside.
  int RowAt(int y, int ky) const { return y * stride_h_ - pad_h_ + ky * dilation_h_; }
  // Where, in a row that is taken apart, tap column `kx` meets column 0 of the small plane.
  int64_t ColumnAt(int kx) const {
    const int64_t at = static_cast<int64_t>(kx) * dilation_w_;
    return at % stride_w_ * phase_w_ + at / stride_w_;
  }
  // Takes a row apart, with zeros for what lies in the padding; puts one together.
  void TakeApart(const float* row, float* phases) const;
  void PutTogether(const float* phases, float* row) const;
  // Makes sure that every thread has `floats` floats.
  void Prepare(int64_t floats);
  float* Scratch(int thread) const { return scratch_.get() + thread * scratch_size_; }

  int images_, channels_, in_h_, in_w_, out_h_, out_w_;
  int kernel_h_, kernel_w_, stride_h_, stride_w_, pad_h_, pad_w_, dilation_h_, dilation_w_;
  int phase_w_;
  int64_t scratch_size_ = 0;
  Buffer scratch_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_DEPTHWISE_DECONVOLUTION_H_
