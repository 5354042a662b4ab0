#include "engine/libcaffe/shared_params.h"

#include "engine/libcaffe/params.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

int64_t Count(const std::vector<int>& shape) {
  int64_t count = 1;
  for (const int dim : shape) count *= dim;
  return count;
}

void Agree(const std::string& name, const char* what, bool given, float value, bool& has_owners,
           float& owners) {
  if (!given) return;
  Require(!has_owners || value == owners, "Expected shared parameter '", name, "' to have one ",
          what, " but found ", owners, " and ", value);
  has_owners = true;
  owners = value;
}

}  // namespace

void SharedParams::Add(const caffe::LayerParameter& param,
                       const std::vector<boost::shared_ptr<CaffeBlob>>& blobs) {
  Require(param.param_size() <= static_cast<int>(blobs.size()), "Expected at most ", blobs.size(),
          " param entries, as the layer has that many parameters, but found ", param.param_size());
  for (int i = 0; i < param.param_size(); ++i) {
    const caffe::ParamSpec& spec = param.param(i);
    if (spec.name().empty()) continue;
    const std::vector<int>& shape = blobs[static_cast<size_t>(i)]->shape();
    const auto [found, first] =
        owners_.insert({spec.name(),
                        {param.name(), shape, spec.has_lr_mult(), spec.has_decay_mult(),
                         spec.lr_mult(), spec.decay_mult()}});
    if (first) continue;
    Owner& owner = found->second;
    const bool permissive = spec.share_mode() == caffe::ParamSpec_DimCheckMode_PERMISSIVE;
    Require(permissive ? Count(shape) == Count(owner.shape) : shape == owner.shape,
            "Expected parameter '", spec.name(), "' to have the shape that its owner, layer '",
            owner.layer, "', gave it, ", ShapeString(owner.shape), ", but found ",
            ShapeString(shape));
    Agree(spec.name(), "lr_mult", spec.has_lr_mult(), spec.lr_mult(), owner.has_lr_mult,
          owner.lr_mult);
    Agree(spec.name(), "decay_mult", spec.has_decay_mult(), spec.decay_mult(), owner.has_decay_mult,
          owner.decay_mult);
  }
}

}  // namespace crema::libcaffe
