// The statistics of a BatchNorm layer: three parameters, the running sums of the mean, of the
// variance, and of 1.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_RUNNING_STATISTICS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_RUNNING_STATISTICS_H_

#include <cstdint>
#include <vector>

#include "engine/embedded/core/layer.h"

namespace crema {

// Whether the layer takes its statistics from the parameters instead of from the batch.
bool UsesGlobalStatistics(const caffe::LayerParameter& batch_norm);

// The functions below set, or read, the first values of their vectors, one per channel.

// Sets `mean` and `variance` to those in the parameters.
void TakeStatistics(const Layer& batch_norm, std::vector<float>& mean,
                    std::vector<float>& variance);

// Adds those of a batch, of `values` values per channel, to the parameters.
void GatherStatistics(const Layer& batch_norm, int64_t values, const std::vector<float>& mean,
                      const std::vector<float>& variance);

// Sets `factor` to what the layer multiplies by: 1 / sqrt(variance + eps), or with
// add_eps_before_sqrt: false, 1 / (sqrt(variance) + eps).
void SetFactors(const Layer& batch_norm, const std::vector<float>& variance,
                std::vector<float>& factor);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_RUNNING_STATISTICS_H_
