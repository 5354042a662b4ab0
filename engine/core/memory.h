#ifndef CREMA_ENGINE_CORE_MEMORY_H_
#define CREMA_ENGINE_CORE_MEMORY_H_

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace crema {

// Floats, aligned to a cache line (and to the widest vector). Contents are not set.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count) : capacity_(count) {
    constexpr size_t kAlignment = 64;
    const size_t bytes =
        (static_cast<size_t>(count) * sizeof(float) + kAlignment - 1) / kAlignment * kAlignment;
    memory_.reset(
        static_cast<float*>(std::aligned_alloc(kAlignment, bytes == 0 ? kAlignment : bytes)));
    if (memory_ == nullptr) throw std::bad_alloc();
  }

  float* get() const { return memory_.get(); }
  int64_t capacity() const { return capacity_; }

  // Makes room for `count` floats; contents are lost if it has to grow.
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

#endif  // CREMA_ENGINE_CORE_MEMORY_H_
