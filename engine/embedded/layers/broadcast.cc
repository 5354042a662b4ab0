#include "engine/embedded/layers/broadcast.h"

#include "engine/shared/error.h"

namespace crema {

Shape CoveredShape(const Blob& blob, int axis, int num_axes) {
  const int first = blob.CanonicalAxis(axis);
  const int most = blob.num_axes() - first;
  Require(num_axes >= -1 && num_axes <= most, "Expected num_axes to be from 0 to ", most,
          ", or -1 for all from axis ", first, " on, but found ", num_axes,
          ", for a bottom of shape ", ShapeString(blob.shape()));
  const auto begin = blob.shape().begin() + first;
  return Shape(begin, num_axes == -1 ? blob.shape().end() : begin + num_axes);
}

ChannelShape BroadcastOf(const Blob& blob, int axis, const Blob& factor) {
  const int axes = factor.num_axes();
  // A scalar applies to all values, whatever the axis.
  const int first = axes == 0 ? 0 : blob.CanonicalAxis(axis);
  bool fits = first + axes <= blob.num_axes();
  for (int i = 0; fits && i < axes; ++i) fits = blob.shape(first + i) == factor.shape(i);
  Require(fits, "Expected a shape that the bottom's, ", ShapeString(blob.shape()),
          ", has from axis ", first, " on, but found ", ShapeString(factor.shape()));
  return {blob.count(0, first), factor.count(), blob.count(first + axes)};
}

}  // namespace crema
