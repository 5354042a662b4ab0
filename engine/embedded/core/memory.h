#ifndef CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
#define CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include "engine/embedded/core/arena.h"
#include "engine/shared/memory_limit.h"

namespace crema {

// Bytes that all buffers hold.
inline std::atomic<int64_t>& HeldMemory() {
  static std::atomic<int64_t> bytes{0};
  return bytes;
}

// Bytes that all buffers may hold together: those that they hold, and what is available. `wanted`
// more are to be allocated: where they are few, what was available lately will do, since asking the
// system takes as long as filling a megabyte.
inline int64_t HoldableMemory(int64_t wanted) {
  constexpr int64_t kMany = 8 << 20;
  static std::atomic<int64_t> latest{-1};
  if (wanted >= kMany || latest < 0) latest = AvailableMemory() + HeldMemory();
  return latest;
}

// Floats, aligned to a cache line (and so to the widest vector). They are not initialized.
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(int64_t count) : Buffer(count, HoldableMemory(BytesOf(count))) {}
  // Throws std::bad_alloc when all buffers together would hold more than `limit` bytes.
  Buffer(int64_t count, int64_t limit) : capacity_(count) {
    const int64_t wanted = BytesOf(count);
    const auto bytes = static_cast<size_t>(wanted);
    if (wanted > limit - HeldMemory()) throw std::bad_alloc();
    const size_t alignment = bytes >= kHugePage ? kHugePage : kAlignment;
    void* memory = nullptr;
    if (posix_memalign(&memory, alignment, bytes == 0 ? kAlignment : bytes) != 0) {
      throw std::bad_alloc();
    }
#if defined(__linux__)
    // Where the system gives huge pages to those who ask, a pass over much memory takes up to a
    // fifth less time. It is no failure if it gives none. The last page, if it is not whole, stays
    // small.
    if (bytes >= kHugePage) madvise(memory, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
    HeldMemory() += wanted;
    memory_ = std::unique_ptr<float[], Free>(static_cast<float*>(memory), Free{wanted, nullptr});
  }
  // Of an arena, which it keeps, and to which it gives the memory back. Throws std::bad_alloc.
  Buffer(int64_t count, std::shared_ptr<Arena> arena) : capacity_(count) {
    const int64_t wanted = BytesOf(count);
    auto* const memory = static_cast<float*>(arena->Take(wanted));
    memory_ = std::unique_ptr<float[], Free>(memory, Free{wanted, std::move(arena)});
  }

  float* get() const { return memory_.get(); }
  int64_t capacity() const { return capacity_; }

  // Makes room for `count` floats, in an arena if one is given. The contents are lost if the buffer
  // has to grow.
  float* Reserve(int64_t count, const std::shared_ptr<Arena>& arena = nullptr) {
    if (memory_ == nullptr || count > capacity_) {
      *this = Buffer();  // First, so that never both are held.
      *this = arena == nullptr ? Buffer(count) : Buffer(count, arena);
    }
    return memory_.get();
  }

 private:
  static constexpr size_t kAlignment = 64, kHugePage = 2 << 20;
  static int64_t BytesOf(int64_t count) {
    constexpr int64_t kSize = sizeof(float);
    constexpr auto kLine = static_cast<int64_t>(kAlignment);
    return (count * kSize + kLine - 1) / kLine * kLine;
  }

  struct Free {
    int64_t bytes;
    std::shared_ptr<Arena> arena;
    void operator()(float* p) const {
      if (arena != nullptr) {
        arena->Give(p, bytes);
        return;
      }
      std::free(p);
      HeldMemory() -= bytes;
    }
  };
  std::unique_ptr<float[], Free> memory_;
  int64_t capacity_ = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_MEMORY_H_
