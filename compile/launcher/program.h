// The file that is running: a launcher, a payload, and a trailer that tells where what is.
#ifndef CREMA_COMPILE_LAUNCHER_PROGRAM_H_
#define CREMA_COMPILE_LAUNCHER_PROGRAM_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace crema::launcher {

// What went wrong, as the user is told.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The end of a compiled file; compile/trailer.ts writes it. Numbers are little-endian.
struct Trailer {
  uint64_t manifest_offset;
  uint64_t manifest_size;
  uint64_t size;      // of the whole file, this included
  uint64_t checksum;  // XXH64 of all that is before this
  char sha256[64];    // the same in hexadecimal, a name for the cache
  uint64_t own_checksum;
  char magic[8];
};

// The file in memory, read when it is asked for.
class Program {
 public:
  // Opens the running file. Throws Error when it is not complete and unchanged.
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {data_, size_}; }
  std::string_view manifest() const;
  // Names what is in it.
  std::string_view hash() const { return {trailer_.sha256, sizeof trailer_.sha256}; }

 private:
  void Check();

  std::string path_;
  const char* data_ = nullptr;
  size_t size_ = 0;
  Trailer trailer_{};
};

}  // namespace crema::launcher

#endif  // CREMA_COMPILE_LAUNCHER_PROGRAM_H_
