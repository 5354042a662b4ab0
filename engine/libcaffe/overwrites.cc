#include "engine/libcaffe/overwrites.h"

#include <algorithm>
#include <map>
#include <set>

#include "engine/libcaffe/host_layer.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

using Param = caffe::LayerParameter;

// How a layer's backward uses values that its forward saw or made.
enum class Use {
  kNone,
  kSign,   // whether each is above 0, beside the gradient at the same place
  kTimes,  // each times the gradient at the same place, or where it is positive in any case
  kValue,  // otherwise
};

// How a layer changes values in place.
enum class Change {
  kNone,
  kCuts,  // to 0, where the gradient becomes 0 as well, or not at all
  kSign,  // any, but what is above 0 stays so, and what is not, or its gradient becomes 0
  kAny,
};

// What backward of libcaffe's layers reads of a bottom.
Use UseOfBottom(const Param& param, size_t index) {
  static const std::set<std::string> first = {
      "AbsVal", "BNLL", "Clip",  "Convolution",  "Deconvolution",
      "Embed",  "Log",  "LRN",   "LSTM",         "LSTMUnit",
      "PReLU",  "RNN",  "Scale", "InnerProduct", "MultinomialLogisticLoss"};
  static const std::set<std::string> second = {"BatchReindex",
                                               "Convolution",
                                               "Deconvolution",
                                               "HingeLoss",
                                               "InfogainLoss",
                                               "LSTM",
                                               "LSTMUnit",
                                               "MultinomialLogisticLoss",
                                               "RNN",
                                               "Scale",
                                               "SigmoidCrossEntropyLoss",
                                               "SoftmaxWithLoss"};
  static const std::set<std::string> third = {
      "ContrastiveLoss", "Convolution", "Deconvolution", "InfogainLoss", "LSTM", "LSTMUnit", "RNN"};
  const std::string& type = param.type();
  if (type == "ReLU" || type == "ELU") return Use::kSign;
  if (type == "Power") {
    const float power = param.power_param().power();
    return power == 0 || power == 1 || param.power_param().scale() == 0 ? Use::kNone : Use::kValue;
  }
  if (type == "Eltwise") {
    return param.eltwise_param().operation() == caffe::EltwiseParameter_EltwiseOp_PROD ? Use::kValue
                                                                                       : Use::kNone;
  }
  if (type == "Reduction") {
    const auto operation = param.reduction_param().operation();
    return operation == caffe::ReductionParameter_ReductionOp_ASUM ||
                   operation == caffe::ReductionParameter_ReductionOp_SUMSQ
               ? Use::kValue
               : Use::kNone;
  }
  const auto& types = index == 0 ? first : index == 1 ? second : third;
  return types.count(type) > 0 ? Use::kValue : Use::kNone;
}

// What it reads of a top.
Use UseOfTop(const Param& param, size_t index) {
  static const std::set<std::string> times = {"ELU",     "Exp",   "LRN", "Sigmoid",
                                              "Softmax", "Swish", "TanH"};
  const std::string& type = param.type();
  if (times.count(type) > 0) return Use::kTimes;
  if (type == "MVN") return param.mvn_param().normalize_variance() ? Use::kValue : Use::kNone;
  // The first is the state that goes from step to step.
  if (type == "LSTMUnit") return index == 0 ? Use::kValue : Use::kNone;
  if (type == "RNN") return Use::kTimes;  // of one step alone, whose output is the top
  if (type == "Pooling" || type == "InfogainLoss" || type == "SoftmaxWithLoss")
    return index == 1 ? Use::kValue : Use::kNone;
  if (type == "Power") {
    const caffe::PowerParameter& p = param.power_param();
    const bool reads = p.power() != 0 && p.power() != 1 && p.power() != 2 && p.scale() != 0;
    return reads ? Use::kTimes : Use::kNone;
  }
  if (type == "Eltwise") {
    const caffe::EltwiseParameter& p = param.eltwise_param();
    return p.operation() == caffe::EltwiseParameter_EltwiseOp_PROD && !p.stable_prod_grad()
               ? Use::kTimes
               : Use::kNone;
  }
  return Use::kNone;
}

