#ifndef CREMA_ENGINE_EMBEDDED_NET_INSERT_SPLITS_H_
#define CREMA_ENGINE_EMBEDDED_NET_INSERT_SPLITS_H_

#include "caffe.pb.h"

namespace crema {

// The net with a Split layer after every top that more than one bottom takes (a loss weight counts
// as one), named as in Caffe. Throws Error for a bottom that no earlier layer makes.
caffe::NetParameter InsertSplits(const caffe::NetParameter& param);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_NET_INSERT_SPLITS_H_
