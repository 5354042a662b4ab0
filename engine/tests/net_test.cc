#include "engine/embedded/net/net.h"

#include <cmath>
#include <functional>

#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

void ExpectClose(const Values& expected, const Values& found, double tolerance = 1e-5) {
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto e = static_cast<double>(expected[i]);
    ASSERT_NEAR(e, static_cast<double>(found[i]), tolerance * std::max(1.0, std::fabs(e))) << i;
  }
}

void ClearAndRun(Net& net) {
  net.ClearDiffs();
  net.Forward();
  net.Backward();
}

// Compares the gradients of all learnable parameters with finite differences of the loss.
void CheckGradients(Net& net, float step = 1e-2f, double threshold = 2e-3) {
  ClearAndRun(net);
  for (const Learnable& learnable : net.learnables()) {
    const Values diffs = Copy(learnable.blob->diff());
    for (size_t i = 0; i < diffs.size(); ++i) {
      const float before = learnable.blob->data().Read()[i];
      learnable.blob->data().ReadWrite()[i] = before + step;
      const float above = net.Forward();
      learnable.blob->data().ReadWrite()[i] = before - step;
      const float below = net.Forward();
      learnable.blob->data().ReadWrite()[i] = before;
      const double estimate = static_cast<double>((above - below) / (2 * step));
      const double scale = std::max({1.0, std::fabs(estimate)});
      ASSERT_NEAR(estimate, static_cast<double>(diffs[i]), threshold * scale) << i;
    }
  }
}

TEST(NetTest, DescribesItself) {
  Net net(SmallNet(), 1, 0, kNoHost);
  EXPECT_EQ(net.name(), "small");
  EXPECT_EQ(net.phase(), caffe::TRAIN);
  EXPECT_EQ(net.blob_names(), (Names{"data", "label", "ip1", "ip2", "loss"}));
  EXPECT_EQ(net.inputs(), (std::vector<int>{0, 1}));
  EXPECT_EQ(net.outputs(), (std::vector<int>{4}));
  EXPECT_EQ(net.learnables().size(), 4u);
  EXPECT_EQ(BlobOf(net, "ip1").shape(), Shape({4, 5}));
  EXPECT_EQ(net.blob_loss_weights()[4], 1);
  EXPECT_EQ(net.blob_loss_weights()[3], 0);
  const auto& nodes = net.nodes();
  EXPECT_FALSE(nodes[0].needs_backward);
  EXPECT_TRUE(nodes[2].needs_backward);
  EXPECT_EQ(nodes[2].propagate_down, Flags{false});  // The gradient of the data is not wanted.
  EXPECT_EQ(nodes[5].propagate_down, (Flags{true, false}));
}

TEST(NetTest, ComputesLossAndGradients) {
  Net net(SmallNet(), 1, 0, kNoHost);
  SetInputs(net);
  const float loss = net.Forward();
  double expected = 0;
  const Values out = Copy(BlobOf(net, "ip2").data()), label = Copy(BlobOf(net, "label").data());
  for (size_t i = 0; i < out.size(); ++i) {
    expected += std::pow(static_cast<double>(out[i] - label[i]), 2) / 8;
  }
  EXPECT_NEAR(static_cast<double>(loss), expected, 1e-5);
  CheckGradients(net);
}

TEST(NetTest, AddsParameterGradientsUntilTheyAreCleared) {
  for (const auto& param : {SmallNet(), ConvNet()}) {
    caffe::NetParameter test = param;
    test.mutable_state()->set_phase(caffe::TEST);  // Dropout draws nothing.
    Net net(test, 1, 0, kNoHost);
    SetInputs(net);
    ClearAndRun(net);
    Values once = ParamsOf(net, true);
    net.Forward();
    net.Backward();
    for (float& v : once) v *= 2;
    ExpectClose(once, ParamsOf(net, true), 1e-4);
    ClearAndRun(net);
    for (float& v : once) v /= 2;
    ExpectClose(once, ParamsOf(net, true), 1e-4);
  }
}

TEST(NetTest, TheSameSeedGivesTheSameNet) {
  const auto run = [](uint64_t seed, uint32_t index) {
    Net net(ConvNet(), seed, index, kNoHost);
    SetInputs(net);
    Values all = ParamsOf(net);
    for (int i = 0; i < 2; ++i) {
      ClearAndRun(net);
      const Values diffs = ParamsOf(net, true);
      all.insert(all.end(), diffs.begin(), diffs.end());
    }
    return all;
  };
  const Values first = run(5, 0);
  EXPECT_EQ(first, run(5, 0));
  EXPECT_NE(first, run(6, 0));
  EXPECT_NE(first, run(5, 1));
}

