// The running file: a launcher, a payload, and a trailer that says where everything is.
#ifndef CREMA_COMPILE_LAUNCHER_PROGRAM_H_
#define CREMA_COMPILE_LAUNCHER_PROGRAM_H_

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace crema::launcher {

// An error whose message is for the user.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The end of a compiled file; compile/trailer.ts writes it. Numbers are little-endian.
struct Trailer {
  uint64_t manifest_offset;
  uint64_t manifest_size;
  uint64_t size;      // of the whole file, including this
  uint64_t checksum;  // XXH64 of all bytes before the trailer
  char sha256[64];    // of the same bytes, in hexadecimal: names the cache folder
  uint64_t own_checksum;
  char magic[8];
};

// The file, mapped into memory.
class Program {
 public:
  // Opens the running file. Throws Error unless it is complete and unchanged.
  Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  const std::string& path() const { return path_; }
  std::string_view bytes() const { return {data_, size_}; }
  std::string_view manifest() const;
  // Identifies the contents.
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