Change ChangeOf(const Param& param) {
  const std::string& type = param.type();
  if (type == "Dropout") return param.phase() == caffe::TEST ? Change::kNone : Change::kSign;
  if (type == "ReLU") {
    const float slope = param.relu_param().negative_slope();
    return slope == 0 ? Change::kCuts : slope > 0 ? Change::kSign : Change::kAny;
  }
  if (type == "ELU") return param.elu_param().alpha() >= 0 ? Change::kSign : Change::kAny;
  if (type == "TanH" || type == "Swish") return Change::kSign;
  return Change::kAny;
}

bool Harmless(Use use, Change change) {
  return use == Use::kNone || change == Change::kNone ||
         (use == Use::kSign && change != Change::kAny) ||
         (use == Use::kTimes && change == Change::kCuts);
}

// Whether the backward of a layer of this type is right where its bottom is its top: it needs no
// value that its forward overwrote, and writes no gradient before it was read.
bool BackwardInPlace(const Param& param) {
  static const std::set<std::string> right = {"BatchNorm", "Bias",    "Dropout", "Exp",   "PReLU",
                                              "Scale",     "Sigmoid", "Softmax", "Swish", "TanH"};
  const std::string& type = param.type();
  if (type == "ReLU") return param.relu_param().negative_slope() >= 0;
  if (type == "ELU") return param.elu_param().alpha() >= 0;
  if (type == "MVN") return !param.mvn_param().normalize_variance();
  return right.count(type) > 0;
}

// Whether the layer's top shares its bottom's values.
bool SharesValues(const CaffeLayer& layer, size_t bottoms, size_t tops) {
  const std::string& type = layer.layer_param().type();
  return type == "Split" || type == "Flatten" || type == "Reshape" ||
         (type == "Concat" && bottoms == 1) || (type == "Slice" && tops == 1);
}

// Whether the layer's backward leaves the gradient where its top had it when it was shaped.
bool KeepsTopsGradient(const CaffeLayer& layer, size_t bottoms, size_t tops) {
  const std::string& type = layer.layer_param().type();
  return type == "Reshape" || type == "RNN" || type == "LSTM" || type == "Parameter" ||
         (type == "Concat" && bottoms == 1) || (type == "Slice" && tops == 1);
}

std::string Describe(const Param& param) {
  return "layer '" + param.name() + "' (" + param.type() + ")";
}

// Memory that blobs share. A change in place makes another version of the values.
struct Memory {
  struct Reader {
    size_t layer;
    Use use;
    bool own;      // as the layer's own top, whose gradient is at the same place
    int host_top;  // the index of the top, if the host implements the layer; else -1
  };
  int version = 0;
  bool split = false;  // whether several layers use it
  std::vector<Reader> readers;
  std::string changed_by;
};

struct Seen {
  size_t memory;
  int version;
};

class Search {
 public:
  explicit Search(const CaffeNet& net) : net_(net) {
    found_.wrong.resize(net.layers().size());
    found_.kept.resize(net.layers().size());
  }

  Overwrites Run() {
    for (size_t i = 0; i < net_.layers().size(); ++i)
      InLayer(net_.layers()[i]->layer_param().name(), [&] { Add(i); });
    for (const CaffeBlob* output : net_.output_blobs()) CheckFresh(*output);
    return std::move(found_);
  }

 private:
  void CheckFresh(const CaffeBlob& blob) const {
    const Seen& seen = seen_.at(&blob);
    const Memory& memory = memory_[seen.memory];
    Require(seen.version == memory.version,
            "Expected values that nothing changed in place but found that ", memory.changed_by,
            " changed them, since in libcaffe it shares their memory: give that layer a top of its "
            "own");
  }

