#include "program.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace crema::launcher {
namespace {

constexpr std::string_view kMagic{"CREMA\0P1", 8};

std::string OwnPath() {
  std::array<char, 4096> path;
  const ssize_t length = readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<size_t>(length)) : "/proc/self/exe";
}

}  // namespace

Program::Program() : path_(OwnPath()) {
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    // Deno can't run without /proc either.
    throw Error(std::string("Expected to read /proc/self/exe, this program, but found: ") +
                strerror(errno) + ". Is /proc mounted?");
  }
  struct stat status;
  if (fstat(file, &status) == 0) size_ = static_cast<size_t>(status.st_size);
  void* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  close(file);
  if (data == MAP_FAILED) {
    throw Error(std::string("Expected to read this program but found: ") + strerror(errno));
  }
  data_ = static_cast<const char*>(data);
  Check();
}

Program::~Program() {
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

std::string_view Program::manifest() const {
  return bytes().substr(trailer_.manifest_offset, trailer_.manifest_size);
}

void Program::Check() {
  const auto damaged = [this](const char* how) {
    return Error("Expected '" + path_ + "' as it was made but found it " + how +
                 ". Nothing of it was run. Get the file again.");
  };
  if (size_ < sizeof trailer_) throw damaged("cut off");
  const size_t before = size_ - sizeof trailer_;
  memcpy(&trailer_, data_ + before, sizeof trailer_);
  if (std::string_view(trailer_.magic, sizeof trailer_.magic) != kMagic) {
    throw damaged("cut off or changed at its end");
  }
  if (XXH64(&trailer_, offsetof(Trailer, own_checksum), 0) != trailer_.own_checksum) {
    throw damaged("changed");
  }
  if (trailer_.size != size_) throw damaged("of another length");
  if (XXH64(data_, before, 0) != trailer_.checksum) throw damaged("changed");
  if (trailer_.manifest_offset > before ||
      trailer_.manifest_size > before - trailer_.manifest_offset) {
    throw damaged("changed");
  }
}

}  // namespace crema::launcher
