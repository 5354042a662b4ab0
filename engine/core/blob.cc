#include "engine/core/blob.h"

#include <limits>

#include "engine/core/error.h"

namespace crema {

int64_t CountOf(const Shape& shape) {
  int64_t count = 1;
  for (const int dim : shape) {
    Require(dim >= 0, "Expected every axis to have a length of 0 or more but found ", dim);
    count *= dim;
    Require(count <= std::numeric_limits<int>::max(),
            "Expected a blob of at most 2147483647 values but found one that holds more");
  }
  return count;
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
