#include "engine/libcaffe/threads.h"

#include <dlfcn.h>

#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

// A function of the BLAS that libcaffe was linked with; null if it has none of this name.
template <class Function>
Function* Find(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

int Threads() {
  // Cached, as every call of vector math asks: a lookup by name takes half a microsecond.
  static const auto get = Find<int()>("openblas_get_num_threads");
  return get == nullptr ? 1 : get();
}

void SetThreads(int n) {
  Require(n >= 1, "Expected at least 1 thread but found ", n);
  const auto set = Find<void(int)>("openblas_set_num_threads");
  Require(set != nullptr || n == 1,
          "Expected libcaffe to use OpenBLAS, whose threads can be set, but found another BLAS");
  if (set != nullptr) set(n);
}

std::string BlasVersion() {
  const auto config = Find<const char*()>("openblas_get_config");
  return config == nullptr ? "a BLAS of its own" : config();
}

}  // namespace crema::libcaffe
