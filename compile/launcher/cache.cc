#include "cache.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>

namespace crema::launcher {
namespace {

namespace fs = std::filesystem;

// Written last: without it the files are incomplete. It records size and time of each of them.
constexpr const char* kStamp = ".complete";

Error Failure(const std::string& what, const std::string& path) {
  return Error("Expected to " + what + " '" + path + "' but found: " + strerror(errno));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int get() const { return number_; }

 private:
  int number_;
};

std::string StampLine(const struct stat& status) {
  return std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' +
         std::to_string(status.st_mtim.tv_nsec) + '\n';
}

std::optional<std::string> ReadFile(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::string text;
  char part[4096];
  ssize_t size;
  while ((size = read(file.get(), part, sizeof part)) > 0)
    text.append(part, static_cast<size_t>(size));
  return size < 0 ? std::nullopt : std::optional(text);
}

// The stamp that the files in a folder should have; nothing if one is missing.
std::optional<std::string> StampOf(const std::string& folder, const Manifest& manifest) {
  std::string stamp;
  for (const File& file : manifest.files) {
    struct stat status;
    if (lstat((folder + "/" + file.path).c_str(), &status) != 0 || !S_ISREG(status.st_mode) ||
        static_cast<uint64_t>(status.st_size) != file.size || status.st_uid != geteuid()) {
      return std::nullopt;
    }
    stamp += StampLine(status);
  }
  return stamp;
}

bool IsComplete(const std::string& folder, const Manifest& manifest) {
  const std::optional<std::string> stamp = ReadFile(folder + "/" + kStamp);
  return stamp.has_value() && stamp == StampOf(folder, manifest);
}

void WriteAll(int file, const char* data, size_t size, const std::string& path) {
  while (size > 0) {
    const ssize_t written = write(file, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      throw Failure("write", path);
    }
    data += written;
    size -= static_cast<size_t>(written);
  }
}

// Writes the files of one frame as they are decompressed.
class FrameWriter {
 public:
  FrameWriter(const std::string& folder, const Manifest& manifest, size_t frame)
      : folder_(folder), manifest_(manifest), frame_(frame) {}

  void Write(const char* data, size_t size) {
    do {
      if (file_ == nullptr && !Next()) {
        if (size > 0) throw Error("Expected the end of the payload but found more");
        return;
      }
      const size_t part = size < left_ ? size : static_cast<size_t>(left_);
      WriteAll(file_->get(), data, part, path_);
      data += part;
      size -= part;
      left_ -= part;
      if (left_ == 0) file_.reset();
    } while (size > 0 || AtEmptyFile());
  }

  void Finish() {
    if (file_ != nullptr || AtAny()) throw Error("Expected more of the payload but found its end");
  }

 private:
  bool AtAny() const {
    size_t at = at_;
    while (at < manifest_.files.size() && manifest_.files[at].frame != frame_) ++at;
    return at < manifest_.files.size();
  }

  bool AtEmptyFile() const {
    size_t at = at_;
    while (at < manifest_.files.size() && manifest_.files[at].frame != frame_) ++at;
    return file_ == nullptr && at < manifest_.files.size() && manifest_.files[at].size == 0;
  }

  bool Next() {
    while (at_ < manifest_.files.size() && manifest_.files[at_].frame != frame_) ++at_;
    if (at_ == manifest_.files.size()) return false;
    const File& file = manifest_.files[at_++];
    path_ = folder_ + "/" + file.path;
    fs::create_directories(fs::path(path_).parent_path());
    const int number =
        open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, file.mode);
    if (number < 0) throw Failure("write", path_);
    file_ = std::make_unique<Descriptor>(number);
    left_ = file.size;
    return true;
  }

  const std::string& folder_;
  const Manifest& manifest_;
  const size_t frame_;
  size_t at_ = 0;
  std::unique_ptr<Descriptor> file_;
  uint64_t left_ = 0;
  std::string path_;
};

void UnpackFrame(std::string_view bytes, FrameWriter writer) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     ZSTD_freeDCtx);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, 27);
  std::vector<char> buffer(1 << 18);
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  size_t rest = 1;
  while (rest != 0) {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    rest = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(rest)) {
      throw Error(std::string("Expected a payload that can be unpacked but found: ") +
                  ZSTD_getErrorName(rest));
    }
    writer.Write(buffer.data(), out.pos);
    if (out.pos == 0 && in.pos == in.size && rest != 0) {
      throw Error("Expected more of the payload but found its end");
    }
  }
  writer.Finish();
}

