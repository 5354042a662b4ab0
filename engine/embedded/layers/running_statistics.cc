#include "engine/embedded/layers/running_statistics.h"

#include <cmath>

namespace crema {

bool UsesGlobalStatistics(const caffe::LayerParameter& batch_norm) {
  const caffe::BatchNormParameter& param = batch_norm.batch_norm_param();
  return param.has_use_global_stats() ? param.use_global_stats()
                                      : batch_norm.phase() == caffe::TEST;
}

void TakeStatistics(const Layer& batch_norm, std::vector<float>& mean,
                    std::vector<float>& variance) {
  const auto& blobs = batch_norm.blobs();
  const float weight = blobs[2]->data().Read()[0];
  const float scale = weight == 0.0f ? 0.0f : 1.0f / weight;
  const float* means = blobs[0]->data().Read();
  const float* variances = blobs[1]->data().Read();
  for (size_t c = 0; c < static_cast<size_t>(blobs[0]->count()); ++c) {
    mean[c] = means[c] * scale;
    variance[c] = variances[c] * scale;
  }
}

void GatherStatistics(const Layer& batch_norm, int64_t values, const std::vector<float>& mean,
                      const std::vector<float>& variance) {
  const auto& blobs = batch_norm.blobs();
  const float keep = batch_norm.param().batch_norm_param().moving_average_fraction();
  float* means = blobs[0]->data().ReadWrite();
  float* variances = blobs[1]->data().ReadWrite();
  float* weight = blobs[2]->data().ReadWrite();
  *weight = *weight * keep + 1.0f;
  // Turns the variance of the batch into an unbiased estimate.
  const float count = static_cast<float>(values);
  const float unbias = count > 1.0f ? count / (count - 1.0f) : 1.0f;
  for (size_t c = 0; c < static_cast<size_t>(blobs[0]->count()); ++c) {
    means[c] = mean[c] + keep * means[c];
    variances[c] = unbias * variance[c] + keep * variances[c];
  }
}

void SetFactors(const Layer& batch_norm, const std::vector<float>& variance,
                std::vector<float>& factor) {
  const caffe::BatchNormParameter& param = batch_norm.param().batch_norm_param();
  const float eps = param.eps();
  for (size_t c = 0; c < static_cast<size_t>(batch_norm.blobs()[0]->count()); ++c) {
    factor[c] = 1.0f / (param.add_eps_before_sqrt() ? std::sqrt(variance[c] + eps)
                                                    : std::sqrt(variance[c]) + eps);
  }
}

}  // namespace crema
