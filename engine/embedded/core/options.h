#ifndef CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_
#define CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_

namespace crema {

enum class WinogradUse { kNever = 0, kWhereFaster = 1, kWherePossible = 2 };
// How long to try the ways in which something can be computed; not at all: by rule.
enum class Tune { kOff = 0, kFast = 1, kFull = 2 };

// How nets that the calling thread makes from now on are computed. A net keeps those it was made
// with, also for shapes that it gets later.
struct EngineOptions {
  // Compute layers together where that is faster (plan/).
  bool fuse = true;
  // Where to compute convolutions by Winograd's algorithm.
  WinogradUse winograd = WinogradUse::kWhereFaster;
  // Choose by measurement, where there is no rule that the user has set
  // (layers/convolution_tuner.h).
  Tune tune = Tune::kOff;
  // Give memory of blobs to others once no layer needs the values any more (plan/lifetimes.h).
  bool recycle = false;
  // With recycle: compute again in backward what is cheap to compute, rather than keep it.
  bool recompute = false;
};

inline EngineOptions& Options() {
  static thread_local EngineOptions options;
  return options;
}

// While it lives, the calling thread computes with these options.
class WithOptions {
 public:
  explicit WithOptions(const EngineOptions& options) : before_(Options()) { Options() = options; }
  ~WithOptions() { Options() = before_; }
  WithOptions(const WithOptions&) = delete;
  WithOptions& operator=(const WithOptions&) = delete;

 private:
  const EngineOptions before_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_
