#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_GEMM_CONVOLUTION_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_GEMM_CONVOLUTION_H_

#include <cstdint>
#include <vector>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/layers/convolution_geometry.h"

namespace crema {

// Convolution in the plain layout, as matrix products over patches: one image per thread, and a few
// output rows at a time so that the patches stay in the cache. If channels are few or fill vectors
// badly, this is faster than the direct kernels of blocked layouts, which also compute the padding
// (LeNet's 20 and 50 channels become 24 and 56, or 32 and 64).
class GemmConvolution {
 public:
  // Two spatial axes. Any other number of them as one row (height 1) of all positions and taps,
  // with the places that tell which input value a tap takes (ConvolutionGeometry::Places).
  struct Sizes {
    int64_t images;
    int groups;
    int in_channels, out_channels;  // of all groups
    int in_h, in_w, out_h, out_w;
    int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  };

  GemmConvolution() = default;
  explicit GemmConvolution(const Sizes& sizes, std::vector<int64_t> places = {});

  // Whether this is faster on a processor with vectors of `lanes` floats.
  static bool Suits(const Sizes& sizes, int lanes);

  // Output positions begin..end-1 on one axis.
  struct Inside {
    int begin, end;
    int count() const { return end - begin; }
  };

  // `bias` may be null.
  void Forward(const float* in, const float* weights, const float* bias, float* out);
  // Adds to the gradients, or overwrites them if the flag says so. Either may be null.
  void BackwardWeights(const float* in, const float* out_diff, float* weights_diff,
                       bool set_weights, float* bias_diff, bool set_bias);
  void BackwardData(const float* weights, const float* out_diff, float* in_diff);

 private:
  // Output rows begin..end-1 of one image. The patches of a tile have shape (patch_size(),
  // positions).
  struct Tile {
    int begin, end;
  };

  int64_t patch_size() const {
    return static_cast<int64_t>(sizes_.in_channels / sizes_.groups) * sizes_.kernel_h *
           sizes_.kernel_w;
  }
  int64_t in_plane() const { return static_cast<int64_t>(sizes_.in_h) * sizes_.in_w; }
  int64_t out_plane() const { return static_cast<int64_t>(sizes_.out_h) * sizes_.out_w; }
  // Calls body(offset of the first input value, output rows, output columns) for each row of the
  // patch matrix: for each channel and tap of the kernel, with the output positions whose tap lies
  // inside the input.
  template <class Body>
  void OverTaps(Tile tile, const Body& body) const;
  // Copies patches from an image; adds patches to an image.
  void Gather(const float* in, Tile tile, float* patches) const;
  void Scatter(const float* patches, Tile tile, float* in) const;
  template <class Body>
  void OverTiles(const Body& body) const;
  float* PatchesOf(int thread) {
    return patches_.get() + static_cast<int64_t>(thread) * patch_stride_;
  }
  void Prepare();

  Sizes sizes_{};
  // Empty for two spatial axes.
  std::vector<int64_t> places_;
  int tile_rows_ = 1;
  int threads_ = 0;
  int64_t patch_stride_ = 0;
  Buffer patches_, partials_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_GEMM_CONVOLUTION_H_
