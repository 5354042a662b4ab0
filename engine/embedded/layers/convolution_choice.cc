#include "engine/embedded/layers/convolution_choice.h"

#include "engine/embedded/core/options.h"
#include "engine/shared/error.h"

namespace crema {

std::string ConvolutionChoice::Text() const {
  if (patches) return "patches";
  const auto word = [](bool by_winograd) { return by_winograd ? "winograd" : "direct"; };
  return StrCat(word(winograd.forward), ", ", word(winograd.data), ", ", word(winograd.weights));
}

std::optional<ConvolutionChoice> ConvolutionChoice::Parse(std::string_view text) {
  for (int bits = 0; bits < 9; ++bits) {
    const ConvolutionChoice choice = {
        .patches = bits == 8, .winograd = {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}};
    if (choice.Text() == text) return choice;
  }
  return std::nullopt;
}

std::optional<WinogradConvolution::Sizes> WinogradSizes(const GemmConvolution::Sizes& s) {
  if (s.kernel_h != s.kernel_w || s.stride_h != 1 || s.stride_w != 1 || s.dilation_h != 1 ||
      s.dilation_w != 1) {
    return std::nullopt;
  }
  const WinogradConvolution::Sizes sizes = {.images = s.images,
                                            .groups = s.groups,
                                            .in_channels = s.in_channels,
                                            .out_channels = s.out_channels,
                                            .in_h = s.in_h,
                                            .in_w = s.in_w,
                                            .out_h = s.out_h,
                                            .out_w = s.out_w,
                                            .taps = s.kernel_h,
                                            .pad_h = s.pad_h,
                                            .pad_w = s.pad_w};
  if (!WinogradConvolution::Takes(sizes, WinogradConvolution::Lanes())) return std::nullopt;
  return sizes;
}

ConvolutionChoice ChoiceByRule(const GemmConvolution::Sizes& sizes) {
  const WinogradUse use = Options().winograd;
  const auto winograd = WinogradSizes(sizes);
  if (use == WinogradUse::kWherePossible) {
    const bool can = winograd.has_value();
    return {.winograd = {.forward = can, .data = can, .weights = can}};
  }
  if (GemmConvolution::Suits(sizes, onednn::VectorLanes())) return {.patches = true};
  if (use == WinogradUse::kNever || !winograd) return {};
  return {.winograd = WinogradConvolution::GainsOf(*winograd, WinogradConvolution::Lanes())};
}

}  // namespace crema
