// Parameters in and out of a net: .caffemodel files, and nets that share.
#include "engine/net/net_params.h"

#include <cstring>

#include "engine/net/net.h"

namespace crema {

namespace {

// Shape of a stored blob. Files older than `shape` have four axes, whose leading ones may be 1.
Shape StoredShape(const caffe::BlobProto& stored) {
  if (!stored.has_shape())
    return {stored.num(), stored.channels(), stored.height(), stored.width()};
  return Shape(stored.shape().dim().begin(), stored.shape().dim().end());
}

bool SameShape(const caffe::BlobProto& stored, const Shape& shape) {
  const Shape found = StoredShape(stored);
  if (found == shape) return true;
  const bool legacy =
      stored.has_num() || stored.has_channels() || stored.has_height() || stored.has_width();
  if (!legacy || shape.size() > 4) return false;
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
  if (dims.empty()) {
    values.Set(0, storage.Read()[0]);
  } else if (storage.count() > 0) {
    storage.CopyTo(onednn::PlainDesc(dims), values.mutable_data());
  }
}

}  // namespace

void FromProto(const caffe::BlobProto& stored, Blob& blob) {
  Require(SameShape(stored, blob.shape()), "Expected shape ", ShapeString(blob.shape()),
          " but found ", ShapeString(StoredShape(stored)));
  const bool doubles = stored.double_data_size() > 0;
  const int count = doubles ? stored.double_data_size() : stored.data_size();
  Require(count == blob.count(), "Expected ", blob.count(), " values but found ", count);
  if (doubles) {
    CopyValues(stored.double_data(), blob.data());
  } else {
    std::memcpy(blob.data().Write(), stored.data().data(),
                static_cast<size_t>(count) * sizeof(float));
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

void CopyBlobs(const caffe::LayerParameter& from, Layer& layer) {
  Require(from.blobs_size() == static_cast<int>(layer.blobs().size()), "Expected ",
          layer.blobs().size(), " parameter blobs for the layer but found ", from.blobs_size());
  for (int i = 0; i < from.blobs_size(); ++i) {
    try {
      FromProto(from.blobs(i), *layer.blobs()[static_cast<size_t>(i)]);
    } catch (const Error& error) {
      throw Error(StrCat("Parameter ", i, " does not fit: ", error.what(),
                         "; to train it anew instead, give the layer another name"));
    }
  }
}

void Net::ShareWith(Net& other) {
  for (Node& node : nodes_) {
    for (Node& source : other.nodes_) {
      if (source.layer->name() != node.layer->name()) continue;
      InLayer(node.layer->name(), [&] {
        auto& to = node.layer->blobs();
        auto& from = source.layer->blobs();
        Require(to.size() == from.size(), "Expected ", from.size(),
                " parameters to share but found ", to.size());
        for (size_t i = 0; i < to.size(); ++i) {
          Require(to[i]->shape() == from[i]->shape(), "Expected shared parameter ", i,
                  " to have shape ", ShapeString(from[i]->shape()), " but found ",
                  ShapeString(to[i]->shape()));
          to[i]->ShareData(*from[i]);
        }
      });
      break;
    }
  }
}

void Net::CopyFrom(const caffe::NetParameter& param) {
  for (const caffe::LayerParameter& source : param.layer()) {
    for (Node& node : nodes_) {
      if (node.layer->name() != source.name()) continue;
      InLayer(source.name(), [&] { CopyBlobs(source, *node.layer); });
      break;
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