  void Blame(size_t layer, const std::string& why) {
    if (found_.wrong[layer].empty()) found_.wrong[layer] = why;
  }

  // The layer changes the values of a blob.
  void Overwrite(size_t index, const CaffeBlob& blob) {
    const Param& param = net_.layers()[index]->layer_param();
    const Change change = ChangeOf(param);
    Seen& seen = seen_.at(&blob);
    Memory& memory = memory_[seen.memory];
    if (change == Change::kNone) return;
    for (const Memory::Reader& reader : memory.readers) {
      if (reader.host_top >= 0) {
        found_.kept[reader.layer].insert(static_cast<size_t>(reader.host_top));
        continue;
      }
      if (reader.own && !memory.split ? Harmless(reader.use, change) : reader.use == Use::kNone)
        continue;
      Blame(
          reader.layer,
          "Expected values that the gradient needs to stay as they are but found " +
              Describe(param) +
              " to change them in place: libcaffe would compute a wrong gradient; give that layer "
              "a top of its own");
    }
    seen.version = ++memory.version;
    memory.changed_by = Describe(param);
  }

  void Add(size_t index) {
    const CaffeLayer& layer = *net_.layers()[index];
    const Param& param = layer.layer_param();
    const std::vector<CaffeBlob*>&bottoms = net_.bottom_vecs()[index],
          &tops = net_.top_vecs()[index];
    const bool own = dynamic_cast<const HostLayer*>(&layer) == nullptr;
    for (const CaffeBlob* bottom : bottoms) CheckFresh(*bottom);
    if (param.type() == "Flatten" && keepers_.count(bottoms[0]) > 0) {
      Blame(keepers_.at(bottoms[0]),
            "Expected no Flatten above this layer but found " + Describe(param) +
                ": libcaffe would lose the gradient; make it a Reshape layer with dim: 0 dim: -1");
    }
    for (size_t i = 0; i < tops.size(); ++i) {
      if (i >= bottoms.size() || tops[i] != bottoms[i]) continue;
      Overwrite(index, *tops[i]);
      if (own && MayWorkInPlace(param.type()) && !BackwardInPlace(param)) {
        Blame(index, "Expected a top of its own for a layer of type " + param.type() +
                         " with a gradient, since libcaffe would compute a wrong one in place, but "
                         "found its bottom");
      }
    }
    for (size_t i = 0; i < bottoms.size(); ++i) {
      const bool in_place = i < tops.size() && tops[i] == bottoms[i];
      if (own) {
        Read(index, *bottoms[i], UseOfBottom(param, i), in_place);
      } else if (!in_place) {
        Read(index, *bottoms[i], Use::kValue, false);
      }
    }
    for (size_t i = 0; i < tops.size(); ++i) {
      if (i < bottoms.size() && tops[i] == bottoms[i]) {
        ReadTop(index, i, own);
        continue;
      }
      if (!bottoms.empty() && SharesValues(layer, bottoms.size(), tops.size())) {
        seen_[tops[i]] = seen_.at(bottoms[0]);
        memory_[seen_.at(bottoms[0]).memory].split |= tops.size() > 1;
      } else {
        seen_[tops[i]] = {memory_.size(), 0};
        memory_.emplace_back();
      }
      ReadTop(index, i, own);
      if (own && KeepsTopsGradient(layer, bottoms.size(), tops.size())) keepers_[tops[i]] = index;
    }
    // With one step, the output of an LSTM is the state that the next batch begins with.
    if (own && param.type() == "LSTM" && bottoms[0]->shape(0) == 1) states_.insert(tops[0]);
    for (size_t i = 0; i < tops.size() && i < bottoms.size(); ++i) {
      Require(
          tops[i] != bottoms[i] || states_.count(tops[i]) == 0 || ChangeOf(param) == Change::kNone,
          "Expected the top of an LSTM of one time step to stay as it is, since in libcaffe it "
          "is also the state, but found a layer that works on it in place: give this layer a "
          "top of its own");
    }
  }

