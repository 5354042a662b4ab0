#include "engine/embedded/net/insert_splits.h"

#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

// "name: bottoms -> tops" for every layer.
std::vector<std::string> Lines(const caffe::NetParameter& net) {
  std::vector<std::string> lines;
  for (const auto& layer : net.layer()) {
    std::string line = layer.name() + ":";
    for (const auto& bottom : layer.bottom()) line += " " + bottom;
    line += " ->";
    for (const auto& top : layer.top()) line += " " + top;
    for (const float weight : layer.loss_weight()) line += StrCat(" *", weight);
    lines.push_back(line);
  }
  return lines;
}

TEST(InsertSplitsTest, LeavesANetWithoutSharedTops) {
  const caffe::NetParameter net = SmallNet();
  EXPECT_EQ(InsertSplits(net).SerializeAsString(), net.SerializeAsString());
}

TEST(InsertSplitsTest, NamesSplitsAsCaffeDoes) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 3});
  AddInnerProduct(net, "a", "data", 2);
  AddInnerProduct(net, "b", "data", 2);
  AddInnerProduct(net, "c", "data", 2);
  AddLayer(net, "loss", "EuclideanLoss", {"a", "b"}, {"loss"});
  EXPECT_EQ(Lines(InsertSplits(net)),
            (std::vector<std::string>{
                "data: -> data",
                "data_data_0_split: data -> data_data_0_split_0 data_data_0_split_1 "
                "data_data_0_split_2",
                "a: data_data_0_split_0 -> a", "b: data_data_0_split_1 -> b",
                "c: data_data_0_split_2 -> c", "loss: a b -> loss"}));
  EXPECT_EQ(InsertSplits(net).layer(1).type(), "Split");
}

TEST(InsertSplitsTest, SplitsAfterTheLastLayerInPlace) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 3});
  AddInnerProduct(net, "ip", "data", 2);
  AddLayer(net, "relu", "ReLU", {"ip"}, {"ip"});
  AddInnerProduct(net, "a", "ip", 2);
  AddInnerProduct(net, "b", "ip", 2);
  EXPECT_EQ(Lines(InsertSplits(net)),
            (std::vector<std::string>{"data: -> data", "ip: data -> ip", "relu: ip -> ip",
                                      "ip_relu_0_split: ip -> ip_relu_0_split_0 ip_relu_0_split_1",
                                      "a: ip_relu_0_split_0 -> a", "b: ip_relu_0_split_1 -> b"}));
}

TEST(InsertSplitsTest, ALayerMayTakeATopTwice) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 3});
  AddLayer(net, "sum", "Eltwise", {"data", "data"}, {"sum"});
  EXPECT_EQ(Lines(InsertSplits(net))[2], "sum: data_data_0_split_0 data_data_0_split_1 -> sum");
}

TEST(InsertSplitsTest, ALossWeightTakesTheFirstPart) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 3});
  AddInput(net, "label", {2, 3});
  AddLayer(net, "loss", "EuclideanLoss", {"data", "label"}, {"loss"}).add_loss_weight(3);
  AddLayer(net, "log", "Power", {"loss"}, {"log"});
  EXPECT_EQ(Lines(InsertSplits(net)),
            (std::vector<std::string>{
                "data: -> data", "label: -> label", "loss: data label -> loss *0",
                "loss_loss_0_split: loss -> loss_loss_0_split_0 loss_loss_0_split_1 *3 *0",
                "log: loss_loss_0_split_1 -> log"}));
}

TEST(InsertSplitsTest, KeepsTheOtherWeightsOfALayer) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 4});
  auto& slice = AddLayer(net, "slice", "Slice", {"data"}, {"a", "b"});
  slice.add_loss_weight(2);
  slice.add_loss_weight(5);
  AddLayer(net, "use_a", "Power", {"a"}, {"c"});
  AddLayer(net, "use_b", "Power", {"b"}, {"d"});
  const auto lines = Lines(InsertSplits(net));
  EXPECT_EQ(lines[1], "slice: data -> a b *0 *0");
  EXPECT_EQ(lines[2], "a_slice_0_split: a -> a_slice_0_split_0 a_slice_0_split_1 *2 *0");
  EXPECT_EQ(lines[3], "b_slice_1_split: b -> b_slice_1_split_0 b_slice_1_split_1 *5 *0");
  net.mutable_layer()->RemoveLast();
  EXPECT_EQ(Lines(InsertSplits(net))[1], "slice: data -> a b *0 *5");
}

TEST(InsertSplitsTest, RefusesABottomThatNoLayerMakes) {
  caffe::NetParameter net;
  AddInput(net, "data", {2, 3});
  AddInnerProduct(net, "ip", "dtaa", 2);
  try {
    InsertSplits(net);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "Expected bottom 'dtaa' of layer 'ip' to be the top of a layer before it but "
                 "found none of that name");
    EXPECT_EQ(error.layer(), "ip");
  }
}

}  // namespace
}  // namespace crema::test
