#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_

#include <cstdint>
#include <optional>

#include "caffe.pb.h"

namespace crema {

// What a loss that sums over items is divided by.
class LossNormalizer {
 public:
  using Mode = caffe::LossParameter_NormalizationMode;

  // The mode is `normalization`, else what the older `normalize` means, else `otherwise`.
  LossNormalizer(const caffe::LossParameter& param, Mode otherwise);

  // For `batch` instances of `items` each, `valid` of all of them not ignored. At least 1, so that
  // a batch of ignored items gives 0.
  double operator()(int64_t batch, int64_t items, int64_t valid) const;

 private:
  Mode mode_;
};

// Loss items carry this label to be left out, where there is one.
std::optional<int> IgnoredLabel(const caffe::LossParameter& param);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_LOSS_NORMALIZER_H_
