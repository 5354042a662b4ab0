#ifndef CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
#define CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace crema {

// The bytes of memory that the machine has. The system may promise more than that, but would kill
// the process once the memory is used.
inline int64_t MachineMemory() {
  static const int64_t bytes =
      static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<int64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// Floats, aligned to a cache line (and so to the widest vector). They are not initialized.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count) : capacity_(count) {
    constexpr size_t kAlignment = 64;
    const size_t bytes =
        (static_cast<size_t>(count) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
    if (bytes > static_cast<size_t>(MachineMemory())) throw std::bad_alloc();
    memory_.reset(
        static_cast<float*>(std::aligned_alloc(kAlignment, bytes == 0 ? kAlignment : bytes)));
    if (memory_ == nullptr) throw std::bad_alloc();
  }

  float* get() const { return memory_.get(); }
  int64_t capacity() const { return capacity_; }

  // Makes room for `count` floats. The contents are lost if the buffer has to grow.
  float* Reserve(int64_t count) {
    if (memory_ == nullptr || count > capacity_) *this = Buffer(count);
    return memory_.get();
  }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float[], Free> memory_;
  int64_t capacity_ = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
