#include "engine/embedded/plan/lifetimes.h"

#include <algorithm>
#include <optional>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/options.h"
#include "engine/shared/error.h"
#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

// data -> convolution -> BatchNorm, Scale (in place) -> two branches -> sum, ReLU -> pooling ->
// concat -> inner product -> softmax loss, with a dropout and an LRN on the way.
caffe::NetParameter BranchedNet(caffe::Phase phase = caffe::TRAIN) {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(phase);
  AddInput(net, "data", {4, 3, 12, 12});
  AddInput(net, "label", {4, 16});
  AddConvolution(net, "a", "data", 8, 3);
  AddLayer(net, "norm", "BatchNorm", {"a"}, {"a"});
  AddLayer(net, "scale", "Scale", {"a"}, {"a"}).mutable_scale_param()->set_bias_term(true);
  AddConvolution(net, "left", "a", 16, 1);
  AddLayer(net, "left_norm", "BatchNorm", {"left"}, {"left"});
  AddLayer(net, "left_scale", "Scale", {"left"}, {"left"});
  AddConvolution(net, "right", "a", 16, 1);
  AddLayer(net, "sum", "Eltwise", {"left", "right"}, {"sum"});
  AddLayer(net, "relu", "ReLU", {"sum"}, {"sum"});
  AddLayer(net, "lrn", "LRN", {"sum"}, {"lrn"});
  AddMaxPooling(net, "pool", "lrn", 2, 2);
  AddConvolution(net, "c", "pool", 8, 1);
  AddConvolution(net, "d", "pool", 12, 1);
  AddLayer(net, "concat", "Concat", {"c", "d"}, {"concat"});
  AddLayer(net, "drop", "Dropout", {"concat"}, {"drop"});
  AddInnerProduct(net, "ip", "drop", 16);
  AddLayer(net, "sigmoid", "Sigmoid", {"ip"}, {"sigmoid"});
  AddLayer(net, "loss", "EuclideanLoss", {"sigmoid", "label"}, {"loss"});
  return net;
}

struct Recycling {
  std::shared_ptr<Arena> arena = std::make_shared<Arena>();
  Net net;
  explicit Recycling(const caffe::NetParameter& param) : net(param, 1, 0, kNoHost, arena) {}
};

struct Recomputing {
  std::optional<WithOptions> with{std::in_place, EngineOptions{.recompute = true}};
  Recycling recycling;
  explicit Recomputing(const caffe::NetParameter& param) : recycling(param) { with.reset(); }
};

// data -> four convolutions with BatchNorm, Scale and ReLU each; `in_place` or beside -> a fifth.
caffe::NetParameter NetWithNorms(bool in_place) {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(net, "data", {2, 4, 12, 12});
  AddInput(net, "label", {2, 8, 4, 4});
  std::string last = "data";
  for (const std::string name : {"a", "b", "c", "d"}) {
    AddConvolution(net, name, last, 8, 3);
    last = in_place ? name : name + "_norm";
    AddLayer(net, name + "_norm", "BatchNorm", {name}, {last});
    AddLayer(net, name + "_scale", "Scale", {last}, {last});
    AddLayer(net, name + "_relu", "ReLU", {last}, {last});
  }
  AddConvolution(net, "e", last, 8, 1);
  AddLayer(net, "loss", "EuclideanLoss", {"e", "label"}, {"loss"});
  return net;
}

const Storage& DiffOf(Net& net, const std::string& name) { return BlobOf(net, name).diff(); }

TEST(LifetimesTest, RecyclingChangesNoBit) {
  caffe::NetParameter forced = BranchedNet();
  forced.set_force_backward(true);
  for (const caffe::NetParameter& param : {BranchedNet(), ConvNet(), SmallNet(), forced}) {
    Net expected(param, 1, 0, kNoHost);
    Recycling found(param);
    for (uint64_t pass = 1; pass < 4; ++pass) {
      SetInputs(expected, pass);
      SetInputs(found.net, pass);
      expected.ClearDiffs();
      found.net.ClearDiffs();
      EXPECT_EQ(expected.Forward(), found.net.Forward());
      expected.Backward();
      found.net.Backward();
      EXPECT_EQ(ParamsOf(expected), ParamsOf(found.net));
      EXPECT_EQ(ParamsOf(expected, true), ParamsOf(found.net, true));
      for (const int id : expected.inputs()) {
        const auto at = static_cast<size_t>(id);
        EXPECT_EQ(Copy(expected.blobs()[at]->diff()), Copy(found.net.blobs()[at]->diff()));
      }
    }
  }
}

TEST(LifetimesTest, TheSecondPassNeedsNoMoreMemory) {
  Recycling recycling(BranchedNet());
  SetInputs(recycling.net);
  recycling.net.Forward();
  recycling.net.Backward();
  const int64_t size = recycling.arena->size();
  for (int pass = 0; pass < 3; ++pass) {
    recycling.net.Forward();
    recycling.net.Backward();
  }
  EXPECT_EQ(recycling.arena->size(), size);
}

