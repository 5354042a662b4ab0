#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "engine/layers/layers.h"

namespace crema {

namespace {

// Sorted by name.
constexpr std::array<std::pair<std::string_view, LayerMaker>, 26> kLayers = {{
    {"Accuracy", MakeAccuracy},
    {"BatchNorm", MakeBatchNorm},
    {"Bias", MakeBias},
    {"Concat", MakeConcat},
    {"Convolution", MakeConvolution},
    {"Dropout", MakeDropout},
    {"DummyData", MakeDummyData},
    {"Eltwise", MakeEltwise},
    {"EuclideanLoss", MakeEuclideanLoss},
    {"Flatten", MakeFlatten},
    {"InnerProduct", MakeInnerProduct},
    {"Input", MakeInput},
    {"LRN", MakeLrn},
    {"Pooling", MakePooling},
    {"Power", MakePower},
    {"ReLU", MakeRelu},
    {"Reshape", MakeReshape},
    {"Scale", MakeScale},
    {"Sigmoid", MakeSigmoid},
    {"SigmoidCrossEntropyLoss", MakeSigmoidCrossEntropyLoss},
    {"Silence", MakeSilence},
    {"Slice", MakeSlice},
    {"Softmax", MakeSoftmax},
    {"SoftmaxWithLoss", MakeSoftmaxWithLoss},
    {"Split", MakeSplit},
    {"TanH", MakeTanH},
}};

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
