#ifndef CREMA_ENGINE_SHARED_ERROR_H_
#define CREMA_ENGINE_SHARED_ERROR_H_

#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

#include "ffi/crema.h"

namespace crema {

// The exception that the engine throws. border.h turns it into a status and a message. The net sets
// `layer` when the exception leaves a layer.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, crema_status status = CREMA_INVALID)
      : std::runtime_error(message), status_(status) {}

  crema_status status() const { return status_; }
  const std::string& layer() const { return layer_; }
  void set_layer(std::string name) { layer_ = std::move(name); }

 private:
  crema_status status_;
  std::string layer_;
};

// All parts as one text, each as operator<< writes it.
template <class... Parts>
std::string StrCat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// Throws an Error with the parts as its message unless `ok`. Messages read "Expected X but found
// Y".
template <class... Parts>
void Require(bool ok, const Parts&... parts) {
  if (!ok) throw Error(StrCat(parts...));
}

// Runs `body`, and adds the layer's name to an Error that leaves it without one. A lack of memory
// becomes an Error.
template <class Body>
void InLayer(const std::string& name, const Body& body) {
  try {
    body();
  } catch (Error& error) {
    if (error.layer().empty()) error.set_layer(name);
    throw;
  } catch (const std::bad_alloc&) {
    Error error("Expected enough memory but found none left", CREMA_INTERNAL);
    error.set_layer(name);
    throw error;
  }
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_ERROR_H_