TEST(LifetimesTest, ThePeakIsWhatItIsByHand) {
  // data (4, 3), label (4, 2) | ip1 (4, 5), ReLU in place | ip2 (4, 2) | loss, which reads nothing
  // backward, so that ip2's values are gone after it.
  Recycling recycling(SmallNet());
  const int64_t forward = 3 * 5 + 5 + 5 * 2 + 2 + 12 + 8 + 20 + 1;
  const int64_t at_ip2 = forward + 1 + 8 + (5 * 2 + 2) + 20;
  // The gradient of ip2, and the values of ip1, which the ReLU has read.
  const int64_t at_ip1 = at_ip2 - 8 - 20 + (3 * 5 + 5);
  EXPECT_EQ(recycling.net.PlannedMemory(), std::max(at_ip2, at_ip1) * 4);
}

TEST(LifetimesTest, ValuesGoOnceNoLayerReadsThem) {
  Recycling recycling(BranchedNet());
  Net& net = recycling.net;
  SetInputs(net);
  net.Forward();
  // An Eltwise sum reads nothing backward, a convolution its bottom.
  EXPECT_TRUE(BlobOf(net, "left").data().gone());
  EXPECT_TRUE(BlobOf(net, "right").data().gone());
  EXPECT_FALSE(BlobOf(net, "a").data().gone());
  EXPECT_FALSE(BlobOf(net, "pool").data().gone());
  EXPECT_THROW(BlobOf(net, "left").data().Read(), Error);
  net.Backward();
  for (const char* name : {"a", "sum", "pool", "concat"}) {
    EXPECT_TRUE(BlobOf(net, name).data().gone()) << name;
    EXPECT_TRUE(DiffOf(net, name).gone()) << name;
  }
  EXPECT_FALSE(BlobOf(net, "data").data().gone());
  EXPECT_FALSE(BlobOf(net, "loss").data().gone());
  EXPECT_THROW(net.Backward(), Error);
  net.Forward();
  net.Backward();
}

TEST(LifetimesTest, KeepsWhatSomebodyHasTheAddressOf) {
  const caffe::NetParameter param = BranchedNet();
  Net expected(param, 1, 0, kNoHost);
  Recycling recycling(param);
  for (Net* net : {&expected, &recycling.net}) {
    for (const char* name : {"left", "pool"}) {
      BlobOf(*net, name).PinData();
      BlobOf(*net, name).PinDiff();
    }
    SetInputs(*net);
    net->Forward();
    net->Backward();
  }
  for (const char* name : {"left", "pool"}) {
    EXPECT_EQ(Copy(BlobOf(expected, name).data()), Copy(BlobOf(recycling.net, name).data()));
    EXPECT_EQ(Copy(BlobOf(expected, name).diff()), Copy(BlobOf(recycling.net, name).diff()));
  }
}

TEST(LifetimesTest, PassesOverSomeLayersKeepEverything) {
  Recycling recycling(BranchedNet());
  Net& net = recycling.net;
  const int last = static_cast<int>(net.nodes().size()) - 1;
  SetInputs(net);
  net.Forward(0, 5);
  net.Forward(6, last);
  net.Backward(last, 6);
  net.Backward(5, 0);
  for (const auto& blob : net.blobs()) {
    EXPECT_FALSE(blob->data().gone());
    EXPECT_FALSE(blob->diff().gone());
  }
}

TEST(LifetimesTest, ANetForTestRunsForwardInTheMemoryOfAFewLayers) {
  const caffe::NetParameter param = BranchedNet(caffe::TEST);
  Net expected(param, 1, 0, kNoHost);
  Recycling recycling(param);
  for (Net* net : {&expected, &recycling.net}) SetInputs(*net);
  EXPECT_EQ(expected.Forward(), recycling.net.Forward());
  EXPECT_LT(recycling.net.PlannedMemory(), expected.PlannedMemory() * 2 / 3);
  EXPECT_THROW(recycling.net.Backward(), Error);
}

TEST(LifetimesTest, RecomputingChangesNoBitAndTakesLess) {
  for (const bool in_place : {true, false}) {
    for (const bool holds : {false, true}) {
      SCOPED_TRACE(StrCat(in_place ? "in place" : "beside", holds ? ", held" : ""));
      const caffe::NetParameter param = NetWithNorms(in_place);
      const std::string norm = in_place ? "a" : "a_norm";
      Net expected(param, 1, 0, kNoHost);
      Recycling recycling(param);
      Recomputing recomputing(param);
      Net& found = recomputing.recycling.net;
      EXPECT_LT(found.PlannedMemory(), recycling.net.PlannedMemory());
      for (Net* net : {&expected, &found}) {
        if (holds) BlobOf(*net, norm).PinData();  // so that these layers run one by one
      }
      for (uint64_t pass = 1; pass < 4; ++pass) {
        for (Net* net : {&expected, &found}) {
          SetInputs(*net, pass);
          net->ClearDiffs();
        }
        EXPECT_EQ(expected.Forward(), found.Forward());
        EXPECT_EQ(BlobOf(found, norm).data().gone(), !holds);
        expected.Backward();
        found.Backward();
        EXPECT_EQ(ParamsOf(expected, true), ParamsOf(found, true));
      }
    }
  }
}

