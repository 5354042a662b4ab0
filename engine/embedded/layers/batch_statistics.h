#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_BATCH_STATISTICS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_BATCH_STATISTICS_H_

#include <vector>

#include "engine/embedded/core/channel_view.h"

namespace crema {

// The mean and the variance (not the unbiased estimate) of each channel of a batch.
class BatchStatistics {
 public:
  // Measures `in`, of `shape` and seen as `view`. `mean` and `variance` have one value for each of
  // the view's padded channels; those of the padding are left alone.
  void Measure(const ChannelView& view, const ChannelShape& shape, const float* in,
               std::vector<float>& mean, std::vector<float>& variance);

 private:
  std::vector<float> means_;
  std::vector<double> spread_;
  ChannelSums sums_, squares_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_BATCH_STATISTICS_H_
