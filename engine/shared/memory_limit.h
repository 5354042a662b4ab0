// How much memory this process can have, for refusing a net that would be ended for taking more.
// Compiles as C++17, for libcaffe's headers.
#ifndef CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_
#define CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_

#include <cstdint>
#include <map>
#include <string>

namespace crema {

// Bytes that this process can have beside what it has: what the machine has available, swap
// included, or what the control groups (of a container) that the process is in leave, if that is
// less. Read anew in each call. `root` stands before the paths of /proc and /sys/fs/cgroup. The
// system may promise more, but ends the process that calls the promise in.
int64_t AvailableMemory(const std::string& root = "");

// Throws Error unless a net whose blobs take `bytes` fits into `limit` bytes.
void CheckFits(int64_t bytes, int64_t limit);

// The memory of a net that is being made or shaped: what its blobs have, or will have once they are
// used. It is counted before it is allocated.
class MemoryPlan {
 public:
  explicit MemoryPlan(int64_t limit) : limit_(limit) {}

  // Counts the memory at an address once, with its latest size. Throws Error as soon as the sum
  // goes past the limit.
  void Add(const void* memory, int64_t bytes);
  // For memory that is given up.
  void Remove(const void* memory);
  int64_t bytes() const { return sum_; }
  int64_t limit() const { return limit_; }

 private:
  const int64_t limit_;
  int64_t sum_ = 0;
  std::map<const void*, int64_t> sizes_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_
