#include "engine/embedded/layers/loss_normalizer.h"

#include <algorithm>

namespace crema {

LossNormalizer::LossNormalizer(const caffe::LossParameter& param, Mode otherwise)
    : mode_(otherwise), fixed_(param.pre_fixed_normalizer()) {
  if (param.has_normalization()) {
    mode_ = param.normalization();
  } else if (param.has_normalize()) {
    mode_ = param.normalize() ? caffe::LossParameter_NormalizationMode_VALID
                              : caffe::LossParameter_NormalizationMode_BATCH_SIZE;
  }
}

double LossNormalizer::operator()(int64_t batch, int64_t items, int64_t valid) const {
  int64_t by = 1;
  switch (mode_) {
    case caffe::LossParameter_NormalizationMode_FULL:
      by = batch * items;
      break;
    case caffe::LossParameter_NormalizationMode_VALID:
      by = valid;
      break;
    case caffe::LossParameter_NormalizationMode_BATCH_SIZE:
      by = batch;
      break;
    case caffe::LossParameter_NormalizationMode_NONE:
      break;
    case caffe::LossParameter_NormalizationMode_PRE_FIXED:
      return std::max(1.0, fixed_);
  }
  return static_cast<double>(std::max<int64_t>(1, by));
}

std::optional<int> IgnoredLabel(const caffe::LossParameter& param) {
  if (!param.has_ignore_label()) return std::nullopt;
  return param.ignore_label();
}

}  // namespace crema