TEST(NetTest, PinnedBlobsChangeNothing) {
  Net plain(ConvNet(), 5, 0, kNoHost);
  SetInputs(plain);
  ClearAndRun(plain);
  for (int what = 0; what < 4; ++what) {
    Net pinned(ConvNet(), 5, 0, kNoHost);
    if (what != 1) {
      for (const auto& blob : pinned.blobs()) {
        if (what == 0 || what == 3) blob->PinData();
        if (what == 2 || what == 3) blob->PinDiff();
      }
    } else {
      for (const Learnable& learnable : pinned.learnables()) {
        learnable.blob->PinData();
        learnable.blob->PinDiff();
      }
    }
    SetInputs(pinned);
    ClearAndRun(pinned);
    ExpectClose(ParamsOf(plain, true), ParamsOf(pinned, true), 1e-4);
    for (size_t i = 0; i < plain.blobs().size(); ++i) {
      SCOPED_TRACE(plain.blob_names()[i]);
      // What is at the address, without asking again.
      const float* now = pinned.blobs()[i]->data().pinned() ? pinned.blobs()[i]->PinData()
                                                            : pinned.blobs()[i]->data().Read();
      ExpectClose(Copy(plain.blobs()[i]->data()), Values(now, now + pinned.blobs()[i]->count()),
                  1e-4);
    }
  }
}

// ---- The graph ----

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

// ---- Losses and the backward plan ----

TEST(NetTest, WeightsLosses) {
  caffe::NetParameter param = SmallNet();
  Net one(param, 1, 0, kNoHost);
  param.mutable_layer(5)->add_loss_weight(2.5f);
  Net weighted(param, 1, 0, kNoHost);
  for (Net* net : {&one, &weighted}) {
    SetInputs(*net);
    ClearAndRun(*net);
  }
  EXPECT_FLOAT_EQ(weighted.Forward(), 2.5f * one.Forward());
  Values expected = ParamsOf(one, true);
  for (float& v : expected) v *= 2.5f;
  ExpectClose(expected, ParamsOf(weighted, true));
  CheckGradients(weighted);

  // Any top can be a loss: its values are summed.
  param = SmallNet();
  param.mutable_layer()->RemoveLast();
  param.mutable_layer(4)->add_loss_weight(-2);
  Net sum(param, 1, 0, kNoHost);
  SetInputs(sum);
  double expected_sum = 0;
  const float loss = sum.Forward();
  for (const float v : Copy(BlobOf(sum, "ip2").data())) expected_sum += static_cast<double>(v);
  EXPECT_NEAR(static_cast<double>(loss), -2 * expected_sum, 1e-5);
  CheckGradients(sum);
}

TEST(NetTest, ALossThatAnotherLayerReadsCountsOnce) {
  caffe::NetParameter param = SmallNet();
  param.mutable_layer(5)->add_loss_weight(3);
  Net plain(param, 1, 0, kNoHost);
  AddLayer(param, "log", "Power", {"loss"}, {"log"});
  Net read(param, 1, 0, kNoHost);
  for (Net* net : {&plain, &read}) {
    SetInputs(*net);
    ClearAndRun(*net);
  }
  EXPECT_FLOAT_EQ(plain.Forward(), read.Forward());
  ExpectClose(ParamsOf(plain, true), ParamsOf(read, true));
}

TEST(NetTest, ANetWithoutALossRunsNothingBackward) {
  caffe::NetParameter param = SmallNet();
  param.mutable_layer(5)->add_loss_weight(0);
  Net net(param, 1, 0, kNoHost);
  SetInputs(net);
  EXPECT_EQ(net.Forward(), 0);
  for (const auto& node : net.nodes()) EXPECT_FALSE(node.needs_backward) << node.layer->name();
  net.Backward();
  for (const auto& learnable : net.learnables()) EXPECT_TRUE(learnable.blob->diff().zero());
}

