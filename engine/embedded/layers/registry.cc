#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/embedded/layers/layers.h"

namespace crema {

namespace {

#define CREMA_LAYER(name, maker) std::pair<std::string_view, LayerMaker>{name, maker},
constexpr std::array kLayers = {
#include "engine/shared/layer_types.inc"
};
#undef CREMA_LAYER

}  // namespace

LayerMaker FindLayer(const std::string& type) {
  const auto found = std::lower_bound(
      kLayers.begin(), kLayers.end(), type,
      [](const auto& entry, const std::string& name) { return entry.first < name; });
  return found != kLayers.end() && found->first == type ? found->second : nullptr;
}

const std::string& LayerTypeNames() {
  static const std::string names = [] {
    std::string all;
    for (const auto& [name, maker] : kLayers) all.append(name).append("\n");
    return all;
  }();
  return names;
}

}  // namespace crema
