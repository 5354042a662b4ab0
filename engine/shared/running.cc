#include "engine/shared/running.h"

#include <mutex>
#include <set>

namespace crema {

namespace {

std::atomic<int> last_watch{0};
thread_local int own_watch = -1;

}  // namespace

std::atomic<const char*> Running::layer_{nullptr}, Running::method_{nullptr};

Running::Running(const char* layer, const char* method)
    : watched_(own_watch == last_watch.load(std::memory_order_relaxed)) {
  if (!watched_) return;
  outer_layer_ = Running::layer();
  outer_method_ = Running::method();
  layer_.store(layer, std::memory_order_relaxed);
  method_.store(method, std::memory_order_relaxed);
}

Running::~Running() {
  if (!watched_) return;
  layer_.store(outer_layer_, std::memory_order_relaxed);
  method_.store(outer_method_, std::memory_order_relaxed);
}

const char* Running::Keep(const std::string& name) {
  // Never freed, not even at the end of the process, when threads may still run.
  static auto* const names = new std::set<std::string>;
  static auto* const mutex = new std::mutex;
  const std::lock_guard<std::mutex> lock(*mutex);
  return names->insert(name).first->c_str();
}

void Running::Watch() { own_watch = last_watch.fetch_add(1) + 1; }

}  // namespace crema
