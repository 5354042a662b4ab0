#include "engine/embedded/core/arena.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <new>

#include "engine/embedded/core/memory.h"

namespace crema {

namespace {

void CheckGrowth(int64_t bytes) {
  if (bytes > HoldableMemory(bytes) - HeldMemory()) throw std::bad_alloc();
}

// Whether memory lies in the range that was reserved, and was not taken elsewhere for want of
// addresses.
bool IsIn(const char* memory, const char* begin, int64_t size) {
  return !std::less<>()(memory, begin) && std::less<>()(memory, begin + size);
}

}  // namespace

Arena::Arena() {
  constexpr int64_t kFewest = 64 << 20;
  // All that the process may ever have; less where its addresses are limited.
  for (reserved_ = AvailableMemory() + HeldMemory(); reserved_ >= kFewest; reserved_ /= 2) {
    const auto bytes = static_cast<size_t>(reserved_);
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) continue;
    memory_ = static_cast<char*>(memory);
#if defined(__linux__)
    madvise(memory, bytes, MADV_HUGEPAGE);  // See Buffer.
#endif
    return;
  }
  throw std::bad_alloc();
}

Arena::~Arena() {
  munmap(memory_, static_cast<size_t>(reserved_));
  HeldMemory() -= size_;
}

void* Arena::Take(int64_t bytes) {
  const int64_t wanted = RoundedUp(bytes);
  auto best = free_.end();
  for (auto at = free_.begin(); at != free_.end(); ++at) {
    if (at->second >= wanted && (best == free_.end() || at->second < best->second)) best = at;
  }
  if (best != free_.end()) {
    const int64_t offset = best->first, left = best->second - wanted;
    free_.erase(best);
    if (left > 0) free_[offset + wanted] = left;
    return memory_ + offset;
  }
  if (end_ + wanted > reserved_) {
    CheckGrowth(wanted);
    void* memory = nullptr;
    if (posix_memalign(&memory, kAlignment, static_cast<size_t>(wanted)) != 0) {
      throw std::bad_alloc();
    }
    HeldMemory() += wanted;
    return memory;
  }
  if (const int64_t growth = end_ + wanted - size_; growth > 0) {
    CheckGrowth(growth);
    size_ += growth;
    HeldMemory() += growth;
  }
  end_ += wanted;
  return memory_ + (end_ - wanted);
}

void Arena::Give(void* memory, int64_t bytes) noexcept {
  if (!IsIn(static_cast<char*>(memory), memory_, reserved_)) {
    std::free(memory);
    HeldMemory() -= RoundedUp(bytes);
    return;
  }
  int64_t offset = static_cast<char*>(memory) - memory_, size = RoundedUp(bytes);
  auto next = free_.lower_bound(offset);
  if (next != free_.end() && next->first == offset + size) {
    size += next->second;
    next = free_.erase(next);
  }
  if (next != free_.begin()) {
    const auto before = std::prev(next);
    if (before->first + before->second == offset) {
      offset = before->first;
      size += before->second;
      free_.erase(before);
    }
  }
  if (offset + size == end_) {
    end_ = offset;
  } else {
    free_[offset] = size;
  }
}

}  // namespace crema
