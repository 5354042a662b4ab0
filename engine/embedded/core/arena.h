#ifndef CREMA_ENGINE_EMBEDDED_CORE_ARENA_H_
#define CREMA_ENGINE_EMBEDDED_CORE_ARENA_H_

#include <cstdint>
#include <map>

namespace crema {

// Memory that buffers share over time: what one gives back, others take. It is one piece, which
// grows to what was in use at once. The same sequence of calls, from the same state, gives the same
// addresses, so that from the second pass of a net on all of it is there. For one thread at a time.
class Arena {
 public:
  // Reserves addresses, but no memory. Throws std::bad_alloc if there are none.
  Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  // Everything that was taken must have been given back.
  ~Arena();

  // Memory for so many bytes, aligned to a cache line; not initialized. Throws std::bad_alloc when
  // it would have to grow by more than the process may have.
  void* Take(int64_t bytes);
  void Give(void* memory, int64_t bytes) noexcept;

  // Bytes that were in use at once, and what lay between them.
  int64_t size() const { return size_; }

 private:
  static constexpr int64_t kAlignment = 64;
  static int64_t RoundedUp(int64_t bytes) {
    return bytes <= 0 ? kAlignment : (bytes + kAlignment - 1) / kAlignment * kAlignment;
  }

  char* memory_ = nullptr;
  // Everything from `end_` on is free; `size_` is the largest end that there was.
  int64_t reserved_ = 0, size_ = 0, end_ = 0;
  // Pieces before `end_` that are not in use, by offset, with their sizes. None touches another, or
  // the end.
  std::map<int64_t, int64_t> free_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_ARENA_H_
