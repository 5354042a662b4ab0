#ifndef CREMA_ENGINE_SHARED_LABEL_H_
#define CREMA_ENGINE_SHARED_LABEL_H_

#include <cstdint>

#include "engine/shared/error.h"

namespace crema {

// The class of a label, whose fraction is cut off. Throws Error unless it is one of 0..classes-1.
// `what` names the values in the message.
inline int64_t ClassOf(float label, int64_t classes, const char* what = "labels") {
  // Written so that a NaN fails.
  Require(label > -1.0f && label < static_cast<float>(classes), "Expected ", what, " from 0 to ",
          classes - 1, " but found ", label);
  return static_cast<int64_t>(label);
}

// Whether the label, its fraction cut off, is `which`.
inline bool IsLabel(float label, int which) {
  return label > -2147483648.0f && label < 2147483648.0f && static_cast<int>(label) == which;
}

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_LABEL_H_
