#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_TUNER_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_TUNER_H_

#include <optional>
#include <string>

#include "engine/embedded/core/options.h"
#include "engine/embedded/layers/convolution_choice.h"
#include "engine/embedded/layers/convolution_passes.h"

namespace crema {

// Finds the fastest way to compute a convolution with two spatial axes by trying each on made-up
// values. What comes out of Winograd's algorithm is compared with what oneDNN computes: a pass in
// which they differ by more than 1e-3 of the values' root mean square is not computed that way.
//
// What it costs to bring blobs into the layouts of the layers around is not in these times.
class ConvolutionTuner {
 public:
  // The convolution as ConvolutionPasses::Plan takes it. `backward`: whether all three passes
  // count, or the main one only.
  ConvolutionTuner(const ConvolutionGeometry& geometry, const GemmConvolution::Sizes& sizes,
                   const Blob& image, const Blob& map, const Blob& weights, const Blob* bias,
                   ConvolutionPasses::Main main, bool backward);

  // What it is a choice for, on this processor and with this number of threads.
  std::string What() const;
  // Whether there is more than one way, and memory to try them in.
  bool CanTry() const;
  // The choice that a text names; null if it names none that is possible here.
  std::optional<ConvolutionChoice> Possible(const std::string& way) const;
  // Tries all, in turn. What differs from the rule's choice must be a fifth faster.
  ConvolutionChoice Fastest(Tune how, const ConvolutionChoice& rule) const;

 private:
  class Trial;

  const ConvolutionGeometry& geometry_;
  const GemmConvolution::Sizes sizes_;
  const Blob &image_, &map_, &weights_;
  const Blob* const bias_;
  const ConvolutionPasses::Main main_;
  const bool backward_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_TUNER_H_
