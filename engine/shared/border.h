// What the functions of crema.h have in common in every engine: how they report failures, and how
// they take and return messages, indices and arrays. Compiles as C++17, for libcaffe's headers.
#ifndef CREMA_ENGINE_SHARED_BORDER_H_
#define CREMA_ENGINE_SHARED_BORDER_H_

#include <algorithm>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "engine/shared/error.h"
#include "engine/shared/handle.h"
#include "ffi/crema.h"

namespace crema::border {

// Records a failure of this thread, for crema_last_error and crema_last_error_layer; returns the
// status.
crema_status Fail(crema_status status, const char* message, const std::string& layer = "");

// Runs the body of a function that returns a status: whatever it throws becomes the thread's last
// error. `running` names the layer that an exception other than an Error came from.
template <class Body>
crema_status Guard(
    const Body& body, std::string (*running)() = [] { return std::string(); }) {
  try {
    body();
    return CREMA_OK;
  } catch (const Error& error) {
    return Fail(error.status(), error.what(), error.layer());
  } catch (const std::bad_alloc&) {
    return Fail(CREMA_INTERNAL, "Expected enough memory but found none left", running());
  } catch (const std::exception& error) {
    return Fail(CREMA_INTERNAL, error.what(), running());
  }
}

// The element at an index; null if there is none.
template <class Values>
auto Find(Values& values, int32_t index) -> decltype(&values[0]) {
  const auto at = static_cast<size_t>(index);
  return index >= 0 && at < values.size() ? &values[at] : nullptr;
}

// The element at an index; `otherwise` if there is none.
template <class Values, class Value>
Value At(const Values& values, int32_t index, Value otherwise) {
  const auto at = static_cast<size_t>(index);
  return index >= 0 && at < values.size() ? static_cast<Value>(values[at]) : otherwise;
}

// Copies as many values as there is room for; returns how many there are.
inline int32_t FillInts(const std::vector<int>& values, int32_t* out, int32_t capacity) {
  const auto number = static_cast<int32_t>(values.size());
  for (int32_t i = 0; i < std::min(number, capacity); ++i) out[i] = values[static_cast<size_t>(i)];
  return number;
}

// The message that the bytes hold. Throws Error if they do not parse. `what` names the message's
// type.
template <class Message>
Message Parse(const uint8_t* bytes, uint64_t size, const char* what) {
  Message message;
  Require(size <= static_cast<uint64_t>(std::numeric_limits<int>::max()), "Expected a ", what,
          " below 2 GiB but found ", size, " bytes");
  Require(message.ParseFromArray(bytes, static_cast<int>(size)), "Expected the bytes of a ", what,
          " but found ", size, " bytes that do not parse as one");
  return message;
}

// Gives the caller a new buffer with the bytes of the message.
template <class Message>
void Serialize(const Message& message, crema_buffer** out) {
  auto bytes = std::make_unique<std::string>();
  Require(message.SerializeToString(bytes.get()),
          "Expected a message below 2 GiB but found a larger one");
  *out = HandleOf<crema_buffer>(bytes.release());
}

// Gives the caller a new buffer with the text.
inline void GiveText(std::string text, crema_buffer** out) {
  *out = HandleOf<crema_buffer>(std::make_unique<std::string>(std::move(text)).release());
}

// The shape that a caller gives. Throws Error for a number of axes that no blob has.
std::vector<int> ShapeOf(const int32_t* dims, int32_t axes);

// Throws Error unless `count` values from `offset` on lie within `whole` values.
void CheckRange(uint64_t whole, uint64_t offset, uint64_t count);

// Throws Error if a blob whose shape is fixed would get another shape.
void CheckKeepsShape(bool fixed, const std::vector<int>& shape, const std::vector<int>& found);

// The sum of absolute values and the sum of squares.
void Norms(const float* values, uint64_t count, double* asum, double* sumsq);

}  // namespace crema::border

#endif  // CREMA_ENGINE_SHARED_BORDER_H_
