// Runs the program in a compiled file: unpacks it at the first start, then hands over to Deno.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "cache.h"
#include "environment.h"
#include "manifest.h"
#include "program.h"

namespace crema::launcher {
namespace {

std::string Replaced(std::string text, const std::string& root) {
  static const std::string kRoot = "{root}";
  for (size_t at = 0; (at = text.find(kRoot, at)) != std::string::npos; at += root.size()) {
    text.replace(at, kRoot.size(), root);
  }
  return text;
}

// Returns only if the program can't be run from `root`; errno says why.
void Run(const Program& program, const Manifest& manifest, const std::string& root, int count,
         char** given) {
  ClearInjectedCode();
  for (const std::string& variable : manifest.environment) {
    const std::string text = Replaced(variable, root);
    const size_t equals = text.find('=');
    setenv(text.substr(0, equals).c_str(), text.substr(equals + 1).c_str(), 1);
  }
  setenv("CREMA_PROGRAM", program.path().c_str(), 1);
  std::string libraries = root + "/lib";
  if (const char* before = getenv("LD_LIBRARY_PATH"); before != nullptr && before[0] != '\0') {
    libraries += std::string(":") + before;
  }
  setenv("LD_LIBRARY_PATH", libraries.c_str(), 1);

  std::vector<std::string> texts;
  for (const std::string& argument : manifest.arguments) texts.push_back(Replaced(argument, root));
  std::vector<char*> arguments;
  for (std::string& text : texts) arguments.push_back(text.data());
  for (int i = 1; i < count; ++i) arguments.push_back(given[i]);
  arguments.push_back(nullptr);
  execv((root + "/deno").c_str(), arguments.data());
}

int Main(int count, char** arguments) {
  const Program program;
  const Manifest manifest = ParseManifest(program.manifest());
  std::string reasons;
  for (const std::string& cache : CacheFolders()) {
    try {
      const std::string root = Unpacked(program, manifest, cache);
      Run(program, manifest, root, count, arguments);
      reasons += "\n  " + root + ": " + strerror(errno);
    } catch (const std::exception& error) {
      reasons += "\n  " + std::string(error.what());
    }
  }
  throw Error("Expected a folder to unpack to and run from but found none. Set XDG_CACHE_HOME." +
              reasons);
}

}  // namespace
}  // namespace crema::launcher

int main(int count, char** arguments) {
  try {
    return crema::launcher::Main(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
