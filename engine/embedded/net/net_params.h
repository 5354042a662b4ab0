#ifndef CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_
#define CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_

#include "caffe.pb.h"
#include "engine/embedded/core/layer.h"

namespace crema {

// CheckFits throws Error if the shapes differ (an old file's four-axis shape may have leading ones)
// or the number of values does. FromProto checks that, then sets the blob's values from the stored
// one.
void CheckFits(const caffe::BlobProto& stored, const Blob& blob);
void FromProto(const caffe::BlobProto& stored, Blob& blob);
void ToProto(Blob& blob, bool diff, caffe::BlobProto& stored);

// CheckBlobs does the same for all of a layer's parameters, and CopyBlobs sets them after that
// check.
void CheckBlobs(const caffe::LayerParameter& from, Layer& layer);
void CopyBlobs(const caffe::LayerParameter& from, Layer& layer);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_NET_PARAMS_H_
