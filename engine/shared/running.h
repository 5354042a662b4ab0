// Which layer of the host runs now, for who has to say so from a signal handler.
#ifndef CREMA_ENGINE_SHARED_RUNNING_H_
#define CREMA_ENGINE_SHARED_RUNNING_H_

#include <atomic>
#include <string>

namespace crema {

// While one of these lives, its thread is in a method of a layer. Only the calls of one thread are
// known: that which called Watch last. Compiles as C++17, for libcaffe's headers.
class Running {
 public:
  // Both must live as long as the process: see Keep.
  Running(const char* layer, const char* method);
  ~Running();
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  // A copy of a name that lives as long as the process: a signal may come when its layer is gone.
  static const char* Keep(const std::string& name);
  // From now on the calls of this thread are known.
  static void Watch();
  // The layer and the method that run; null if none does. Safe in a signal handler.
  static const char* layer() { return layer_.load(std::memory_order_relaxed); }
  static const char* method() { return method_.load(std::memory_order_relaxed); }

 private:
  static std::atomic<const char*> layer_, method_;

  const char* outer_layer_ = nullptr;
  const char* outer_method_ = nullptr;
  const bool watched_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_RUNNING_H_
