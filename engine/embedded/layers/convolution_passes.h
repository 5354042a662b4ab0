#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_PASSES_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_PASSES_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/embedded/core/blob.h"
#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/tuning.h"
#include "engine/embedded/layers/convolution_choice.h"
#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/embedded/layers/gemm_convolution.h"
#include "engine/embedded/layers/winograd_convolution.h"

namespace crema {

// The passes of a convolution: from an image to the map of what the kernels find in it, and back.
// Convolution takes images and makes maps; Deconvolution takes maps and makes images, so that its
// forward is Backward, and the other way round.
class ConvolutionPasses {
 public:
  // Which pass a net always runs: that one has the weights in the layout that it likes best, and
  // the other gets a copy if it likes another.
  enum class Main { kForward, kBackward };

  explicit ConvolutionPasses(Main main) : main_(main) {}

  // Chooses primitives and layouts for these shapes. `bias` is null, or is what Forward adds and
  // BackwardWeights has a gradient for. `backward`: whether more than the main pass will run.
  // `tuning` has choices that were made before, which count; null if there are none.
  void Plan(const ConvolutionGeometry& geometry, const Blob& image, const Blob& map,
            const Blob& weights, const Blob* bias, bool backward, const Tuning* tuning);
  // The same, where the choice has been made. It counts for two spatial axes.
  void PlanAs(const ConvolutionChoice& choice, const ConvolutionGeometry& geometry,
              const Blob& image, const Blob& map, const Blob& weights, const Blob* bias);
  // Adds what was chosen by measurement.
  void AddTuned(Tuning& tuning) const;

  // `bias` as in Plan. `rectify`: values below zero become zero.
  void Forward(Storage& image, Blob& weights, Blob* bias, Storage& map, bool rectify = false);
  // Whether Forward can rectify. (oneDNN's primitives could, but make NaN zero.)
  bool CanRectify() const { return by_winograd_.forward; }
  void Backward(Storage& map, Blob& weights, Storage& image);
  // Adds to the diffs of the parameters that are wanted.
  void BackwardWeights(Storage& image, Storage& map, Blob& weights, bool wants_weights, Blob* bias,
                       bool wants_bias);

  // How each pass is computed, for people to read.
  std::vector<std::pair<std::string, std::string>> Algorithms() const;

 private:
  // A primitive with its arguments, which are bound to addresses before each run.
  class Primitive {
   public:
    Primitive() = default;
    // An argument whose layout is empty is left out.
    Primitive(const dnnl::primitive& primitive,
              std::initializer_list<std::pair<int, onednn::Desc>> arguments);
    void Bind(int argument, const float* address);
    void Run();

   private:
    dnnl::primitive primitive_;
    std::unordered_map<int, dnnl::memory> arguments_;
  };

  // Each pass has a primitive and the layouts that it takes. The bias is always plain.
  struct ForwardPass {
    ForwardPass() = default;
    explicit ForwardPass(const dnnl::convolution_forward::primitive_desc& desc);
    onednn::Desc src, weights, dst;
    Primitive primitive;
  };
  struct BackwardWeightsPass {
    BackwardWeightsPass() = default;
    explicit BackwardWeightsPass(const dnnl::convolution_backward_weights::primitive_desc& desc);
    onednn::Desc src, diff_dst, diff_weights, diff_bias;
    Primitive primitive;
  };
  struct BackwardDataPass {
    BackwardDataPass() = default;
    explicit BackwardDataPass(const dnnl::convolution_backward_data::primitive_desc& desc);
    onednn::Desc weights, diff_dst, diff_src;
    Primitive primitive;
  };

  // The weights in the layout of one pass: a copy if it is not that of the main pass.
  const float* Turned(Blob& weights, const onednn::Desc& wanted);

  // The bias in whole blocks of channels; null if there is none.
  const float* Padded(Blob* bias);

  const Main main_;
  // What was chosen by measurement, and which way; empty if nothing was.
  std::string tuned_, way_;
  // Set if it is faster than the primitives of the passes below.
  std::optional<GemmConvolution> gemm_;
  // Set if some passes are faster that way: those that are, and the layouts of image and map.
  std::optional<WinogradConvolution> winograd_;
  WinogradConvolution::Gains by_winograd_;
  // The names of oneDNN's primitives for the passes.
  std::string forward_name_, data_name_, weights_name_;
  onednn::Desc blocked_image_, blocked_map_;
  // The layouts of the weights for the two passes that read them.
  onednn::Desc forward_weights_, backward_data_weights_;
  ForwardPass forward_;
  BackwardWeightsPass backward_weights_;
  BackwardDataPass backward_data_;
  Buffer weights_scratch_, bias_scratch_, turned_weights_, padded_bias_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_PASSES_H_
