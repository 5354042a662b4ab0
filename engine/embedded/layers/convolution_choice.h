#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_CHOICE_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_CHOICE_H_

#include <optional>
#include <string>
#include <string_view>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/layers/gemm_convolution.h"
#include "engine/embedded/layers/winograd_convolution.h"

namespace crema {

// How a convolution with two spatial axes is computed: all passes over patches, or each by
// Winograd's algorithm or else by a primitive of oneDNN.
struct ConvolutionChoice {
  bool patches = false;
  WinogradConvolution::Gains winograd = {};

  // "patches", or three words for forward, data and weights: "winograd, direct, direct".
  std::string Text() const;
  // Null if the text says nothing of the kind.
  static std::optional<ConvolutionChoice> Parse(std::string_view text);
};

// What Winograd's algorithm needs to know of a convolution; none if it can't compute that one here.
std::optional<WinogradConvolution::Sizes> WinogradSizes(const GemmConvolution::Sizes& sizes);

// The choice by rule, as the engine's options are.
ConvolutionChoice ChoiceByRule(const GemmConvolution::Sizes& sizes);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_CHOICE_H_
