#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_LAYER_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_LAYER_H_

#include <optional>

#include "engine/embedded/core/layer.h"
#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/embedded/layers/convolution_passes.h"

namespace crema {

// What Convolution and Deconvolution have in common: the settings, the parameters and the shapes.
// Any number of bottoms of one shape, each with its top.
class ConvolutionLayer : public Layer {
 public:
  Arity arity() const override { return {1, Arity::kAny, 1, Arity::kAny, true}; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = param_propagate_down(0) ? Kept::kAll : Kept::kNone};
  }

  void SetUp(const Blobs& bottom, const Blobs& top) override;
  void Reshape(const Blobs& bottom, const Blobs& top) override;

  std::vector<std::pair<std::string, std::string>> Algorithms() const override {
    return passes_.Algorithms();
  }
  void AddTuned(Tuning& tuning) const override { passes_.AddTuned(tuning); }

 protected:
  // `transposed`: the bottoms are maps and the tops are images.
  ConvolutionLayer(const caffe::LayerParameter& param, bool transposed)
      : Layer(param),
        passes_(transposed ? ConvolutionPasses::Main::kBackward
                           : ConvolutionPasses::Main::kForward),
        transposed_(transposed) {}

  // Chooses how the passes are computed, for a new shape of the bottoms.
  virtual void Plan(const Blob& bottom, const Blob& top) = 0;

  const ConvolutionGeometry& geometry() const { return *geometry_; }
  Blob& weights() { return *blobs()[0]; }
  // Null without bias_term.
  Blob* bias() { return blobs().size() > 1 ? blobs()[1].get() : nullptr; }
  bool wants_bias() { return bias() != nullptr && param_propagate_down(1); }

  ConvolutionPasses passes_;

 private:
  const bool transposed_;
  int channels_ = 0;
  std::optional<ConvolutionGeometry> geometry_;
  // The bottom's shape that the passes were planned for, and what they were planned with.
  Shape planned_;
  const Tuning* planned_with_ = nullptr;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_CONVOLUTION_LAYER_H_
