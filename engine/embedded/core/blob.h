#ifndef CREMA_ENGINE_EMBEDDED_CORE_BLOB_H_
#define CREMA_ENGINE_EMBEDDED_CORE_BLOB_H_

#include <memory>
#include <string>
#include <vector>

#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/storage.h"

namespace crema {

using Shape = std::vector<int>;

// The number of values in a blob of this shape; 1 for no axes. Throws Error above 2^31 - 1, as
// Caffe does.
int64_t CountOf(const Shape& shape);
// "64 3 28 28 (150528)", as Caffe prints shapes.
std::string ShapeString(const Shape& shape);

// A tensor with its gradient: data and diff of one shape.
class Blob {
 public:
  Blob() : data_(std::make_shared<Storage>()), diff_(std::make_shared<Storage>()) { Reshape({0}); }
  explicit Blob(const Shape& shape) : Blob() { Reshape(shape); }
  Blob(const Blob&) = delete;
  Blob& operator=(const Blob&) = delete;

  void Reshape(const Shape& shape);
  void ReshapeLike(const Blob& other) { Reshape(other.shape()); }

  const Shape& shape() const { return shape_; }
  int num_axes() const { return static_cast<int>(shape_.size()); }
  // The length of an axis; negative indices count from the last axis.
  int shape(int axis) const { return shape_[static_cast<size_t>(CanonicalAxis(axis))]; }
  int64_t count() const { return count_; }
  // The product of the lengths of axes from..to-1.
  int64_t count(int from, int to) const;
  int64_t count(int from) const { return count(from, num_axes()); }
  // The index of an axis, counted from the first. Throws Error if there is no such axis.
  int CanonicalAxis(int axis) const;
  onednn::Dims dims() const { return onednn::Dims(shape_.begin(), shape_.end()); }

  Storage& data() { return *data_; }
  Storage& diff() { return *diff_; }

  // Shares the memory of `other`, which has the same number of values.
  void ShareData(const Blob& other) { data_ = other.data_; }
  void ShareDiff(const Blob& other) { diff_ = other.diff_; }

  // Goes up with every change of the shape.
  uint64_t version() const { return version_; }

  // A blob with a fixed shape is a parameter, or is shaped by one of the engine's own layers. If
  // someone outside reshaped it, that layer would work with memory of the wrong size.
  bool fixed_shape() const { return fixed_shape_; }
  void set_fixed_shape(bool fixed) { fixed_shape_ = fixed; }

  // Throws Error if this blob shares memory with a blob that was reshaped in the meantime.
  void CheckMemory();

  // Sets the function that the blob's own memory calls before it is freed. Shared memory keeps the
  // release function of the blob that made it.
  void set_release(Storage::Release release) {
    data_->set_release(release);
    diff_->set_release(release);
  }
  float* PinData() {
    CheckMemory();
    return data_->Pin();
  }
  float* PinDiff() {
    CheckMemory();
    return diff_->Pin();
  }

 private:
  Shape shape_;
  int64_t count_ = 0;
  uint64_t version_ = 0;
  bool fixed_shape_ = false;
  std::shared_ptr<Storage> data_, diff_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_BLOB_H_
