#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_LOG_OF_BASE_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_LOG_OF_BASE_H_

#include <cmath>

#include "engine/shared/error.h"

namespace crema {

// The natural logarithm of the base that an Exp or Log layer has; -1 stands for e. Throws Error for
// a base without a finite logarithm.
inline float LogOfBase(float base) {
  if (base == -1.0f) return 1.0f;
  Require(base > 0.0f && std::isfinite(base), "Expected a base above 0, or -1 for e, but found ",
          base);
  return std::log(base);
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_LOG_OF_BASE_H_
