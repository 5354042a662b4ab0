// What every implementation of crema.h needs where its functions begin and end: messages in and
// out, indices, arrays. Known to the engines alone; compiles as C++17, for libcaffe's headers.
#ifndef CREMA_ENGINE_SHARED_BORDER_H_
#define CREMA_ENGINE_SHARED_BORDER_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/shared/error.h"
#include "ffi/crema.h"

struct crema_buffer {
  std::string bytes;
};

namespace crema::border {

inline bool Within(int32_t index, size_t size) {
  return index >= 0 && static_cast<size_t>(index) < size;
}

// The message of these bytes; throws Error where they are not one.
template <class Message>
Message Parse(const uint8_t* bytes, uint64_t size, const char* what) {
  Message message;
  Require(size <= static_cast<uint64_t>(std::numeric_limits<int>::max()), "Expected a ", what,
          " below 2 GiB but found ", size, " bytes");
  Require(message.ParseFromArray(bytes, static_cast<int>(size)), "Expected the bytes of a ", what,
          " but found ", size, " bytes that do not parse as one");
  return message;
}

template <class Message>
void Serialize(const Message& message, crema_buffer** out) {
  auto buffer = std::make_unique<crema_buffer>();
  Require(message.SerializeToString(&buffer->bytes),
          "Expected a message below 2 GiB but found a larger one");
  *out = buffer.release();
}

inline int32_t FillInts(const std::vector<int>& values, int32_t* out, int32_t capacity) {
  const auto number = static_cast<int32_t>(values.size());
  for (int32_t i = 0; i < std::min(number, capacity); ++i) out[i] = values[static_cast<size_t>(i)];
  return number;
}

// Throws Error unless `count` values from `offset` on lie within `whole` values.
inline void CheckRange(uint64_t whole, uint64_t offset, uint64_t count) {
  Require(offset <= whole && count <= whole - offset, "Expected a range within ", whole,
          " values but found ", count, " from ", offset, " on");
}

// Throws Error unless a blob whose shape is `fixed` keeps it.
inline void CheckKeepsShape(bool fixed, const std::vector<int>& shape,
                            const std::vector<int>& found) {
  const auto text = [](const std::vector<int>& dims) {
    std::string all;
    for (const int dim : dims) all += (all.empty() ? "" : ", ") + std::to_string(dim);
    return "(" + all + ")";
  };
  Require(!fixed || shape == found,
          "Expected a parameter, or a blob that a layer of the engine makes, to keep its shape ",
          text(shape), " but found ", text(found), ": reshape the net's inputs instead");
}

}  // namespace crema::border

#endif  // CREMA_ENGINE_SHARED_BORDER_H_
