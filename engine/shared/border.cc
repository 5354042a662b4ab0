// The thread's last error, and the functions of crema.h that are the same in every engine.
#include "engine/shared/border.h"

#include <cmath>

#include "engine/shared/transform.h"

namespace crema::border {

namespace {

thread_local std::string last_error, last_error_layer;

// "(2, 3)".
std::string TextOf(const std::vector<int>& shape) {
  std::string text;
  for (const int dim : shape) text += (text.empty() ? "" : ", ") + std::to_string(dim);
  return "(" + text + ")";
}

}  // namespace

crema_status Fail(crema_status status, const char* message, const std::string& layer) {
  last_error = message;
  last_error_layer = layer;
  return status;
}

std::vector<int> ShapeOf(const int32_t* dims, int32_t axes) {
  Require(axes >= 0 && axes <= 32, "Expected 0 to 32 axes but found ", axes);
  return std::vector<int>(dims, dims + axes);
}

void CheckRange(uint64_t whole, uint64_t offset, uint64_t count) {
  Require(offset <= whole && count <= whole - offset, "Expected a range within ", whole,
          " values but found ", count, " from ", offset, " on");
}

void CheckKeepsShape(bool fixed, const std::vector<int>& shape, const std::vector<int>& found) {
  Require(!fixed || shape == found,
          "Expected a parameter, or a blob that a layer of the engine makes, to keep its shape ",
          TextOf(shape), " but found ", TextOf(found), ": reshape the net's inputs instead");
}

void Norms(const float* values, uint64_t count, double* asum, double* sumsq) {
  double sum = 0, squares = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(values[i]);
    sum += std::fabs(value);
    squares += value * value;
  }
  *asum = sum;
  *sumsq = squares;
}

}  // namespace crema::border

using crema::border::ObjectOf;

extern "C" {

int32_t crema_abi_version(void) { return CREMA_ABI_VERSION; }

const char* crema_last_error(void) { return crema::border::last_error.c_str(); }
const char* crema_last_error_layer(void) { return crema::border::last_error_layer.c_str(); }

uint64_t crema_buffer_size(const crema_buffer* buffer) { return ObjectOf(buffer)->size(); }
const uint8_t* crema_buffer_data(const crema_buffer* buffer) {
  return reinterpret_cast<const uint8_t*>(ObjectOf(buffer)->data());
}
void crema_buffer_free(crema_buffer* buffer) {
  std::unique_ptr<std::string> owned(ObjectOf(buffer));
}

crema_status crema_transform_batch(const crema_transform* transform, int32_t num,
                                   const uint8_t* records, const int32_t* offsets,
                                   const uint8_t* mirror, float* out) {
  return crema::border::Guard(
      [&] { crema::TransformBatch(*transform, num, records, offsets, mirror, out); });
}

}  // extern "C"