  void ReadTop(size_t index, size_t top, bool own) {
    const CaffeBlob& blob = *net_.top_vecs()[index][top];
    if (own) {
      Read(index, blob, UseOfTop(net_.layers()[index]->layer_param(), top), true);
    } else {
      // What the host reads is unknown.
      memory_[seen_.at(&blob).memory].readers.push_back(
          {index, Use::kValue, true, static_cast<int>(top)});
    }
  }

  // PReLU, BatchNorm and Scale keep a copy of a bottom that they change in place.
  void Read(size_t index, const CaffeBlob& blob, Use use, bool own) {
    if (use == Use::kNone) return;
    const std::string& type = net_.layers()[index]->layer_param().type();
    if (own && (type == "PReLU" || type == "Scale")) return;
    if (own && type == "RNN" && net_.bottom_vecs()[index][0]->shape(0) != 1) return;
    memory_[seen_.at(&blob).memory].readers.push_back({index, use, own, -1});
  }

  const CaffeNet& net_;
  Overwrites found_;
  std::map<const CaffeBlob*, Seen> seen_;
  std::vector<Memory> memory_;
  std::map<const CaffeBlob*, size_t> keepers_;
  std::set<const CaffeBlob*> states_;
};

}  // namespace

bool MayWorkInPlace(const std::string& type) {
  static const std::set<std::string> never = {"AbsVal",
                                              "Accuracy",
                                              "ArgMax",
                                              "BatchReindex",
                                              "Concat",
                                              "ContrastiveLoss",
                                              "Convolution",
                                              "Crop",
                                              "Deconvolution",
                                              "Eltwise",
                                              "Embed",
                                              "EuclideanLoss",
                                              "Filter",
                                              "Flatten",
                                              "HingeLoss",
                                              "Im2col",
                                              "InfogainLoss",
                                              "InnerProduct",
                                              "LRN",
                                              "LSTM",
                                              "LSTMUnit",
                                              "MultinomialLogisticLoss",
                                              "Pooling",
                                              "Reduction",
                                              "Reshape",
                                              "RNN",
                                              "SigmoidCrossEntropyLoss",
                                              "Slice",
                                              "SoftmaxWithLoss",
                                              "Split",
                                              "SPP",
                                              "Tile"};
  return never.count(type) == 0;
}

Overwrites FindOverwrites(const CaffeNet& net) { return Search(net).Run(); }

bool RunsBackwardOnce(const CaffeLayer& layer) {
  return layer.layer_param().type() == "HingeLoss" &&
         dynamic_cast<const HostLayer*>(&layer) == nullptr;
}

void CheckPropagates(const CaffeLayer& layer, const std::vector<bool>& propagate_down) {
  const std::string& type = layer.layer_param().type();
  if (type == "ArgMax" || type == "Threshold")
    throw Error(StrCat("Expected a layer with a gradient but found ", type));
  static const std::set<std::string> labelled = {"BatchReindex",
                                                 "HingeLoss",
                                                 "InfogainLoss",
                                                 "LSTM",
                                                 "MultinomialLogisticLoss",
                                                 "RNN",
                                                 "SigmoidCrossEntropyLoss",
                                                 "SoftmaxWithLoss"};
  for (size_t i = 0; i < propagate_down.size(); ++i) {
    if (!propagate_down[i]) continue;
    const bool selector = type == "Filter" && i + 1 == propagate_down.size();
    Require(!selector && type != "Accuracy" && !(type == "Embed" && i == 0) &&
                !(labelled.count(type) > 0 && i == 1) && !(type == "LSTMUnit" && i == 2) &&
                !(type == "InfogainLoss" && i == 2),
            "Expected no gradient for bottom ", i, " of a ", type,
            " layer, which has none for it, but found that one is asked for: make it from what has "
            "no parameters, say propagate_down: false, or leave out force_backward");
  }
}

}  // namespace crema::libcaffe