// As in the fork, whatever lr_mult the prototxt gives.
TEST(NetTest, NeverLearnsStatistics) {
  for (const bool frozen : {false, true}) {
    caffe::NetParameter param;
    AddInput(param, "data", {2, 3, 4, 4});
    caffe::LayerParameter& bn = AddLayer(param, "bn", "BN", {"data"}, {"bn"});
    bn.mutable_bn_param()->set_frozen(frozen);
    for (int i = 0; i < 4; ++i) bn.add_param()->set_lr_mult(2);
    Net net(param, 1, 0, kNoHost);
    const float learned = frozen ? 0.0f : 2.0f;
    for (size_t i = 0; i < 4; ++i) {
      EXPECT_EQ(net.learnables()[i].lr_mult, i < 2 ? learned : 0.0f) << i;
    }
  }
}

TEST(NetTest, FrozenLayersComputeNothing) {
  caffe::NetParameter param = SmallNet();
  for (int i = 0; i < 2; ++i) param.mutable_layer(2)->add_param()->set_lr_mult(0);
  Net net(param, 1, 0, kNoHost);
  EXPECT_FALSE(NodeOf(net, "ip1").needs_backward);
  EXPECT_FALSE(NodeOf(net, "relu").needs_backward);
  EXPECT_EQ(NodeOf(net, "ip2").propagate_down, Flags{false});
  EXPECT_EQ(net.learnables()[0].lr_mult, 0);
  EXPECT_EQ(net.learnables()[2].lr_mult, 1);
  SetInputs(net);
  ClearAndRun(net);
  EXPECT_TRUE(net.learnables()[0].blob->diff().zero());
  EXPECT_TRUE(net.learnables()[1].blob->diff().zero());
  EXPECT_FALSE(net.learnables()[2].blob->diff().zero());

  // Freeze one of the two only: the layer runs for the other.
  param.mutable_layer(2)->mutable_param(1)->set_lr_mult(2);
  Net half(param, 1, 0, kNoHost);
  SetInputs(half);
  ClearAndRun(half);
  EXPECT_TRUE(NodeOf(half, "ip1").needs_backward);
  EXPECT_TRUE(half.learnables()[0].blob->diff().zero());
  EXPECT_FALSE(half.learnables()[1].blob->diff().zero());
}

TEST(NetTest, PropagateDownCutsTheGradient) {
  caffe::NetParameter param = SmallNet();
  param.mutable_layer(4)->add_propagate_down(false);
  Net net(param, 1, 0, kNoHost);
  EXPECT_FALSE(NodeOf(net, "ip1").needs_backward);
  EXPECT_FALSE(NodeOf(net, "relu").needs_backward);
  EXPECT_TRUE(NodeOf(net, "ip2").needs_backward);
  SetInputs(net);
  ClearAndRun(net);
  EXPECT_TRUE(net.learnables()[0].blob->diff().zero());
  EXPECT_FALSE(net.learnables()[2].blob->diff().zero());
}

TEST(NetTest, PropagateDownRequestsTheGradientOfData) {
  caffe::NetParameter param = SmallNet();
  param.mutable_layer(2)->add_propagate_down(true);
  Net net(param, 1, 0, kNoHost);
  SetInputs(net);
  ClearAndRun(net);
  EXPECT_FALSE(BlobOf(net, "data").diff().zero());
}

TEST(NetTest, ForceBackwardGivesEveryGradient) {
  caffe::NetParameter param = SmallNet();
  for (int i = 0; i < 2; ++i) param.mutable_layer(2)->add_param()->set_lr_mult(0);
  param.set_force_backward(true);
  Net net(param, 1, 0, kNoHost);
  SetInputs(net);
  ClearAndRun(net);
  const Values diffs = Copy(BlobOf(net, "data").diff());
  for (size_t i = 0; i < diffs.size(); ++i) {
    float& value = BlobOf(net, "data").data().ReadWrite()[i];
    const float before = value;
    BlobOf(net, "data").data().ReadWrite()[i] = before + 1e-2f;
    const float above = net.Forward();
    BlobOf(net, "data").data().ReadWrite()[i] = before - 1e-2f;
    const float below = net.Forward();
    BlobOf(net, "data").data().ReadWrite()[i] = before;
    EXPECT_NEAR((above - below) / 2e-2f, diffs[i], 3e-3f);
  }
  EXPECT_FALSE(net.learnables()[0].blob->diff().zero());
}

// ---- Shared parameters ----

