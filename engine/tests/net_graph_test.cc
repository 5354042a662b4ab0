// How layers are joined by blobs, and how shapes go through them.
#include <cmath>
#include <functional>

#include "engine/tests/net_builder.h"
#include "engine/tests/net_checks.h"

namespace crema::test {
namespace {

TEST(NetTest, AddsUpTheGradientsOfASharedTop) {
  caffe::NetParameter param;
  param.set_force_backward(true);
  AddInput(param, "data", {3, 4});
  AddInnerProduct(param, "a", "data", 2);
  AddInnerProduct(param, "b", "data", 2);
  AddInnerProduct(param, "unused", "data", 2);
  AddLayer(param, "loss", "EuclideanLoss", {"a", "b"}, {"loss"});
  Net net(param, 1, 0, kNoHost);
  EXPECT_EQ(NodeOf(net, "data_data_0_split").layer->param().type(), "Split");
  SetInputs(net);
  CheckGradients(net);
  // The gradient of the data: (a - b) / 3 times the difference of the weights.
  ClearAndRun(net);
  const Values a = Copy(BlobOf(net, "a").data()), b = Copy(BlobOf(net, "b").data());
  const float* wa = NodeOf(net, "a").layer->blobs()[0]->data().Read();
  const float* wb = NodeOf(net, "b").layer->blobs()[0]->data().Read();
  Values expected(12);
  for (size_t i = 0; i < 12; ++i) {
    for (size_t o = 0; o < 2; ++o) {
      expected[i] +=
          (a[i / 4 * 2 + o] - b[i / 4 * 2 + o]) / 3 * (wa[o * 4 + i % 4] - wb[o * 4 + i % 4]);
    }
  }
  ExpectClose(expected, Copy(BlobOf(net, "data").diff()));
  EXPECT_EQ(net.outputs().size(), 2u);  // "unused" and the loss.
}

TEST(NetTest, AChainInPlaceEqualsOneThatIsNot) {
  const auto make = [](bool in_place) {
    caffe::NetParameter param;
    AddInput(param, "data", {3, 16, 6, 6});
    AddInput(param, "label", {3, 32, 4, 4});
    AddConvolution(param, "conv", "data", 32, 3);
    AddLayer(param, "relu", "ReLU", {"conv"}, {in_place ? "conv" : "r"});
    auto& power =
        AddLayer(param, "power", "Power", {in_place ? "conv" : "r"}, {in_place ? "conv" : "p"});
    power.mutable_power_param()->set_scale(0.5f);
    AddLayer(param, "tanh", "TanH", {in_place ? "conv" : "p"}, {in_place ? "conv" : "t"});
    AddLayer(param, "loss", "EuclideanLoss", {in_place ? "conv" : "t", "label"}, {"loss"});
    return param;
  };
  Net one(make(false), 3, 0, kNoHost), other(make(true), 3, 0, kNoHost);
  for (Net* net : {&one, &other}) {
    SetInputs(*net);
    ClearAndRun(*net);
  }
  EXPECT_EQ(other.blob_names(), (Names{"data", "label", "conv", "loss"}));
  ExpectClose(Copy(BlobOf(one, "t").data()), Copy(BlobOf(other, "conv").data()));
  ExpectClose(ParamsOf(one, true), ParamsOf(other, true));
}

TEST(NetTest, RefusesGraphsThatMakeNoSense) {
  std::string layer;
  caffe::NetParameter param = SmallNet();
  AddInnerProduct(param, "more", "nothing", 2);
  EXPECT_EQ(NetError(param, &layer),
            "Expected bottom 'nothing' of layer 'more' to be the top of a layer before it but "
            "found none of that name");
  EXPECT_EQ(layer, "more");

  param = SmallNet();
  AddInnerProduct(param, "ip1", "ip2", 2);
  EXPECT_NE(
      NetError(param, &layer).find("each top to be made by one layer but found another 'ip1'"),
      std::string::npos);

  param = SmallNet();
  AddLayer(param, "odd", "Convolutoin", {"ip2"}, {"odd"});
  EXPECT_EQ(NetError(param, &layer),
            "Expected a layer type that the engine has but found 'Convolutoin'");
  EXPECT_EQ(layer, "odd");
  for (const char* type : {"Script", "Python", "Data"}) {
    param.mutable_layer(param.layer_size() - 1)->set_type(type);
    EXPECT_NE(NetError(param), "");
  }

  param = SmallNet();
  param.mutable_layer(2)->add_top("second");
  EXPECT_EQ(NetError(param, &layer), "Expected a InnerProduct layer to have 1 top but found 2");
  EXPECT_EQ(layer, "ip1");
  param = SmallNet();
  param.mutable_layer(5)->mutable_bottom()->RemoveLast();
  EXPECT_EQ(NetError(param), "Expected a EuclideanLoss layer to have 2 bottoms but found 1");

  param = SmallNet();
  param.mutable_layer(2)->add_propagate_down(true);
  param.mutable_layer(2)->add_propagate_down(true);
  EXPECT_EQ(NetError(param),
            "Expected propagate_down for none or for each of the 1 bottoms but found 2");
  param = SmallNet();
  param.mutable_layer(2)->add_loss_weight(1);
  param.mutable_layer(2)->add_loss_weight(1);
  EXPECT_NE(NetError(param).find("loss_weight for none or for each of the 1 tops but found 2"),
            std::string::npos);
  param = SmallNet();
  for (int i = 0; i < 3; ++i) param.mutable_layer(2)->add_param();
  EXPECT_NE(NetError(param).find("at most 2 param entries"), std::string::npos);
  param = SmallNet();
  param.add_input("data");
  EXPECT_NE(NetError(param).find("Expected an upgraded net"), std::string::npos);
}

TEST(NetTest, RefusesWorkInPlaceThatChangesTheShapeOrReadsWhatItWrites) {
  const auto with = [](const std::function<void(caffe::NetParameter&)>& add) {
    caffe::NetParameter param;
    AddInput(param, "data", {2, 4, 6, 6});
    add(param);
    param.mutable_layer(1)->set_top(0, "data");
    return NetError(param);
  };
  for (const int outputs : {4, 7, 2}) {
    EXPECT_NE(with([&](auto& p) {
                AddConvolution(p, "conv", "data", outputs, 1);
              }).find("Convolution in place"),
              std::string::npos);
    EXPECT_NE(with([&](auto& p) {
                AddInnerProduct(p, "ip", "data", outputs);
              }).find("InnerProduct in place"),
              std::string::npos);
  }
  EXPECT_NE(with([](auto& p) { AddMaxPooling(p, "pool", "data", 2, 2); }).find("in place"),
            std::string::npos);
  // None of the engine's own layers may change a shape in place.
  for (const char* type : {"EuclideanLoss", "SigmoidCrossEntropyLoss", "SoftmaxWithLoss"}) {
    caffe::NetParameter param;
    AddInput(param, "data", {2, 4});
    AddInput(param, "label", {2, 4});
    AddLayer(param, "loss", type, {"data", "label"}, {"data"});
    EXPECT_NE(NetError(param), "") << type;
  }
}

TEST(NetTest, EmptyNetsAndRangesOfLayers) {
  Net empty(caffe::NetParameter(), 1, 0, kNoHost);
  EXPECT_EQ(empty.Forward(), 0);
  EXPECT_NO_THROW(empty.Backward());

  Net net(SmallNet(), 1, 0, kNoHost), parts(SmallNet(), 1, 0, kNoHost);
  for (Net* n : {&net, &parts}) SetInputs(*n);
  const float loss = net.Forward();
  EXPECT_EQ(parts.Forward(0, 2), 0);
  EXPECT_EQ(parts.Forward(3, 4), 0);
  EXPECT_EQ(parts.Forward(5, 5), loss);
  net.Backward();
  parts.Backward(5, 4);
  EXPECT_TRUE(NodeOf(parts, "ip1").layer->blobs()[0]->diff().zero());
  parts.Backward(3, 0);
  EXPECT_EQ(ParamsOf(net, true), ParamsOf(parts, true));
  EXPECT_THROW(net.Forward(0, 6), Error);
  EXPECT_THROW(net.Forward(-1, 2), Error);
  EXPECT_THROW(net.Backward(6, 0), Error);
  EXPECT_THROW(net.Backward(3, -1), Error);
}

// ---- Shapes ----

TEST(NetTest, FollowsItsInputsShapes) {
  for (const bool explicitly : {false, true}) {
    Net net(ConvNet(), 1, 0, kNoHost);
    for (const int batch : {2, 7, 1, 4}) {
      BlobOf(net, "data").Reshape({batch, 16, 8, 8});
      BlobOf(net, "label").Reshape({batch, 10});
      if (explicitly) net.Reshape();
      SetInputs(net);
      ClearAndRun(net);
      EXPECT_EQ(BlobOf(net, "ip").shape(), Shape({batch, 10}));
      EXPECT_EQ(BlobOf(net, "conv2").shape(), Shape({batch, 16, 2, 2}));
    }
    // Bad shapes are reported with their layer, and the net can be used afterwards.
    BlobOf(net, "data").Reshape({4, 16, 1, 1});
    try {
      net.Forward();
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.layer(), "conv1");
    }
    EXPECT_THROW(net.Forward(), Error);
    BlobOf(net, "data").Reshape({4, 16, 8, 8});
    SetInputs(net);
    Net fresh(ConvNet(), 1, 0, kNoHost);
    SetInputs(fresh);
    net.nodes()[6].layer->random().set_counter(fresh.nodes()[6].layer->random().counter());
    ClearAndRun(net);
    ClearAndRun(fresh);
    ExpectClose(ParamsOf(fresh, true), ParamsOf(net, true), 1e-4);
  }
}

TEST(NetTest, BackwardNeedsAForwardOfTheSameShapes) {
  Net net(ConvNet(), 1, 0, kNoHost);
  EXPECT_THROW(net.Backward(), Error);
  SetInputs(net);
  net.Forward();
  EXPECT_NO_THROW(net.Backward());
  net.Reshape();
  EXPECT_THROW(net.Backward(), Error);
  net.Forward();
  BlobOf(net, "data").Reshape({40, 16, 8, 8});
  EXPECT_THROW(net.Backward(), Error);
}

TEST(NetTest, RunsLayersBackwardBeforeAnyForward) {
  caffe::NetParameter param;
  param.set_force_backward(true);
  AddInput(param, "data", {2, 3});
  AddInnerProduct(param, "ip", "data", 4);
  AddLayer(param, "relu", "ReLU", {"ip"}, {"relu"});
  AddLayer(param, "power", "Power", {"relu"}, {"power"}).mutable_power_param()->set_scale(3);
  Net net(param, 1, 0, kNoHost);
  SetValues(BlobOf(net, "ip").data(), 1);
  SetValues(BlobOf(net, "data").data(), 2);
  SetValues(BlobOf(net, "power").diff(), 3);
  net.Backward();
  const Values ip = Copy(BlobOf(net, "ip").data()), diff = Copy(BlobOf(net, "power").diff());
  Values expected(8);
  for (size_t i = 0; i < 8; ++i) expected[i] = ip[i] > 0 ? 3 * diff[i] : 0;
  ExpectClose(expected, Copy(BlobOf(net, "ip").diff()));
  EXPECT_FALSE(NodeOf(net, "ip").layer->blobs()[0]->diff().zero());
  // Dropout's mask is drawn in forward.
  AddLayer(param, "drop", "Dropout", {"power"}, {"drop"});
  param.mutable_state()->set_phase(caffe::TRAIN);
  EXPECT_THROW(Net(param, 1, 0, kNoHost).Backward(), Error);
  param.mutable_state()->set_phase(caffe::TEST);
  EXPECT_NO_THROW(Net(param, 1, 0, kNoHost).Backward());
}

TEST(NetTest, ALossNeedsNoTop) {
  for (const float weight : {0.0f, 2.0f}) {
    caffe::NetParameter param = SmallNet(), named = SmallNet();
    caffe::LayerParameter& loss = *param.mutable_layer(5);
    loss.clear_top();
    if (weight != 0) loss.add_loss_weight(weight);
    Net net(param, 1, 0, kNoHost), other(named, 1, 0, kNoHost);
    EXPECT_TRUE(net.outputs().empty());
    for (Net* each : {&net, &other}) SetInputs(*each);
    EXPECT_FLOAT_EQ(net.Forward(), other.Forward() * (weight == 0 ? 1 : weight));
    EXPECT_NO_THROW(net.Backward());
  }
}

TEST(NetTest, ListsItsOutputsByName) {
  caffe::NetParameter param;
  AddInput(param, "z", {2});
  for (const char* name : {"b", "A", "c", "a"}) AddInput(param, name, {2});
  Net net(param, 1, 0, kNoHost);
  EXPECT_EQ(net.outputs(), (std::vector<int>{2, 4, 1, 3, 0}));
}

TEST(NetTest, AReshapedInputIsSeenThroughItsSplit) {
  caffe::NetParameter param;
  AddInput(param, "data", {3, 400});
  AddInnerProduct(param, "a", "data", 2);
  AddInnerProduct(param, "b", "data", 2);
  Net net(param, 1, 0, kNoHost);
  net.Forward();
  const int split = 1, a = 2;
  EXPECT_EQ(net.nodes()[split].layer->param().type(), "Split");
  BlobOf(net, "data").Reshape({1, 400});
  // The split has not run yet: its tops have the old shape and the new memory.
  EXPECT_THROW(net.Forward(a, a), Error);
  EXPECT_THROW(BlobOf(net, "data_data_0_split_0").PinData(), Error);
  net.Forward();
  EXPECT_EQ(BlobOf(net, "a").shape(), Shape({1, 2}));
  EXPECT_NO_THROW(BlobOf(net, "data_data_0_split_0").PinData());
}

TEST(NetTest, OnlyInputsAndHostTopsMayBeReshapedFromOutside) {
  Net net(SmallNet(), 1, 0, kNoHost);
  EXPECT_FALSE(BlobOf(net, "data").fixed_shape());
  EXPECT_TRUE(BlobOf(net, "ip1").fixed_shape());
  EXPECT_TRUE(net.learnables()[0].blob->fixed_shape());
}

}  // namespace
}  // namespace crema::test
