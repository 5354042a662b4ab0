#include "engine/embedded/plan/plan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "engine/embedded/core/options.h"
#include "engine/embedded/layers/winograd_convolution.h"
#include "engine/embedded/plan/plan_text.h"
#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

struct NormShape {
  bool in_place = true, rectifies = true, bias = true, global = false;
  int channels = 16;
};

// data -> convolution -> BatchNorm, Scale, ReLU -> convolution -> loss.
caffe::NetParameter NormNet(const NormShape& shape, caffe::Phase phase = caffe::TRAIN) {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(phase);
  AddInput(net, "data", {3, 4, 7, 9});
  AddConvolution(net, "a", "data", shape.channels, 3);
  const std::string blob = shape.in_place ? "a" : "n";
  auto& norm = AddLayer(net, "norm", "BatchNorm", {"a"}, {blob});
  if (shape.global) norm.mutable_batch_norm_param()->set_use_global_stats(true);
  auto& scale = *AddLayer(net, "scale", "Scale", {blob}, {blob}).mutable_scale_param();
  scale.mutable_filler()->set_type("gaussian");
  scale.mutable_filler()->set_mean(0.5f);
  scale.set_bias_term(shape.bias);
  if (shape.bias) {
    scale.mutable_bias_filler()->set_type("gaussian");
    scale.mutable_bias_filler()->set_std(0.3f);
  }
  if (shape.rectifies) AddLayer(net, "relu", "ReLU", {blob}, {blob});
  AddConvolution(net, "b", blob, 5, 3);
  AddInput(net, "label", {3, 5, 3, 5});
  AddLayer(net, "loss", "EuclideanLoss", {"b", "label"}, {"loss"});
  return net;
}

// Everything that passes leave behind.
struct Outcome {
  float loss;
  Values blobs, params, diffs;
};

Outcome RunOnce(Net& net) {
  SetInputs(net);
  Outcome outcome;
  net.ClearDiffs();
  outcome.loss = net.Forward();
  for (const auto& blob : net.blobs()) {
    const Values values = Copy(blob->data());
    outcome.blobs.insert(outcome.blobs.end(), values.begin(), values.end());
  }
  net.Backward();
  outcome.params = ParamsOf(net);
  outcome.diffs = ParamsOf(net, true);
  return outcome;
}

