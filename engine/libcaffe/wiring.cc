#include "engine/libcaffe/wiring.h"

#include <algorithm>

#include "engine/libcaffe/overwrites.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

void Wiring::Add(const caffe::LayerParameter& layer, bool own) {
  for (int i = 0; i < layer.bottom_size(); ++i) {
    const std::string& bottom = layer.bottom(i);
    const auto found = users_.find(bottom);
    Require(found != users_.end(), "Expected bottom '", bottom,
            "' to be the top of a layer before this one but found none of that name");
    if (i < layer.top_size() && layer.top(i) == bottom) {
      Require(std::count(layer.bottom().begin(), layer.bottom().end(), bottom) == 1,
              "Expected a layer that works in place to have each bottom once but found '", bottom,
              "' more than once: give this layer another top");
      Require(
          found->second.empty(), "Expected '", bottom,
          "' to have no use before a layer works on it in place, since libcaffe gives each user "
          "a copy under another name, but found it used by ",
          found->second, ": give this layer another top");
      Require(!own || MayWorkInPlace(layer.type()),
              "Expected a top of its own for a layer of type ", layer.type(),
              ", which can't work in place, but found its bottom '", bottom, "'");
    }
    found->second = "layer '" + layer.name() + "'";
  }
  for (int i = 0; i < layer.top_size(); ++i) {
    const std::string& top = layer.top(i);
    const bool in_place = i < layer.bottom_size() && top == layer.bottom(i);
    const bool is_loss = i < layer.loss_weight_size() && layer.loss_weight(i) != 0;
    const std::string user = is_loss ? "the loss" : "";
    Require(users_.insert({top, user}).second || in_place,
            "Expected each top to be made by one layer but found another '", top,
            "': only a layer whose bottom and top have the same position may work in place");
    users_[top] = user;
  }
}

}  // namespace crema::libcaffe
