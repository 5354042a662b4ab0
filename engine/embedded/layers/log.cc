#include <cmath>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/log_of_base.h"
#include "engine/embedded/layers/neuron.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// y = log(shift + scale x), to the base e by default.
class LogLayer : public NeuronLayer {
 public:
  explicit LogLayer(const caffe::LayerParameter& param)
      : NeuronLayer(param),
        scale_(param.log_param().scale()),
        shift_(param.log_param().shift()),
        factor_(1.0f / LogOfBase(param.log_param().base())) {
    Require(std::isfinite(factor_), "Expected a base other than 1 but found ",
            param.log_param().base());
  }

 protected:
  void Compute(Storage& in, Storage& out) const override {
    const float scale = scale_, shift = shift_, factor = factor_;
    Map(DenseSpanOf(in, out), kCostlyGrain,
        [=](float x) { return factor * VectorLog(scale * x + shift); });
  }

  void ComputeDiff(Storage& in, Storage& top_diff, Storage& bottom_diff) const override {
    const float scale = scale_, shift = shift_, factor = factor_ * scale_;
    Map(DenseSpanOf(in, top_diff, bottom_diff), kCheapGrain,
        [=](float x, float diff) { return diff * (factor / (scale * x + shift)); });
  }

 private:
  const float scale_, shift_, factor_;
};

}  // namespace

std::unique_ptr<Layer> MakeLog(const caffe::LayerParameter& param) {
  return std::make_unique<LogLayer>(param);
}

}  // namespace crema
