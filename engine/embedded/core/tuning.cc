#include "engine/embedded/core/tuning.h"

#include <utility>
#include <vector>

#include "engine/shared/error.h"

namespace crema {

Tuning& Tuning::Shared() {
  static Tuning tuning;
  return tuning;
}

std::optional<std::string> Tuning::Find(const std::string& what) const {
  const std::lock_guard lock(mutex_);
  const auto found = ways_.find(what);
  return found == ways_.end() ? std::nullopt : std::optional(found->second);
}

void Tuning::Add(const std::string& what, const std::string& way) {
  const std::lock_guard lock(mutex_);
  ways_.emplace(what, way);
}

std::string Tuning::Text() const {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [what, way] : ways_) text += StrCat(what, ": ", way, "\n");
  return text;
}

void Tuning::AddText(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    const size_t colon = line.find(": ");
    Require(colon != std::string_view::npos && colon > 0 && colon + 2 < line.size(),
            "Expected a line 'WHAT: WAY' of what was measured but found '", line, "'");
    lines.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  for (const auto& [what, way] : lines) Add(what, way);
}

}  // namespace crema