// One thread per frame: as Deno is half of the payload, this takes half the time.
void UnpackFrames(const Program& program, const Manifest& manifest, const std::string& folder) {
  std::vector<std::future<void>> unpacked;
  for (size_t i = 0; i < manifest.frames.size(); ++i) {
    const Frame& frame = manifest.frames[i];
    if (frame.offset > program.bytes().size() ||
        frame.size > program.bytes().size() - frame.offset) {
      throw Error("Expected a payload inside the program but found one beyond its end");
    }
    unpacked.push_back(std::async(std::launch::async, [&, i, frame] {
      UnpackFrame(program.bytes().substr(frame.offset, frame.size),
                  FrameWriter(folder, manifest, i));
    }));
  }
  for (std::future<void>& frame : unpacked) frame.get();
}

void Unpack(const Program& program, const Manifest& manifest, const std::string& folder) {
  UnpackFrames(program, manifest, folder);
  const std::optional<std::string> stamp = StampOf(folder, manifest);
  if (!stamp.has_value())
    throw Error("Expected all files in '" + folder + "' but found some missing");
  const std::string path = folder + "/" + kStamp;
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.get() < 0) throw Failure("write", path);
  WriteAll(file.get(), stamp->data(), stamp->size(), path);
}

// A folder that others can write to is not safe for programs.
bool IsOurs(const std::string& folder) {
  struct stat status;
  return lstat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == geteuid() && (status.st_mode & 022) == 0;
}

}  // namespace

std::vector<std::string> CacheFolders() {
  std::vector<std::string> folders;
  const auto variable = [](const char* name) -> std::string {
    const char* value = getenv(name);
    // The XDG specification says to ignore relative paths.
    return value != nullptr && value[0] == '/' ? value : "";
  };
  if (const std::string xdg = variable("XDG_CACHE_HOME"); !xdg.empty())
    folders.push_back(xdg + "/crema");
  std::error_code error;
  if (const std::string home = variable("HOME"); fs::is_directory(home, error)) {
    folders.push_back(home + "/.cache/crema");
  }
  for (const std::string& temporary : {variable("TMPDIR"), std::string("/var/tmp"),
                                       std::string("/tmp"), std::string("/dev/shm")}) {
    if (!temporary.empty()) folders.push_back(temporary + "/crema-" + std::to_string(geteuid()));
  }
  return folders;
}

std::string Unpacked(const Program& program, const Manifest& manifest, const std::string& cache) {
  const std::string folder = cache + "/" + std::string(program.hash().substr(0, 32));
  if (IsOurs(folder) && IsComplete(folder, manifest)) return folder;

  umask(022);
  std::error_code error;
  fs::create_directories(fs::path(cache).parent_path(), error);
  if (mkdir(cache.c_str(), 0700) != 0 && errno != EEXIST) throw Failure("make", cache);
  if (!IsOurs(cache)) {
    throw Error("Expected the folder '" + cache + "' to belong to this user alone but it does not");
  }
  const std::string lock_path = folder + ".lock";
  const Descriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) throw Failure("write", lock_path);
  while (flock(lock.get(), LOCK_EX) != 0) {
    if (errno != EINTR) throw Failure("lock", lock_path);
  }
  if (IsComplete(folder, manifest)) return folder;

  const std::string partial = folder + ".part";  // may be left from a process that was killed
  fs::remove_all(partial, error);
  try {
    if (mkdir(partial.c_str(), 0700) != 0) throw Failure("make", partial);
    Unpack(program, manifest, partial);
    fs::remove_all(folder, error);  // incomplete or changed
    if (rename(partial.c_str(), folder.c_str()) != 0) throw Failure("make", folder);
  } catch (...) {
    fs::remove_all(partial, error);
    throw;
  }
  return folder;
}

}  // namespace crema::launcher
