#include "engine/embedded/net/net.h"

#include <cmath>
#include <functional>

#include "engine/tests/net_builder.h"
#include "engine/tests/net_checks.h"

namespace crema::test {
namespace {

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

}  // namespace
}  // namespace crema::test
