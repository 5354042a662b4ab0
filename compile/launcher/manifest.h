// What the payload contains and how to run it; compile/manifest.ts writes it.
#ifndef CREMA_COMPILE_LAUNCHER_MANIFEST_H_
#define CREMA_COMPILE_LAUNCHER_MANIFEST_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crema::launcher {

// A file of the payload.
struct File {
  size_t frame;
  mode_t mode;
  uint64_t size;
  std::string path;  // relative to the folder that it is unpacked to
};

// Compressed bytes: the contents of the frame's files, one after the other.
struct Frame {
  uint64_t offset;
  uint64_t size;
};

// Each line is a letter and its fields: "Z offset size", "F frame mode size path", "A argument", "E
// NAME=VALUE". In arguments and values, {root} stands for the folder that the payload is unpacked
// to.
struct Manifest {
  std::vector<Frame> frames;
  std::vector<File> files;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
};

// Throws Error if the text makes no sense.
Manifest ParseManifest(std::string_view text);

}  // namespace crema::launcher

#endif  // CREMA_COMPILE_LAUNCHER_MANIFEST_H_
