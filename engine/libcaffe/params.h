#ifndef CREMA_ENGINE_LIBCAFFE_PARAMS_H_
#define CREMA_ENGINE_LIBCAFFE_PARAMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/libcaffe/caffe.h"

// Checks parameters and shapes before libcaffe sees them: libcaffe reads past the end of a stored
// blob that is too short, and ends the process if shapes differ.

namespace crema::libcaffe {

// "(64, 10)".
std::string ShapeString(const std::vector<int>& shape);
// The blob's shape; (0) for one that was never shaped, to which libcaffe gives no axes and no
// values.
std::vector<int> ShapeOf(const CaffeBlob& blob);
// Throws Error unless a blob can have the shape.
void CheckShape(const std::vector<int>& shape);
// Throws Error unless the stored blob has as many values as its shape says.
void CheckStored(const caffe::BlobProto& stored);
// Like CheckStored; also throws Error unless the shape is that of `blob`.
void CheckFits(const caffe::BlobProto& stored, const CaffeBlob& blob);

// Copies parameters by layer name. If one does not fit, throws Error before anything is copied.
void CopyFrom(CaffeNet& net, const caffe::NetParameter& param);
// Shares the parameters of another net, by layer name. If one does not fit, throws Error before
// anything is shared.
void ShareWith(CaffeNet& net, const CaffeNet& other);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_PARAMS_H_
