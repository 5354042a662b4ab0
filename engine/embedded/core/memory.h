#ifndef CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
#define CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "engine/shared/memory_limit.h"

namespace crema {

// Bytes that all buffers hold.
inline std::atomic<int64_t>& HeldMemory() {
  static std::atomic<int64_t> bytes{0};
  return bytes;
}

// Floats, aligned to a cache line (and so to the widest vector). They are not initialized.
class Buffer {
 public:
  Buffer() = default;
  // Throws std::bad_alloc when all buffers together would hold more than `limit` bytes.
  explicit Buffer(int64_t count, int64_t limit = MemoryLimit()) : capacity_(count) {
    constexpr size_t kAlignment = 64;
    const size_t bytes =
        (static_cast<size_t>(count) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
    const auto wanted = static_cast<int64_t>(bytes);
    if (wanted > limit - HeldMemory()) throw std::bad_alloc();
    auto* const memory =
        static_cast<float*>(std::aligned_alloc(kAlignment, bytes == 0 ? kAlignment : bytes));
    if (memory == nullptr) throw std::bad_alloc();
    HeldMemory() += wanted;
    memory_ = std::unique_ptr<float[], Free>(memory, Free{wanted});
  }

  float* get() const { return memory_.get(); }
  int64_t capacity() const { return capacity_; }

  // Makes room for `count` floats. The contents are lost if the buffer has to grow.
  float* Reserve(int64_t count) {
    if (memory_ == nullptr || count > capacity_) {
      *this = Buffer();  // First, so that never both are held.
      *this = Buffer(count);
    }
    return memory_.get();
  }

 private:
  struct Free {
    int64_t bytes;
    void operator()(float* p) const {
      std::free(p);
      HeldMemory() -= bytes;
    }
  };
  std::unique_ptr<float[], Free> memory_;
  int64_t capacity_ = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
