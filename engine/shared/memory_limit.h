// How much memory this process can have, for refusing a net that would be ended for taking more.
// Compiles as C++17, for libcaffe's headers.
#ifndef CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_
#define CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_

#include <cstdint>
#include <string>

namespace crema {

// Bytes: what the machine has available, swap included, or the limit of the control groups (of a
// container) that the process is in, if that is less. `root` stands before the paths of /proc and
// /sys/fs/cgroup. The system may promise more, but ends the process that calls the promise in.
int64_t ReadMemoryLimit(const std::string& root);

// That of this process, read at the first call.
int64_t MemoryLimit();

// Throws Error unless a net whose blobs take `bytes` fits into the memory limit.
void CheckFits(int64_t bytes, int64_t limit = MemoryLimit());

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_MEMORY_LIMIT_H_