// Two layers on the same data, whose weights have the name "w".
caffe::NetParameter SharingNet() {
  caffe::NetParameter param;
  AddInput(param, "data", {3, 4});
  AddInput(param, "label", {3, 2});
  AddInnerProduct(param, "a", "data", 4).add_param()->set_name("w");
  AddInnerProduct(param, "b", "a", 4).add_param()->set_name("w");
  AddInnerProduct(param, "out", "b", 2);
  AddLayer(param, "loss", "EuclideanLoss", {"out", "label"}, {"loss"});
  return param;
}

TEST(NetTest, SharesParametersByName) {
  Net net(SharingNet(), 1, 0, kNoHost);
  EXPECT_EQ(net.learnables().size(), 5u);  // w, two biases, and those of "out".
  Blob& a = *NodeOf(net, "a").layer->blobs()[0];
  Blob& b = *NodeOf(net, "b").layer->blobs()[0];
  EXPECT_EQ(&a.data(), &b.data());
  EXPECT_EQ(&a.diff(), &b.diff());
  SetInputs(net);
  CheckGradients(net);  // The sum of both layers' gradients.
}

TEST(NetTest, SharesConvolutionsInTheirOwnLayouts) {
  caffe::NetParameter param;
  AddInput(param, "data", {2, 16, 6, 6});
  AddConvolution(param, "a", "data", 16, 3).add_param()->set_name("w");
  AddConvolution(param, "b", "a", 16, 3).add_param()->set_name("w");
  param.mutable_layer(2)->add_loss_weight(0.1f);
  Net net(param, 1, 0, kNoHost);
  SetInputs(net);
  ClearAndRun(net);
  const Values diffs = Copy(net.learnables()[0].blob->diff());
  for (size_t i = 0; i < diffs.size(); i += 97) {
    Storage& data = net.learnables()[0].blob->data();
    const float before = data.Read()[i];
    data.ReadWrite()[i] = before + 1e-2f;
    const float above = net.Forward();
    data.ReadWrite()[i] = before - 1e-2f;
    const float below = net.Forward();
    data.ReadWrite()[i] = before;
    EXPECT_NEAR((above - below) / 2e-2f, diffs[i], 1e-2f * std::max(1.0f, std::fabs(diffs[i])));
  }
}

TEST(NetTest, ChecksTheShapesOfSharedParameters) {
  caffe::NetParameter param = SharingNet();
  param.mutable_layer(3)->mutable_inner_product_param()->set_num_output(8);
  std::string layer;
  EXPECT_EQ(NetError(param, &layer),
            "Expected parameter 'w' to have the shape that its owner, layer 'a', gave it, 4 4 "
            "(16), but found 8 4 (32)");
  EXPECT_EQ(layer, "b");
  param.mutable_layer(3)->mutable_param(0)->set_share_mode(
      caffe::ParamSpec_DimCheckMode_PERMISSIVE);
  EXPECT_NE(NetError(param), "");  // The counts differ too.

  param = SharingNet();
  // (4, 4) and (2, 8): the same count.
  AddLayer(param, "flat", "Reshape", {"a"}, {"flat"});
  param.mutable_layer(param.layer_size() - 1)
      ->mutable_reshape_param()
      ->mutable_shape()
      ->add_dim(-1);
  param.mutable_layer(param.layer_size() - 1)->mutable_reshape_param()->mutable_shape()->add_dim(2);
  auto& permissive = AddInnerProduct(param, "c", "flat", 8);
  permissive.add_param()->set_name("w");
  EXPECT_NE(NetError(param).find("8 2 (16)"), std::string::npos);
  permissive.mutable_param(0)->set_share_mode(caffe::ParamSpec_DimCheckMode_PERMISSIVE);
  Net net(param, 1, 0, kNoHost);
  SetInputs(net);
  EXPECT_NO_THROW(net.Forward());
  EXPECT_EQ(&NodeOf(net, "c").layer->blobs()[0]->data(),
            &NodeOf(net, "a").layer->blobs()[0]->data());
}

TEST(NetTest, AgreesOnTheMultipliersOfSharedParameters) {
  caffe::NetParameter param = SharingNet();
  param.mutable_layer(3)->mutable_param(0)->set_lr_mult(3);
  param.mutable_layer(3)->mutable_param(0)->set_decay_mult(0.5f);
  Net net(param, 1, 0, kNoHost);  // Given once, it applies to both.
  EXPECT_EQ(net.learnables()[0].lr_mult, 3);
  EXPECT_EQ(net.learnables()[0].decay_mult, 0.5f);
  param.mutable_layer(2)->mutable_param(0)->set_lr_mult(3);
  EXPECT_EQ(NetError(param), "");
  param.mutable_layer(2)->mutable_param(0)->set_lr_mult(2);
  EXPECT_EQ(NetError(param),
            "Expected shared parameter 'w' to have a single lr_mult but found 2 and 3");
  param.mutable_layer(2)->mutable_param(0)->clear_lr_mult();
  param.mutable_layer(2)->mutable_param(0)->set_decay_mult(1);
  EXPECT_EQ(NetError(param),
            "Expected shared parameter 'w' to have a single decay_mult but found 1 and 0.5");
}

