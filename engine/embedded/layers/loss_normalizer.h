#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_

#include <cstdint>
#include <optional>

#include "caffe.pb.h"

namespace crema {

// The divisor of a loss that sums over items.
class LossNormalizer {
 public:
  using Mode = caffe::LossParameter_NormalizationMode;

  // The mode is `normalization`, else what the older field `normalize` means, else `otherwise`.
  LossNormalizer(const caffe::LossParameter& param, Mode otherwise);

  // For `batch` instances of `items` each, `valid` of which, in all, are not ignored. At least 1,
  // so that a batch of ignored items gives 0.
  double operator()(int64_t batch, int64_t items, int64_t valid) const;

 private:
  Mode mode_;
  double fixed_;  // the divisor in the mode PRE_FIXED, of R-FCN
};

// The label of items that the loss ignores, if there is one.
std::optional<int> IgnoredLabel(const caffe::LossParameter& param);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_
