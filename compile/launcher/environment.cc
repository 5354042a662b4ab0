#include "environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace crema::launcher {
namespace {

// Scripts have variables of their own that begin with NODE_ (NODE_ENV, NODE_RANK): only these go.
constexpr std::array<std::string_view, 5> kNodeCleared = {"NODE_COMPILE_CACHE", "NODE_OPTIONS",
                                                          "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE",
                                                          "NODE_V8_COVERAGE"};

constexpr std::array<std::string_view, 4> kDenoKept = {"DENO_AUTH_TOKENS", "DENO_CERT", "DENO_ENV",
                                                       "DENO_TLS_CA_STORE"};

template <size_t kSize>
bool Contains(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsCleared(std::string_view name) {
  if (name.substr(0, 5) == "DENO_") return !Contains(kDenoKept, name);
  return Contains(kNodeCleared, name);
}

}  // namespace

void ClearInjectedCode() {
  std::vector<std::string> cleared;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (IsCleared(name)) cleared.emplace_back(name);
  }
  for (const std::string& name : cleared) unsetenv(name.c_str());
}

}  // namespace crema::launcher