// ---- Parameters in and out ----

TEST(NetTest, SavedParametersGiveTheSameNet) {
  for (const auto& param : {SmallNet(), ConvNet(), SharingNet()}) {
    Net net(param, 1, 0, kNoHost), other(param, 2, 0, kNoHost);
    for (Net* n : {&net, &other}) SetInputs(*n);
    ClearAndRun(net);  // The weights of convolutions are in their own layout now.
    const caffe::NetParameter saved = net.ToProto(true);
    EXPECT_EQ(saved.name(), param.name());
    EXPECT_NE(ParamsOf(net), ParamsOf(other));
    other.CopyFrom(saved);
    EXPECT_EQ(ParamsOf(net), ParamsOf(other));
    EXPECT_EQ(ParamsOf(net, true), ParamsOf(other, true));  // Diffs were asked for.
    EXPECT_EQ(net.ToProto(false).layer(2).blobs(0).diff_size(), 0);
    EXPECT_EQ(net.ToProto(false).SerializeAsString(), other.ToProto(false).SerializeAsString());
    // Like a net that starts with its parameters.
    caffe::NetParameter filled = param;
    for (auto& layer : *filled.mutable_layer()) {
      for (const auto& source : saved.layer()) {
        if (source.name() == layer.name()) *layer.mutable_blobs() = source.blobs();
      }
    }
    Net third(filled, 3, 0, kNoHost);
    EXPECT_EQ(ParamsOf(net), ParamsOf(third));
  }
}

TEST(NetTest, CopiesByLayerNameAndLeavesTheRest) {
  Net net(SmallNet(), 1, 0, kNoHost), other(SmallNet(), 2, 0, kNoHost);
  caffe::NetParameter saved = net.ToProto(false);
  for (auto& layer : *saved.mutable_layer()) {
    if (layer.name() == "ip2") layer.set_name("other");
  }
  const Values before = Copy(NodeOf(other, "ip2").layer->blobs()[0]->data());
  other.CopyFrom(saved);
  EXPECT_EQ(Copy(NodeOf(net, "ip1").layer->blobs()[0]->data()),
            Copy(NodeOf(other, "ip1").layer->blobs()[0]->data()));
  EXPECT_EQ(before, Copy(NodeOf(other, "ip2").layer->blobs()[0]->data()));
}

std::string CopyError(Net& net, const caffe::NetParameter& saved, std::string* layer = nullptr) {
  try {
    net.CopyFrom(saved);
  } catch (const Error& error) {
    if (layer != nullptr) *layer = error.layer();
    return error.what();
  }
  return "";
}

TEST(NetTest, RefusesParametersThatDoNotFitAndCopiesNone) {
  Net net(SmallNet(), 1, 0, kNoHost), other(SmallNet(), 2, 0, kNoHost);
  const Values before = ParamsOf(net);
  const caffe::NetParameter good = other.ToProto(false);
  std::string layer;
  // The first layer fits in each of these; the second does not.
  caffe::NetParameter bad = good;
  auto* blob = bad.mutable_layer(4)->mutable_blobs(0);
  blob->mutable_shape()->set_dim(0, 3);
  EXPECT_EQ(CopyError(net, bad, &layer),
            "Parameter 0 does not fit: Expected shape 2 5 (10) but found 3 5 (15); to train it "
            "anew instead, give the layer another name");
  EXPECT_EQ(layer, "ip2");
  bad = good;
  bad.mutable_layer(4)->mutable_blobs(0)->mutable_data()->RemoveLast();
  EXPECT_NE(CopyError(net, bad).find("Expected 10 values but found 9"), std::string::npos);
  bad = good;
  bad.mutable_layer(4)->mutable_blobs()->RemoveLast();
  EXPECT_EQ(CopyError(net, bad), "Expected 2 parameter blobs for the layer but found 1");
  bad = good;
  bad.mutable_layer(4)->mutable_blobs(0)->mutable_shape()->set_dim(0, -7);
  EXPECT_NE(CopyError(net, bad).find("-7"), std::string::npos);
  bad.mutable_layer(4)->mutable_blobs(0)->mutable_shape()->set_dim(0, (int64_t{1} << 32) + 2);
  EXPECT_NE(CopyError(net, bad).find("4294967298"), std::string::npos);
  bad = good;
  bad.add_layers();
  EXPECT_NE(CopyError(net, bad).find("old form"), std::string::npos);
  EXPECT_EQ(before, ParamsOf(net));
  EXPECT_EQ(CopyError(net, good), "");
  EXPECT_EQ(ParamsOf(net), ParamsOf(other));
}