TEST(LifetimesTest, WhatALayerBehindChangesInPlaceIsNotRestored) {
  caffe::NetParameter param = NetWithNorms(true);
  // After the first ReLU, a Dropout in place; the layers of both branches see it.
  caffe::NetParameter changed;
  changed.mutable_state()->set_phase(caffe::TRAIN);
  for (const caffe::LayerParameter& layer : param.layer()) {
    *changed.add_layer() = layer;
    if (layer.name() == "a_relu") AddLayer(changed, "a_drop", "Dropout", {"a"}, {"a"});
  }
  Net expected(changed, 1, 0, kNoHost);
  Recomputing recomputing(changed);
  Net& found = recomputing.recycling.net;
  for (Net* net : {&expected, &found}) {
    SetInputs(*net);
    net->Forward();
    net->Backward();
  }
  EXPECT_EQ(ParamsOf(expected, true), ParamsOf(found, true));
}

TEST(LifetimesTest, RestoresWhatARestoredGroupReadsFirst) {
  // Fused layers beside each other, each of which reads what the one before it gives.
  caffe::NetParameter param;
  param.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(param, "data", {4, 3, 8, 8});
  AddInput(param, "label", {4, 2});
  AddConvolution(param, "a", "data", 8, 3);
  std::string last = "a";
  for (const std::string name : {"b", "c", "d"}) {
    AddLayer(param, name, "BatchNorm", {last}, {name});
    AddLayer(param, name + "_scale", "Scale", {name}, {name});
    last = name;
  }
  AddInnerProduct(param, "ip", last, 2);
  AddLayer(param, "loss", "EuclideanLoss", {"ip", "label"}, {"loss"});
  Net expected(param, 1, 0, kNoHost);
  Recomputing recomputing(param);
  Net& found = recomputing.recycling.net;
  for (Net* net : {&expected, &found}) {
    SetInputs(*net);
    net->Forward();
  }
  for (const char* name : {"b", "c", "d"}) EXPECT_TRUE(BlobOf(found, name).data().gone()) << name;
  for (Net* net : {&expected, &found}) net->Backward();
  EXPECT_EQ(ParamsOf(expected, true), ParamsOf(found, true));
}

TEST(LifetimesTest, RestoresEverythingForAPassOverSomeLayers) {
  for (const bool in_place : {true, false}) {
    const caffe::NetParameter param = NetWithNorms(in_place);
    Net expected(param, 1, 0, kNoHost);
    Recomputing recomputing(param);
    Net& found = recomputing.recycling.net;
    for (Net* net : {&expected, &found}) {
      SetInputs(*net);
      for (int pass = 0; pass < 2; ++pass) {
        net->ClearDiffs();
        net->Forward();
        for (int i = static_cast<int>(net->nodes().size()) - 1; i >= 0; --i) net->Backward(i, i);
      }
    }
    EXPECT_EQ(ParamsOf(expected, true), ParamsOf(found, true));
    found.Forward();
    found.Backward();
    const int last = static_cast<int>(found.nodes().size()) - 1;
    EXPECT_THROW(found.Backward(last, 1), Error);  // There was no forward pass before it.
  }
}

TEST(LifetimesTest, KeepsWhatWasAskedForTooLate) {
  Recycling recycling(BranchedNet());
  Net& net = recycling.net;
  SetInputs(net);
  net.Forward();
  EXPECT_THROW(BlobOf(net, "left").PinData(), Error);
  BlobOf(net, "right").data().Keep();
  net.Forward();
  EXPECT_FALSE(BlobOf(net, "left").data().gone());
  EXPECT_FALSE(BlobOf(net, "right").data().gone());
}

TEST(LifetimesTest, AnArenaServesSeveralNets) {
  const auto arena = std::make_shared<Arena>();
  Net train(BranchedNet(), 1, 0, kNoHost, arena),
      test(BranchedNet(caffe::TEST), 1, 1, kNoHost, arena);
  for (Net* net : {&train, &test}) SetInputs(*net);
  train.Forward();
  train.Backward();
  const int64_t size = arena->size();
  test.ShareWith(train);
  test.Forward();
  train.Forward();
  train.Backward();
  EXPECT_EQ(arena->size(), size);
}

}  // namespace
}  // namespace crema::test
