#include "engine/embedded/plan/plan.h"

#include <cmath>

#include "engine/embedded/core/options.h"
#include "engine/embedded/plan/plan_text.h"
#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

// How nets are computed while it lives.
class WithOptions {
 public:
  explicit WithOptions(EngineOptions options) : before_(Options()) { Options() = options; }
  ~WithOptions() { Options() = before_; }
  WithOptions(const WithOptions&) = delete;
  WithOptions& operator=(const WithOptions&) = delete;

 private:
  const EngineOptions before_;
};

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

void ExpectClose(const Values& expected, const Values& found) {
  ASSERT_EQ(expected.size(), found.size());
  double squares = 0;
  for (const float value : expected) squares += static_cast<double>(value) * value;
  const double rms = std::sqrt(squares / static_cast<double>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(expected[i], found[i], 1e-5 * (rms + std::fabs(expected[i]))) << "at " << i;
}

// The same bits forward, and the same gradients but for rounding.
void ExpectSame(const Outcome& expected, const Outcome& found) {
  EXPECT_EQ(expected.loss, found.loss);
  EXPECT_EQ(expected.blobs, found.blobs);
  EXPECT_EQ(expected.params, found.params);
  ExpectClose(expected.diffs, found.diffs);
}

std::string NameOf(const NormShape& s) {
  return StrCat(s.in_place ? "in place" : "beside", s.rectifies ? ", rectified" : "",
                s.bias ? ", bias" : "", s.global ? ", global" : "", ", ", s.channels, " channels");
}

const NormShape kShapes[] = {
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
  for (const NormShape& shape : kShapes) {
    SCOPED_TRACE(NameOf(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net alone(param, 1, 0, kNoHost);
    {
      const WithOptions with({.fuse = false});
      Net one_by_one(param, 1, 0, kNoHost);
      ASSERT_TRUE(one_by_one.plan().groups().empty());
      ASSERT_EQ(alone.plan().groups().size(), 1u);
      for (int pass = 0; pass < 2; ++pass) ExpectSame(RunOnce(one_by_one), RunOnce(alone));
      // The gradient that reaches the layer below.
      ExpectClose(Copy(BlobOf(one_by_one, "a").diff()), Copy(BlobOf(alone, "a").diff()));
    }
    EXPECT_TRUE(alone.plan().groups()[0].ran);
  }
}

TEST(PlanTest, BlobsThatSomebodyHoldsStayWhereTheyAre) {
  for (const NormShape& shape : kShapes) {
    SCOPED_TRACE(NameOf(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net together(param, 1, 0, kNoHost);
    const float* held = BlobOf(together, "a").PinData();
    const float* diff = BlobOf(together, "a").PinDiff();
    const WithOptions with({.fuse = false});
    Net one_by_one(param, 1, 0, kNoHost);
    BlobOf(one_by_one, "a").PinData();  // In the plain layout, sums are taken in another order.
    BlobOf(one_by_one, "a").PinDiff();
    ExpectSame(RunOnce(one_by_one), RunOnce(together));
    const Values data = Copy(BlobOf(one_by_one, "a").data());
    EXPECT_EQ(data, Values(held, held + data.size()));
    ExpectClose(Copy(BlobOf(one_by_one, "a").diff()), Values(diff, diff + data.size()));
  }
}

TEST(PlanTest, LayersCanRunBackwardOneByOneAfterTheyRanTogether) {
  for (const NormShape& shape : kShapes) {
    SCOPED_TRACE(NameOf(shape));
    const caffe::NetParameter param = NormNet(shape);
    Net parts(param, 1, 0, kNoHost), whole(param, 1, 0, kNoHost);
    const Outcome expected = RunOnce(whole);
    SetInputs(parts);
    parts.ClearDiffs();
    EXPECT_EQ(parts.Forward(), expected.loss);
    for (int i = static_cast<int>(parts.nodes().size()) - 1; i >= 0; --i) parts.Backward(i, i);
    ExpectClose(expected.diffs, ParamsOf(parts, true));
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
  ExpectClose(expected.diffs, ParamsOf(parts, true));
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
    ExpectSame(RunOnce(one_by_one), RunOnce(together));
    ASSERT_EQ(together.plan().groups().size(), 2u);
    EXPECT_TRUE(together.plan().groups()[1].ran);
  }
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
