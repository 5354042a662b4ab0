// The parameters of a net: read from and written to .caffemodel files, and shared between nets.
#include "engine/embedded/net/net_params.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <set>
#include <string>

#include "engine/embedded/net/net.h"

namespace crema {

namespace {

// Files from before `shape` have four axes.
bool IsLegacy(const caffe::BlobProto& stored) {
  return stored.has_num() || stored.has_channels() || stored.has_height() || stored.has_width();
}

// The shape of a stored blob. Caffe stores none for a blob without axes.
Shape StoredShape(const caffe::BlobProto& stored) {
  if (!stored.has_shape() && IsLegacy(stored))
    return {stored.num(), stored.channels(), stored.height(), stored.width()};
  Shape shape;
  for (const int64_t dim : stored.shape().dim()) {
    Require(dim >= 0 && dim <= std::numeric_limits<int>::max(),
            "Expected a stored blob to have axes from 0 to 2147483647 but found ", dim);
    shape.push_back(static_cast<int>(dim));
  }
  return shape;
}

bool SameShape(const caffe::BlobProto& stored, const Shape& shape) {
  const Shape found = StoredShape(stored);
  if (found == shape) return true;
  // The blob may lack the leading axes of length 1 that an old file has.
  if (!IsLegacy(stored) || shape.size() > 4) return false;
  Shape padded(4 - shape.size(), 1);
  padded.insert(padded.end(), shape.begin(), shape.end());
  return found == padded;
}

template <class Values>
void CopyValues(const Values& values, Storage& storage) {
  float* to = storage.Write();
  for (int i = 0; i < values.size(); ++i) to[i] = static_cast<float>(values.Get(i));
}

void StoreValues(Storage& storage, const onednn::Dims& dims,
                 google::protobuf::RepeatedField<float>& values) {
  values.Resize(static_cast<int>(storage.count()), 0);
  if (storage.count() == 0) return;
  if (storage.layout() != nullptr) {
    storage.CopyTo(onednn::PlainDesc(dims), values.mutable_data());
  } else {
    std::copy_n(storage.Read(), storage.count(), values.mutable_data());
  }
}

}  // namespace

void CheckFits(const caffe::BlobProto& stored, const Blob& blob) {
  Require(SameShape(stored, blob.shape()), "Expected shape ", ShapeString(blob.shape()),
          " but found ", ShapeString(StoredShape(stored)));
  const bool doubles = stored.double_data_size() > 0;
  const int count = doubles ? stored.double_data_size() : stored.data_size();
  Require(count == blob.count(), "Expected ", blob.count(), " values but found ", count);
}

void FromProto(const caffe::BlobProto& stored, Blob& blob) {
  CheckFits(stored, blob);
  if (stored.double_data_size() > 0) {
    CopyValues(stored.double_data(), blob.data());
  } else {
    std::memcpy(blob.data().Write(), stored.data().data(),
                static_cast<size_t>(blob.count()) * sizeof(float));
  }
  blob.data().Sync();
  if (stored.double_diff_size() == blob.count() && blob.count() > 0)
    CopyValues(stored.double_diff(), blob.diff());
  if (stored.diff_size() == blob.count() && blob.count() > 0)
    CopyValues(stored.diff(), blob.diff());
}

void ToProto(Blob& blob, bool diff, caffe::BlobProto& stored) {
  stored.mutable_shape();
  for (const int dim : blob.shape()) stored.mutable_shape()->add_dim(dim);
  StoreValues(blob.data(), blob.dims(), *stored.mutable_data());
  if (diff) StoreValues(blob.diff(), blob.dims(), *stored.mutable_diff());
}

void CheckBlobs(const caffe::LayerParameter& from, Layer& layer) {
  Require(from.blobs_size() == static_cast<int>(layer.blobs().size()), "Expected ",
          layer.blobs().size(), " parameter blobs for the layer but found ", from.blobs_size());
  for (int i = 0; i < from.blobs_size(); ++i) {
    try {
      CheckFits(from.blobs(i), *layer.blobs()[static_cast<size_t>(i)]);
    } catch (const Error& error) {
      throw Error(StrCat("Parameter ", i, " does not fit: ", error.what(),
                         "; to train it anew instead, give the layer another name"));
    }
  }
}

void CopyBlobs(const caffe::LayerParameter& from, Layer& layer) {
  CheckBlobs(from, layer);
  for (int i = 0; i < from.blobs_size(); ++i)
    FromProto(from.blobs(i), *layer.blobs()[static_cast<size_t>(i)]);
}

void Net::ShareWith(Net& other) {
  std::set<const Blob*> given;
  std::map<std::string, int> seen;
  for (Node& node : nodes_) {
    if (node.layer->blobs().empty()) continue;
    int before = seen[node.layer->name()]++;  // Of one name, each goes with its like.
    for (Node& source : other.nodes_) {
      if (source.layer->name() != node.layer->name() || source.layer->blobs().empty()) continue;
      if (before-- > 0) continue;
      RunInLayer(node.layer->name(), [&] {
        auto& to = node.layer->blobs();
        auto& from = source.layer->blobs();
        Require(to.size() == from.size(), "Expected ", from.size(),
                " parameters to share but found ", to.size());
        for (size_t i = 0; i < to.size(); ++i) {
          Require(to[i]->shape() == from[i]->shape(), "Expected shared parameter ", i,
                  " to have shape ", ShapeString(from[i]->shape()), " but found ",
                  ShapeString(to[i]->shape()));
          to[i]->ShareData(*from[i]);
          given.insert(to[i].get());
        }
      });
      break;
    }
  }
  // All that share a name follow, where the other net has the layer of one of them.
  for (const SharedParam& shared : shared_params_) {
    if (!given.contains(shared.blob) || given.contains(shared.owner)) continue;
    shared.owner->ShareData(*shared.blob);
    given.insert(shared.owner);
  }
  for (const SharedParam& shared : shared_params_) {
    if (!given.contains(shared.blob)) shared.blob->ShareData(*shared.owner);
  }
}

void Net::CopyFrom(const caffe::NetParameter& param) {
  Require(param.layers_size() == 0,
          "Expected upgraded parameters (layer) but found the old form (layers)");
  // Everything is checked before anything is copied, so that the net never ends up with half of the
  // parameters.
  for (const auto& copy : {CheckBlobs, CopyBlobs}) {
    for (const caffe::LayerParameter& source : param.layer()) {
      for (Node& node : nodes_) {
        if (node.layer->name() != source.name()) continue;
        // A layer without a name may have parameters beside others that have none.
        if (source.name().empty() && (source.blobs_size() == 0) != node.layer->blobs().empty())
          continue;
        RunInLayer(source.name(), [&] { copy(source, *node.layer); });
        break;
      }
    }
  }
}

caffe::NetParameter Net::ToProto(bool diffs) {
  caffe::NetParameter param;
  param.set_name(name_);
  *param.mutable_state() = state_;
  for (Node& node : nodes_) {
    caffe::LayerParameter& layer = *param.add_layer();
    layer = node.layer->param();
    for (const auto& blob : node.layer->blobs()) crema::ToProto(*blob, diffs, *layer.add_blobs());
  }
  return param;
}

}  // namespace crema