TEST(NetTest, ReadsBlobsOfOlderFiles) {
  Net net(SmallNet(), 1, 0, kNoHost), other(SmallNet(), 2, 0, kNoHost);
  caffe::NetParameter saved = other.ToProto(false);
  for (auto& layer : *saved.mutable_layer()) {
    for (auto& blob : *layer.mutable_blobs()) {
      const auto dims = blob.shape().dim();
      blob.clear_shape();
      blob.set_num(1);
      blob.set_channels(1);
      blob.set_height(dims.size() > 1 ? static_cast<int>(dims[0]) : 1);
      blob.set_width(static_cast<int>(dims[dims.size() - 1]));
      // Doubles, as a double-precision net writes them.
      for (const float v : blob.data()) blob.add_double_data(static_cast<double>(v));
      blob.clear_data();
    }
  }
  net.CopyFrom(saved);
  EXPECT_EQ(ParamsOf(net), ParamsOf(other));
  saved.mutable_layer(4)->mutable_blobs(0)->set_channels(2);
  EXPECT_NE(CopyError(net, saved).find("found 1 2 2 5 (20)"), std::string::npos);
}

// Caffe stores no shape for a blob without axes, such as that of a Scale layer with axis 0 and
// num_axes 0.
TEST(NetTest, TakesAScalarParameter) {
  caffe::NetParameter param;
  AddInput(param, "data", {2, 3});
  auto& layer = AddLayer(param, "scale", "Scale", {"data"}, {"scale"});
  layer.mutable_scale_param()->set_axis(0);
  layer.mutable_scale_param()->set_num_axes(0);
  layer.mutable_scale_param()->mutable_filler()->set_type("uniform");
  Net net(param, 1, 0, kNoHost);
  ASSERT_EQ(net.learnables()[0].blob->shape(), Shape());
  caffe::NetParameter saved = net.ToProto(true);
  net.CopyFrom(saved);
  saved.mutable_layer(1)->mutable_blobs(0)->clear_shape();
  saved.mutable_layer(1)->mutable_blobs(0)->set_data(0, 42);
  net.CopyFrom(saved);
  EXPECT_EQ(net.learnables()[0].blob->data().Read()[0], 42);
}

TEST(NetTest, SharesItsParametersWithAnotherNet) {
  Net train(ConvNet(), 1, 0, kNoHost);
  caffe::NetParameter param = ConvNet();
  param.mutable_state()->set_phase(caffe::TEST);
  param.mutable_layer(0)->mutable_input_param()->mutable_shape(0)->set_dim(0, 9);
  param.mutable_layer(1)->mutable_input_param()->mutable_shape(0)->set_dim(0, 9);
  auto test = std::make_unique<Net>(param, 2, 1, kNoHost);
  test->ShareWith(train);
  EXPECT_EQ(ParamsOf(train), ParamsOf(*test));
  SetInputs(train);
  SetInputs(*test);
  for (int i = 0; i < 3; ++i) {
    ClearAndRun(train);
    test->Forward();
    // A change in one net is seen by the other.
    train.learnables()[0].blob->data().ReadWrite()[5] = static_cast<float>(i);
    EXPECT_EQ(NodeOf(*test, "conv1").layer->blobs()[0]->data().Read()[5], static_cast<float>(i));
  }
  test.reset();
  EXPECT_NO_THROW(ClearAndRun(train));

  param = SmallNet();
  Net small(param, 1, 0, kNoHost);
  param.mutable_layer(2)->mutable_inner_product_param()->set_num_output(6);
  Net other(param, 1, 0, kNoHost);
  EXPECT_THROW(other.ShareWith(small), Error);
}

}  // namespace
}  // namespace crema::test
