#ifndef CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_
#define CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_

namespace crema {

// How nets that are made from now on are computed, in the whole process.
struct EngineOptions {
  // Compute layers together where that is faster (plan/).
  bool fuse = true;
  // Compute convolutions by Winograd's algorithm where that is faster.
  bool winograd = true;
};

inline EngineOptions& Options() {
  static EngineOptions options;
  return options;
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_OPTIONS_H_
