#include "manifest.h"

#include <charconv>

#include "program.h"

namespace crema::launcher {
namespace {

// Takes the first word of a line.
std::string_view Word(std::string_view& line) {
  const size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

uint64_t Number(std::string_view& line, int base = 10) {
  const std::string_view word = Word(line);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
  if (error != std::errc() || end != word.data() + word.size()) {
    throw Error("Expected a number in the list of files but found '" + std::string(word) + "'");
  }
  return value;
}

}  // namespace

Manifest ParseManifest(std::string_view text) {
  Manifest manifest;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string_view kind = Word(line);
    if (kind == "Z") {
      const uint64_t offset = Number(line);
      manifest.frames.push_back({offset, Number(line)});
    } else if (kind == "F") {
      const uint64_t frame = Number(line);
      const auto mode = static_cast<mode_t>(Number(line, 8));
      const uint64_t size = Number(line);
      manifest.files.push_back({frame, mode, size, std::string(line)});
    } else if (kind == "A") {
      manifest.arguments.emplace_back(line);
    } else if (kind == "E") {
      manifest.environment.emplace_back(line);
    } else {
      throw Error("Expected a line of the list of files but found '" + std::string(kind) + "'");
    }
  }
  return manifest;
}

}  // namespace crema::launcher
