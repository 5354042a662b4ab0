#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_CONVOLUTION_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_CONVOLUTION_H_

#include <cstdint>
#include <string>

#include "engine/embedded/core/memory.h"

namespace crema {

struct PackedKernel;
struct WinogradKernel;

// A convolution of 3x3 or 5x5 taps with stride 1 by Winograd's algorithm (core/winograd_kernel.h):
// tiles of the image and the kernels are transformed, multiplied, and turned into tiles of the map.
//
// Images and maps are in blocks of `lanes` channels (nChw8c, nChw16c), which divide the channels of
// each group unless there is one group; kernels are in the plain layout. Every value is the same
// with any number of threads.
class WinogradConvolution {
 public:
  struct Sizes {
    int64_t images, groups, in_channels, out_channels;
    int in_h, in_w, out_h, out_w, taps, pad_h, pad_w;
  };

  // The lanes of the kernels for this processor; 0 if there are none.
  static int Lanes();
  // Whether it computes a convolution of these sizes. Stride and dilation must be 1, and both axes
  // have the same number of taps.
  static bool Takes(const Sizes& sizes, int lanes);

  // The passes that it computes faster than a direct convolution does.
  struct Gains {
    bool forward = false, data = false, weights = false;
    bool any() const { return forward || data || weights; }
  };
  static Gains GainsOf(const Sizes& sizes, int lanes);

  // `lanes`: 8 or 16, or 4 where a test wants the code for any processor.
  WinogradConvolution(const Sizes& sizes, int lanes);

  // Sets the map. `bias` is null, or is padded to whole blocks. Values below `least` become
  // `least`.
  void Forward(const float* image, const float* weights, const float* bias, float least,
               float* map);
  // Sets the image's gradient.
  void BackwardData(const float* map_diff, const float* weights, float* image_diff);
  // Adds to the gradient of the kernels, or sets it.
  void BackwardWeights(const float* image, const float* map_diff, bool add, float* weights_diff);
  // Adds to the gradient of the bias.
  void BackwardBias(const float* map_diff, float* bias_diff) const;

  // "winograd 4x4": the size of a tile of the map.
  std::string name() const;
  int lanes() const { return static_cast<int>(lanes_); }

 private:
  // The image or the map, as one group sees it.
  struct Side {
    int64_t channels, blocks;  // blocks of channels
    int h, w;
    int64_t plane() const { return static_cast<int64_t>(h) * w; }
    int64_t padded(int64_t lanes) const { return blocks * lanes; }
  };

  // Correlates `source` with the kernels of every group; `turned`: with those from outputs to
  // inputs, which are turned around.
  void Correlate(const Side& from, const Side& to, int pad_h, int pad_w, bool turned,
                 const float* source, const float* weights, const float* bias, float least,
                 float* target) const;
  struct Taps;
  // Sets the values at all points, `step` apart, of the kernels from `inputs` inputs to the outputs
  // of `panels` panels, `panel_row` apart; zeros beyond the channels.
  void TransformTaps(const Taps& taps, int64_t input, int64_t inputs, int64_t panel, int64_t panels,
                     float* to, int64_t panel_row, int64_t step) const;
  // Transposes `lanes` rows of `count` values, and the reverse.
  void Gather(const float* from, int64_t from_row, int64_t count, int64_t lanes, float* to,
              int64_t to_row) const;
  void Scatter(const float* from, int64_t count, int64_t lanes, bool add, float* to,
               int64_t to_row) const;

  Side ImageSide() const;
  Side MapSide() const;

  const Sizes sizes_;
  const int64_t lanes_;
  const WinogradKernel& kernel_;
  const PackedKernel& product_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_WINOGRAD_CONVOLUTION_H_