void ExpectCloseValues(const Values& expected, const Values& found) {
  ASSERT_EQ(expected.size(), found.size());
  double squares = 0;
  for (const float value : expected) squares += static_cast<double>(value) * value;
  const double rms = std::sqrt(squares / static_cast<double>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(expected[i], found[i], 1e-5 * (rms + std::fabs(expected[i]))) << "at " << i;
}

// The same bits forward, and the same gradients but for rounding.
void ExpectSameBits(const Outcome& expected, const Outcome& found) {
  EXPECT_EQ(expected.loss, found.loss);
  EXPECT_EQ(expected.blobs, found.blobs);
  EXPECT_EQ(expected.params, found.params);
  ExpectCloseValues(expected.diffs, found.diffs);
}

std::string NormName(const NormShape& s) {
  return StrCat(s.in_place ? "in place" : "beside", s.rectifies ? ", rectified" : "",
                s.bias ? ", bias" : "", s.global ? ", global" : "", ", ", s.channels, " channels");
}

const NormShape kNormShapes[] = {
    {},
    {.in_place = false},
    {.rectifies = false},
    {.bias = false},
    {.global = true},
    {.channels = 3},  // plain memory
    {.in_place = false, .rectifies = false, .channels = 13},
    {.global = true, .channels = 5},
};

TEST(PlanTest, BatchNormScaleAndRectifierGiveWhatTheyGiveOneByOne) {
  for (const NormShape& shape : kNormShapes) {
    SCOPED_TRACE(NormName(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net alone(param, 1, 0, kNoHost);
    {
      const WithOptions with({.fuse = false});
      Net one_by_one(param, 1, 0, kNoHost);
      ASSERT_TRUE(one_by_one.plan().groups().empty());
      ASSERT_EQ(alone.plan().groups().size(), 1u);
      for (int pass = 0; pass < 2; ++pass) ExpectSameBits(RunOnce(one_by_one), RunOnce(alone));
      // The gradient that reaches the layer below.
      ExpectCloseValues(Copy(BlobOf(one_by_one, "a").diff()), Copy(BlobOf(alone, "a").diff()));
    }
    EXPECT_TRUE(alone.plan().groups()[0].ran);
  }
}

TEST(PlanTest, BlobsThatSomebodyHoldsStayWhereTheyAre) {
  for (const NormShape& shape : kNormShapes) {
    SCOPED_TRACE(NormName(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net together(param, 1, 0, kNoHost);
    const float* held = BlobOf(together, "a").PinData();
    const float* diff = BlobOf(together, "a").PinDiff();
    const WithOptions with({.fuse = false});
    Net one_by_one(param, 1, 0, kNoHost);
    BlobOf(one_by_one, "a").PinData();  // In the plain layout, sums are taken in another order.
    BlobOf(one_by_one, "a").PinDiff();
    ExpectSameBits(RunOnce(one_by_one), RunOnce(together));
    const Values data = Copy(BlobOf(one_by_one, "a").data());
    EXPECT_EQ(data, Values(held, held + data.size()));
    ExpectCloseValues(Copy(BlobOf(one_by_one, "a").diff()), Values(diff, diff + data.size()));
    EXPECT_FALSE(together.plan().groups()[0].ran);
  }
}

// Runs forward, lets `change` do something, and runs backward, with and without a plan.
template <class Change>
void ExpectSameAfter(const caffe::NetParameter& param, const Change& change) {
  Net together(param, 1, 0, kNoHost);
  const WithOptions with({.fuse = false});
  Net one_by_one(param, 1, 0, kNoHost);
  for (Net* net : {&together, &one_by_one}) {
    SetInputs(*net);
    net->ClearDiffs();
    net->Forward();
    change(*net);
    net->Backward();
  }
  ExpectCloseValues(ParamsOf(one_by_one, true), ParamsOf(together, true));
  ExpectCloseValues(Copy(BlobOf(one_by_one, "a").diff()), Copy(BlobOf(together, "a").diff()));
  EXPECT_EQ(ParamsOf(one_by_one), ParamsOf(together));
}

TEST(PlanTest, WhatIsWrittenBetweenThePassesCounts) {
  for (const NormShape& shape : kNormShapes) {
    SCOPED_TRACE(NormName(shape));
    const caffe::NetParameter param = NormNet(shape);
    const auto halve = [](float* values, int64_t count) {
      for (int64_t i = 0; i < count; ++i) values[i] *= i % 2 == 0 ? 0.5f : -1.0f;
    };
    ExpectSameAfter(param, [&](Net& net) {
      Blob& blob = BlobOf(net, shape.in_place ? "a" : "n");
      halve(blob.PinData(), blob.count());
    });
    ExpectSameAfter(param, [&](Net& net) {
      Blob& gamma = *NodeOf(net, "scale").layer->blobs()[0];
      halve(gamma.PinData(), gamma.count());
    });
  }
}

TEST(PlanTest, ForwardFromTheMiddleTakesTheBlobAsItIs) {
  const caffe::NetParameter param = NormNet({});
  const auto middle = [](Net& net) {
    int index = 0;
    while (net.nodes()[static_cast<size_t>(index)].layer->name() != "scale") ++index;
    return index;
  };
  ExpectSameAfter(param, [&](Net& net) {
    Blob& blob = BlobOf(net, "a");
    const Values fives(static_cast<size_t>(blob.count()), 5.0f);
    std::copy(fives.begin(), fives.end(), blob.data().Write());
    net.Forward(middle(net), middle(net));
  });
  // Backward in parts changes no values.
  Net net(param, 1, 0, kNoHost);
  const Values before = RunOnce(net).blobs;
  Net parts(param, 1, 0, kNoHost);
  SetInputs(parts);
  parts.Forward();
  parts.Backward(static_cast<int>(parts.nodes().size()) - 1, middle(parts));
  Values after;
  for (const auto& blob : parts.blobs()) {
    const Values values = Copy(blob->data());
    after.insert(after.end(), values.begin(), values.end());
  }
  EXPECT_EQ(before, after);
}

TEST(PlanTest, WhatWasKeptForOtherShapesIsForgotten) {
  for (const int rows : {5, 12}) {
    Net net(NormNet({}), 1, 0, kNoHost);
    RunOnce(net);
    BlobOf(net, "data").Reshape({2, 4, rows, 6});
    BlobOf(net, "label").Reshape({2, 5, rows - 4, 2});
    net.Reshape();
    int index = 0;
    while (net.nodes()[static_cast<size_t>(index)].layer->name() != "scale") ++index;
    EXPECT_THROW(net.Backward(static_cast<int>(net.nodes().size()) - 1, index), Error);
    net.Forward(index, static_cast<int>(net.nodes().size()) - 1);
    net.Forward();
    net.Backward();
  }
}

TEST(PlanTest, InfinityHasNoGradientOfItsOwnWithFixedStatistics) {
  caffe::NetParameter param;
  AddInput(param, "data", {1, 1, 2, 2});
  param.set_force_backward(true);
  AddLayer(param, "norm", "BatchNorm", {"data"}, {"data"})
      .mutable_batch_norm_param()
      ->set_use_global_stats(true);
  AddLayer(param, "scale", "Scale", {"data"}, {"data"});
  AddInput(param, "label", {1, 1, 2, 2});
  AddLayer(param, "loss", "EuclideanLoss", {"data", "label"}, {"loss"});
  Net net(param, 1, 0, kNoHost);
  ASSERT_EQ(net.plan().groups().size(), 1u);
  NodeOf(net, "norm").layer->blobs()[1]->data().Write()[0] = 1.0f;
  NodeOf(net, "norm").layer->blobs()[2]->data().Write()[0] = 1.0f;
  const Values values = {1, std::numeric_limits<float>::infinity(), -2, 2};
  std::copy(values.begin(), values.end(), BlobOf(net, "data").data().Write());
  net.Forward();
  const Values diff = {1, 1, 1, 1};
  std::copy(diff.begin(), diff.end(), BlobOf(net, "data").diff().Write());
  net.Backward(static_cast<int>(net.nodes().size()) - 2, 0);
  for (const float value : Copy(BlobOf(net, "data").diff())) EXPECT_NEAR(value, 1.0f, 1e-4f);
}

TEST(PlanTest, FixedStatisticsDoNotNeedABottomThatIsOverwritten) {
  NormShape shape;
  shape.in_place = false;
  shape.global = true;
  Net net(NormNet(shape), 1, 0, kNoHost);
  EXPECT_TRUE(net.plan().groups().empty());
}

TEST(PlanTest, LayersCanRunBackwardOneByOneAfterTheyRanTogether) {
  for (const NormShape& shape : kNormShapes) {
    SCOPED_TRACE(NormName(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net parts(param, 1, 0, kNoHost), whole(param, 1, 0, kNoHost);
    const Outcome expected = RunOnce(whole);
    SetInputs(parts);
    parts.ClearDiffs();
    EXPECT_EQ(parts.Forward(), expected.loss);
    for (int i = static_cast<int>(parts.nodes().size()) - 1; i >= 0; --i) parts.Backward(i, i);
    ExpectCloseValues(expected.diffs, ParamsOf(parts, true));
    // The batch was counted once.
    EXPECT_EQ(expected.params, ParamsOf(parts));
    const Outcome again = RunOnce(parts);
    EXPECT_EQ(again.loss, RunOnce(whole).loss);
  }
}

TEST(PlanTest, LayersCanRunForwardOneByOneAndBackwardTogether) {
  const caffe::NetParameter param = NormNet({});
  Net parts(param, 1, 0, kNoHost), whole(param, 1, 0, kNoHost);
  const Outcome expected = RunOnce(whole);
  SetInputs(parts);
  parts.ClearDiffs();
  for (int i = 0; i < static_cast<int>(parts.nodes().size()); ++i) parts.Forward(i, i);
  parts.Backward();
  EXPECT_EQ(expected.params, ParamsOf(parts));
  ExpectCloseValues(expected.diffs, ParamsOf(parts, true));
}

TEST(PlanTest, BatchNormInTestUsesTheRunningStatistics) {
  const caffe::NetParameter train = NormNet({}), test = NormNet({}, caffe::TEST);
  Net learned(train, 1, 0, kNoHost);
  RunOnce(learned);
  Net together(test, 1, 0, kNoHost);
  const WithOptions with({.fuse = false});
  Net one_by_one(test, 1, 0, kNoHost);
  for (Net* net : {&together, &one_by_one}) {
    net->ShareWith(learned);
    SetInputs(*net);
  }
  EXPECT_EQ(one_by_one.Forward(), together.Forward());
  EXPECT_EQ(together.plan().groups().size(), 1u);
}

TEST(PlanTest, LeavesAloneWhatIsNoPattern) {
  const auto groups = [](const caffe::NetParameter& param) {
    return Net(param, 1, 0, kNoHost).plan().groups().size();
  };
  caffe::NetParameter axis = NormNet({});
  for (auto& layer : *axis.mutable_layer()) {
    if (layer.type() == "Scale") layer.mutable_scale_param()->set_num_axes(2);
  }
  EXPECT_EQ(groups(axis), 0u);
  caffe::NetParameter leaky = NormNet({});
  for (auto& layer : *leaky.mutable_layer()) {
    if (layer.type() == "ReLU") layer.mutable_relu_param()->set_negative_slope(0.1f);
  }
  Net net(leaky, 1, 0, kNoHost);
  ASSERT_EQ(net.plan().groups().size(), 1u);
  EXPECT_EQ(net.plan().groups()[0].end - net.plan().groups()[0].begin, 2u);
}

TEST(PlanTest, SumsAndConvolutionsRectifyWhileTheyWrite) {
  caffe::NetParameter param;
  AddInput(param, "data", {2, 16, 12, 10});
  AddConvolution(param, "a", "data", 16, 3);
  AddLayer(param, "relu_a", "ReLU", {"a"}, {"a"});
  AddConvolution(param, "b", "data", 16, 3);
  AddLayer(param, "sum", "Eltwise", {"a", "b"}, {"sum"});
  AddLayer(param, "relu_sum", "ReLU", {"sum"}, {"sum"});
  AddInput(param, "label", {2, 16, 10, 8});
  AddLayer(param, "loss", "EuclideanLoss", {"sum", "label"}, {"loss"});
  for (const WinogradUse use : {WinogradUse::kNever, WinogradUse::kWherePossible}) {
    const WithOptions with({.winograd = use});
    Net together(param, 1, 0, kNoHost);
    Options().fuse = false;
    Net one_by_one(param, 1, 0, kNoHost);
    ExpectSameBits(RunOnce(one_by_one), RunOnce(together));
    ASSERT_EQ(together.plan().groups().size(), 2u);
    EXPECT_TRUE(together.plan().groups()[1].ran);
  }
}

TEST(PlanTest, ANetKeepsItsOptionsForOtherShapes) {
  if (WinogradConvolution::Lanes() == 0) GTEST_SKIP() << "No kernels for these vectors.";
  caffe::NetParameter param;
  AddInput(param, "data", {2, 16, 12, 10});
  AddConvolution(param, "conv", "data", 16, 3);
  std::optional<WithOptions> with{std::in_place,
                                  EngineOptions{.winograd = WinogradUse::kWherePossible}};
  Net net(param, 1, 0, kNoHost);
  with.reset();
  const auto way = [&] { return net.nodes()[1].layer->Algorithms()[0].second; };
  EXPECT_TRUE(way().starts_with("winograd")) << way();
  const WithOptions other({.winograd = WinogradUse::kNever});
  net.blobs()[0]->Reshape({3, 16, 9, 9});
  net.Forward();
  EXPECT_TRUE(way().starts_with("winograd")) << way();
  net.blobs()[0]->Reshape({1, 16, 9, 9});
  net.Reshape();
  EXPECT_TRUE(way().starts_with("winograd")) << way();
}

TEST(PlanTest, SaysWhatItDoes) {
  Net net(NormNet({}), 1, 0, kNoHost);
  RunOnce(net);
  const std::string text = PlanText(net);
  EXPECT_NE(text.find("{\"layers\":[\"norm\",\"scale\",\"relu\"],\"fusion\":\"batch norm, scale, "
                      "rectifier\",\"fused\":true,\"algorithms\":{}"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("{\"layers\":[\"a\"],\"fusion\":null,\"fused\":false,\"algorithms\":{"
                      "\"forward\":"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace crema::test
