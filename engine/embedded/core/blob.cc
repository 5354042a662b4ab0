#include "engine/embedded/core/blob.h"

#include <algorithm>
#include <limits>

#include "engine/shared/error.h"

namespace crema {

int64_t CountOf(const Shape& shape) {
  // A product of only some of the axes must not overflow either, so an axis of length 0 is left
  // out.
  int64_t count = 1;
  bool empty = false;
  for (const int dim : shape) {
    Require(dim >= 0, "Expected every axis to have a length of 0 or more but found ", dim);
    empty |= dim == 0;
    count *= std::max(dim, 1);
    Require(count <= std::numeric_limits<int>::max(),
            "Expected a blob of at most 2147483647 values but found one that holds more");
  }
  return empty ? 0 : count;
}

std::string ShapeString(const Shape& shape) {
  std::ostringstream out;
  for (const int dim : shape) out << dim << ' ';
  out << '(' << CountOf(shape) << ')';
  return out.str();
}

void Blob::Reshape(const Shape& shape) {
  Require(shape.size() <= 32, "Expected a blob of at most 32 axes but found ", shape.size());
  const int64_t count = CountOf(shape);
  if (shape != shape_) {
    ++version_;
    shape_ = shape;
  }
  count_ = count;
  data_->Resize(count);
  diff_->Resize(count);
}

void Blob::CheckMemory() {
  Require(data_->count() == count_ && diff_->count() == count_, "Expected a blob of shape ",
          ShapeString(shape_), " to have as many values but found ", data_->count(), " and ",
          diff_->count(),
          ": it shares memory with a blob that was reshaped; run forward or reshape the net first");
}

int64_t Blob::count(int from, int to) const {
  int64_t count = 1;
  for (int i = from; i < to; ++i) count *= shape_[static_cast<size_t>(i)];
  return count;
}

int Blob::CanonicalAxis(int axis) const {
  Require(axis >= -num_axes() && axis < num_axes(), "Expected an axis from ", -num_axes(), " to ",
          num_axes() - 1, " but found ", axis, ", for a blob of shape ", ShapeString(shape_));
  return axis < 0 ? axis + num_axes() : axis;
}

}  // namespace crema
