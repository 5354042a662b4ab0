// Parameters of a net: shared, saved and copied.
#include <cmath>
#include <functional>

#include "engine/tests/net_builder.h"
#include "engine/tests/net_checks.h"

namespace crema::test {
namespace {

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
