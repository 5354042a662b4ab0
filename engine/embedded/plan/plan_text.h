#ifndef CREMA_ENGINE_EMBEDDED_PLAN_PLAN_TEXT_H_
#define CREMA_ENGINE_EMBEDDED_PLAN_PLAN_TEXT_H_

#include <string>

#include "engine/embedded/net/net.h"

namespace crema {

// How a net is computed, as crema_net_plan gives it: JSON, an array with an object for each group
// of layers, and for each layer that is in none.
std::string PlanText(const Net& net);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_PLAN_PLAN_TEXT_H_
