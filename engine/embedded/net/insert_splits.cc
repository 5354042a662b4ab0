#include "engine/embedded/net/insert_splits.h"

#include <map>
#include <string>
#include <utility>

#include "engine/shared/error.h"

namespace crema {

namespace {

// Top number `second` of layer number `first`.
using TopId = std::pair<int, int>;

struct TopUse {
  int takers = 0;
  float loss_weight = 0;
  // How many tops of the split have been handed out.
  int handed_out = 0;
};

std::string SplitLayerName(const std::string& layer, const std::string& blob, int top) {
  return StrCat(blob, "_", layer, "_", top, "_split");
}

std::string SplitTopName(const std::string& layer, const std::string& blob, int top, int index) {
  return StrCat(SplitLayerName(layer, blob, top), "_", index);
}

void ConfigureSplit(const std::string& layer, const std::string& blob, int top, const TopUse& use,
                    caffe::LayerParameter& split) {
  split.set_name(SplitLayerName(layer, blob, top));
  split.set_type("Split");
  split.add_bottom(blob);
  for (int i = 0; i < use.takers; ++i) {
    split.add_top(SplitTopName(layer, blob, top, i));
    if (use.loss_weight != 0) split.add_loss_weight(i == 0 ? use.loss_weight : 0);
  }
}

}  // namespace

caffe::NetParameter InsertSplits(const caffe::NetParameter& param) {
  std::map<std::string, TopId> maker;
  std::map<std::pair<int, int>, TopId> source;  // of bottom `second` of layer `first`
  std::map<TopId, TopUse> uses;
  for (int i = 0; i < param.layer_size(); ++i) {
    const caffe::LayerParameter& layer = param.layer(i);
    for (int j = 0; j < layer.bottom_size(); ++j) {
      const auto found = maker.find(layer.bottom(j));
      if (found == maker.end()) {
        Error error(StrCat("Expected bottom '", layer.bottom(j), "' of layer '", layer.name(),
                           "' to be the top of a layer before it but found none of that name"));
        error.set_layer(layer.name());
        throw error;
      }
      source[{i, j}] = found->second;
      ++uses[found->second].takers;
    }
    for (int j = 0; j < layer.top_size(); ++j) maker[layer.top(j)] = {i, j};
    for (int j = 0; j < std::min(layer.loss_weight_size(), layer.top_size()); ++j) {
      TopUse& use = uses[maker[layer.top(j)]];
      use.loss_weight = layer.loss_weight(j);
      if (use.loss_weight != 0) ++use.takers;
    }
  }

  caffe::NetParameter result = param;
  result.clear_layer();
  for (int i = 0; i < param.layer_size(); ++i) {
    caffe::LayerParameter& layer = *result.add_layer();
    layer = param.layer(i);
    for (int j = 0; j < layer.bottom_size(); ++j) {
      const TopId top = source[{i, j}];
      TopUse& use = uses[top];
      if (use.takers > 1) {
        layer.set_bottom(j, SplitTopName(param.layer(top.first).name(), layer.bottom(j), top.second,
                                         use.handed_out++));
      }
    }
    for (int j = 0; j < param.layer(i).top_size(); ++j) {
      TopUse& use = uses[{i, j}];
      if (use.takers <= 1) continue;
      ConfigureSplit(param.layer(i).name(), param.layer(i).top(j), j, use, *result.add_layer());
      if (use.loss_weight != 0) {
        // The split has the weight now. Set it to 0 rather than clear it: a loss layer would
        // default to 1.
        layer.set_loss_weight(j, 0);
        ++use.handed_out;
      }
    }
  }
  return result;
}

}  // namespace crema
