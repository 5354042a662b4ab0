#ifndef CREMA_ENGINE_LIBCAFFE_PARAMS_H_
#define CREMA_ENGINE_LIBCAFFE_PARAMS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/libcaffe/caffe.h"

// Parameters and shapes in and out, checked before libcaffe sees them: it reads past the end of a
// stored blob that is too short, and ends the process when shapes differ.

namespace crema::libcaffe {

// "(64, 10)".
std::string ShapeString(const std::vector<int>& shape);
// The blob's shape; (0) for one that was never shaped, to which libcaffe gives no axes and no
// values.
std::vector<int> ShapeOf(const CaffeBlob& blob);
// Throws Error unless a blob can have the shape.
void CheckShape(const std::vector<int>& shape);
// Throws Error unless the blob that is stored is whole.
void CheckStored(const caffe::BlobProto& stored);
// Throws Error unless the stored blob is whole and fits.
void CheckFits(const caffe::BlobProto& stored, const CaffeBlob& blob);

// Copies parameters by layer name. Throws Error, before anything is copied, when one does not fit.
void CopyFrom(CaffeNet& net, const caffe::NetParameter& param);
// Takes the parameters of another net by reference, by layer name. Throws Error, before anything is
// shared, when one does not fit.
void ShareWith(CaffeNet& net, const CaffeNet& other);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_PARAMS_H_
