#include "engine/libcaffe/params.h"

#include <limits>
#include <set>

#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

// The shape of a stored blob. Files from before `shape` have four axes, of which leading ones may
// be 1.
std::vector<int> StoredShape(const caffe::BlobProto& stored) {
  if (!stored.has_shape())
    return {stored.num(), stored.channels(), stored.height(), stored.width()};
  std::vector<int> shape;
  for (const int64_t dim : stored.shape().dim()) {
    Require(dim >= 0 && dim <= std::numeric_limits<int>::max(),
            "Expected axes of 0 to 2^31 - 1 but found ", dim);
    shape.push_back(static_cast<int>(dim));
  }
  return shape;
}

int64_t Count(const std::vector<int>& shape) {
  int64_t count = 1;
  for (const int dim : shape) count *= dim;
  return count;
}

CaffeLayer* FindLayer(const CaffeNet& net, const std::string& name) {
  for (size_t i = 0; i < net.layer_names().size(); ++i) {
    if (net.layer_names()[i] == name) return net.layers()[i].get();
  }
  return nullptr;
}

}  // namespace

std::string ShapeString(const std::vector<int>& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + ")";
}

std::vector<int> ShapeOf(const CaffeBlob& blob) {
  return blob.num_axes() == 0 && blob.count() == 0 ? std::vector<int>{0} : blob.shape();
}

void CheckShape(const std::vector<int>& shape) {
  Require(shape.size() <= kMaxBlobAxes, "Expected at most ", kMaxBlobAxes, " axes but found ",
          shape.size());
  int64_t count = 1;
  for (const int dim : shape) {
    Require(dim >= 0, "Expected axes of 0 or more but found ", ShapeString(shape));
    count *= dim;
    Require(count <= std::numeric_limits<int>::max(),
            "Expected a blob of fewer than 2^31 values but found ", ShapeString(shape));
  }
}

void CheckStored(const caffe::BlobProto& stored) {
  const std::vector<int> shape = StoredShape(stored);
  CheckShape(shape);
  const int count = stored.double_data_size() > 0 ? stored.double_data_size() : stored.data_size();
  Require(count == Count(shape), "Expected ", Count(shape), " values but found ", count);
  for (const int diff : {stored.diff_size(), stored.double_diff_size()}) {
    Require(diff == 0 || diff == Count(shape), "Expected ", Count(shape), " diffs but found ",
            diff);
  }
}

void CheckFits(const caffe::BlobProto& stored, const CaffeBlob& blob) {
  const std::vector<int> found = StoredShape(stored);
  std::vector<int> shape = blob.shape();
  const bool legacy =
      stored.has_num() || stored.has_channels() || stored.has_height() || stored.has_width();
  if (legacy && shape.size() < 4) shape.insert(shape.begin(), 4 - shape.size(), 1);
  Require(found == shape, "Expected shape ", ShapeString(blob.shape()), " but found ",
          ShapeString(found));
  CheckStored(stored);
}

void CopyFrom(CaffeNet& net, const caffe::NetParameter& param) {
  for (const caffe::LayerParameter& source : param.layer()) {
    const CaffeLayer* layer = FindLayer(net, source.name());
    if (layer == nullptr) continue;
    auto& blobs = const_cast<CaffeLayer*>(layer)->blobs();
    InLayer(source.name(), [&] {
      Require(source.blobs_size() == static_cast<int>(blobs.size()), "Expected ", blobs.size(),
              " parameter blobs for the layer but found ", source.blobs_size());
      for (int i = 0; i < source.blobs_size(); ++i) {
        try {
          CheckFits(source.blobs(i), *blobs[static_cast<size_t>(i)]);
        } catch (const Error& error) {
          throw Error(StrCat("Parameter ", i, " does not fit: ", error.what(),
                             "; to train it anew instead, give the layer another name"));
        }
      }
    });
  }
  net.CopyTrainedLayersFrom(param);
}

void ShareWith(CaffeNet& net, const CaffeNet& other) {
  for (size_t i = 0; i < other.layers().size(); ++i) {
    const std::string& name = other.layer_names()[i];
    CaffeLayer* layer = FindLayer(net, name);
    if (layer == nullptr) continue;
    const auto& to = layer->blobs();
    const auto& from = other.layers()[i]->blobs();
    InLayer(name, [&] {
      Require(to.size() == from.size(), "Expected ", from.size(), " parameters to share but found ",
              to.size());
      for (size_t p = 0; p < to.size(); ++p) {
        Require(to[p]->shape() == from[p]->shape(), "Expected shared parameter ", p,
                " to have shape ", ShapeString(from[p]->shape()), " but found ",
                ShapeString(to[p]->shape()));
      }
    });
  }
  net.ShareTrainedLayersWith(&other);
  // libcaffe gives the layers of both nets other memory, and leaves those that share a parameter by
  // its name with what they had: all that share one follow it.
  const auto& params = net.params();
  std::set<const CaffeBlob*> given;
  for (const std::string& name : other.layer_names()) {
    const CaffeLayer* layer = FindLayer(net, name);
    if (layer == nullptr) continue;
    for (const auto& blob : const_cast<CaffeLayer*>(layer)->blobs()) given.insert(blob.get());
  }
  const auto for_each_shared = [&](const auto& body) {
    for (size_t i = 0; i < params.size(); ++i) {
      const int owner = net.param_owners()[i];
      if (owner >= 0) body(*params[i], *params[static_cast<size_t>(owner)]);
    }
  };
  for_each_shared([&](const CaffeBlob& own, CaffeBlob& owner) {
    if (given.count(&own) == 0 || !given.insert(&owner).second) return;
    owner.ShareData(own);
  });
  for_each_shared([&](CaffeBlob& own, const CaffeBlob& owner) {
    if (given.count(&own) == 0) own.ShareData(owner);
  });
}

}  // namespace crema::libcaffe
