#ifndef CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_
#define CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_

#include "caffe.pb.h"
#include "engine/embedded/core/layer.h"

namespace crema {

// Sets the blob's values from a stored one. Throws Error when shapes differ (a file's old four-axis
// shape may have leading ones) or the number of values does.
void CheckFits(const caffe::BlobProto& stored, const Blob& blob);
void FromProto(const caffe::BlobProto& stored, Blob& blob);
void ToProto(Blob& blob, bool diff, caffe::BlobProto& stored);

// Sets the layer's parameters from the blobs of `from`, after CheckBlobs.
void CheckBlobs(const caffe::LayerParameter& from, Layer& layer);
void CopyBlobs(const caffe::LayerParameter& from, Layer& layer);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_
