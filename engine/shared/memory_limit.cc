#include "engine/shared/memory_limit.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iomanip>
#include <limits>
#include <sstream>

#include "engine/shared/error.h"

namespace crema {

namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

int64_t MachineMemory() {
  return static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<int64_t>(sysconf(_SC_PAGESIZE));
}

// MemAvailable and SwapFree of /proc/meminfo; all memory where it does not tell.
int64_t Available(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  int64_t kilobytes = 0;
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    int64_t value = 0;
    if (!(words >> name >> value)) continue;
    if (name == "MemAvailable:") found = true;
    if (name == "MemAvailable:" || name == "SwapFree:") kilobytes += value;
  }
  return found ? kilobytes * 1024 : MachineMemory();
}

// The number in a file; none where there is no such file or it says "max".
int64_t NumberIn(const std::string& path) {
  std::ifstream file(path);
  int64_t bytes = 0;
  return file >> bytes ? bytes : kNone;
}

// The names of a control group's files, which differ from version to version.
struct GroupFiles {
  const char *limit, *used;
  // The line of memory.stat with the part of `used` that the system takes back first.
  const char* reclaimable;
};
constexpr GroupFiles kVersion1 = {"memory.limit_in_bytes", "memory.usage_in_bytes",
                                  "total_inactive_file"};
constexpr GroupFiles kVersion2 = {"memory.max", "memory.current", "inactive_file"};

// The number after a name in memory.stat; 0 where there is none.
int64_t Reclaimable(const std::string& folder, const GroupFiles& files) {
  std::ifstream file(folder + "/memory.stat");
  std::string name;
  for (int64_t bytes = 0; file >> name >> bytes;) {
    if (name == files.reclaimable) return bytes;
  }
  return 0;
}

// What a group leaves to its processes.
int64_t LeftIn(const std::string& folder, const GroupFiles& files) {
  const int64_t limit = NumberIn(folder + "/" + files.limit);
  if (limit == kNone) return kNone;
  const int64_t used = NumberIn(folder + "/" + files.used);
  if (used == kNone) return limit;
  return std::max<int64_t>(limit - std::max<int64_t>(used - Reclaimable(folder, files), 0), 0);
}

// The least that is left in a group and the groups that it is in. A container sees its own group as
// the root, whatever path /proc tells.
int64_t LeftInGroups(const std::string& folder, std::string path, const GroupFiles& files) {
  int64_t least = LeftIn(folder, files);
  while (!path.empty() && path != "/") {
    least = std::min(least, LeftIn(folder + path, files));
    path.erase(path.rfind('/'));
  }
  return least;
}

// "0::/path" is a group of version 2, "4:memory:/path" one of version 1.
int64_t GroupsLeave(const std::string& root) {
  const std::string folder = root + "/sys/fs/cgroup";
  std::ifstream file(root + "/proc/self/cgroup");
  int64_t least = kNone;
  for (std::string line; std::getline(file, line);) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos || line.compare(second + 1, 1, "/") != 0) continue;
    const std::string controllers = StrCat(',', line.substr(first + 1, second - first - 1), ',');
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, LeftInGroups(folder, path, kVersion2));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, LeftInGroups(folder + "/memory", path, kVersion1));
    }
  }
  return least;
}

std::string Megabytes(int64_t bytes) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(bytes < 10'000'000 ? 1 : 0)
      << static_cast<double>(bytes) / 1e6 << " MB";
  return out.str();
}

}  // namespace

int64_t AvailableMemory(const std::string& root) {
  return std::min(Available(root), GroupsLeave(root));
}

void CheckFits(int64_t bytes, int64_t limit) {
  Require(bytes <= limit, "Expected the net's blobs to fit into the ", Megabytes(limit),
          " of memory that this process can have but found ", Megabytes(bytes),
          ": a smaller batch needs less");
}

void MemoryPlan::Add(const void* memory, int64_t bytes) {
  int64_t& size = sizes_[memory];
  sum_ += bytes - size;
  size = bytes;
  CheckFits(sum_, limit_);
}

void MemoryPlan::Remove(const void* memory) {
  const auto found = sizes_.find(memory);
  if (found == sizes_.end()) return;
  sum_ -= found->second;
  sizes_.erase(found);
}

}  // namespace crema
