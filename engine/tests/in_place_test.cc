// Layers that work in place over values that a gradient needs: the same results as with blobs of
// their own.
#include <algorithm>
#include <cmath>
#include <functional>

#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

struct Kind {
  std::string name, type;
  std::function<void(caffe::LayerParameter&)> set = [](caffe::LayerParameter&) {};
};

void SetPower(caffe::LayerParameter& layer, float power, float scale, float shift) {
  layer.mutable_power_param()->set_power(power);
  layer.mutable_power_param()->set_scale(scale);
  layer.mutable_power_param()->set_shift(shift);
}

void SetGaussian(caffe::FillerParameter& filler) {
  filler.set_type("gaussian");
  filler.set_mean(0.7f);
  filler.set_std(0.5f);
}

// A top of as many values as the bottom has.
void SetRecurrent(caffe::LayerParameter& layer) {
  layer.mutable_recurrent_param()->set_num_output(9);
  SetGaussian(*layer.mutable_recurrent_param()->mutable_weight_filler());
}

// The layers that may work in place.
const Kind kInPlace[] = {
    {"BatchNorm", "BatchNorm"},
    {"Bias", "Bias", [](auto& l) { SetGaussian(*l.mutable_bias_param()->mutable_filler()); }},
    {"BNLL", "BNLL"},
    {"Clip", "Clip",
     [](auto& l) {
       l.mutable_clip_param()->set_min(-0.5f);
       l.mutable_clip_param()->set_max(0.75f);
     }},
    {"Clip, above 0", "Clip",
     [](auto& l) {
       l.mutable_clip_param()->set_min(0.25f);
       l.mutable_clip_param()->set_max(6);
     }},
    {"Dropout", "Dropout"},
    {"ELU", "ELU"},
    {"ELU, rising below 0", "ELU", [](auto& l) { l.mutable_elu_param()->set_alpha(-0.7f); }},
    {"Exp", "Exp", [](auto& l) { l.mutable_exp_param()->set_scale(-0.1f); }},
    {"HardSigmoid", "HardSigmoid"},
    {"HardSwish", "HardSwish"},
    {"LRN", "LRN",
     [](auto& l) {
       l.mutable_lrn_param()->set_local_size(3);
       l.mutable_lrn_param()->set_alpha(1);
     }},
    {"Log", "Log",
     [](auto& l) {
       l.mutable_log_param()->set_scale(0.001f);
       l.mutable_log_param()->set_shift(3);
     }},
    {"MVN", "MVN"},
    {"MVN, the mean alone", "MVN",
     [](auto& l) { l.mutable_mvn_param()->set_normalize_variance(false); }},
    {"PReLU", "PReLU", [](auto& l) { SetGaussian(*l.mutable_prelu_param()->mutable_filler()); }},
    {"Power, linear", "Power", [](auto& l) { SetPower(l, 1, -2, 0.3f); }},
    {"Power, scaled", "Power", [](auto& l) { SetPower(l, 1, 2, 0); }},
    {"Power, square", "Power", [](auto& l) { SetPower(l, 2, 1, 0.5f); }},
    {"Power, cubic", "Power", [](auto& l) { SetPower(l, 3, 0.5f, 0.2f); }},
    {"Power, constant", "Power", [](auto& l) { SetPower(l, 0, 1, 0); }},
    {"ReLU", "ReLU"},
    {"ReLU6", "ReLU6"},
    {"ReLU, leaky", "ReLU", [](auto& l) { l.mutable_relu_param()->set_negative_slope(0.2f); }},
    {"Scale", "Scale",
     [](auto& l) {
       SetGaussian(*l.mutable_scale_param()->mutable_filler());
       l.mutable_scale_param()->set_bias_term(true);
     }},
    {"Sigmoid", "Sigmoid"},
    {"Softmax", "Softmax"},
    {"Swish", "Swish"},
    {"Swish, falling", "Swish", [](auto& l) { l.mutable_swish_param()->set_beta(-1); }},
    {"TanH", "TanH"},
};

// Layers that need a top of their own.
const Kind kApart[] = {
    {"AbsVal", "AbsVal"},
    {"Convolution", "Convolution",
     [](auto& l) {
       l.mutable_convolution_param()->set_num_output(4);
       l.mutable_convolution_param()->add_kernel_size(1);
       SetGaussian(*l.mutable_convolution_param()->mutable_weight_filler());
     }},
    {"Crop", "Crop", [](auto& l) { l.add_bottom("other"); }},
    {"Deconvolution", "Deconvolution",
     [](auto& l) {
       l.mutable_convolution_param()->set_num_output(4);
       l.mutable_convolution_param()->add_kernel_size(3);
       l.mutable_convolution_param()->add_pad(1);
       SetGaussian(*l.mutable_convolution_param()->mutable_weight_filler());
     }},
    {"Eltwise, product", "Eltwise",
     [](auto& l) {
       l.add_bottom("other");
       l.mutable_eltwise_param()->set_operation(caffe::EltwiseParameter_EltwiseOp_PROD);
       l.mutable_eltwise_param()->set_stable_prod_grad(false);
     }},
    {"Eltwise, maximum", "Eltwise",
     [](auto& l) {
       l.add_bottom("other");
       l.mutable_eltwise_param()->set_operation(caffe::EltwiseParameter_EltwiseOp_MAX);
     }},
    {"Eltwise, sum", "Eltwise", [](auto& l) { l.add_bottom("other"); }},
    {"Flatten", "Flatten", [](auto& l) { l.mutable_flatten_param()->set_axis(2); }},
    {"Im2col", "Im2col", [](auto& l) { l.mutable_convolution_param()->add_kernel_size(1); }},
    {"LSTM", "LSTM",
     [](auto& l) {
       l.add_bottom("cont");
       SetRecurrent(l);
     }},
    {"Interp", "Interp",
     [](auto& l) {
       l.mutable_interp_param()->set_height(3);
       l.mutable_interp_param()->set_width(3);
     }},
    {"Permute", "Permute",
     [](auto& l) {
       for (const uint32_t axis : {0u, 1u, 3u, 2u}) l.mutable_permute_param()->add_order(axis);
     }},
    {"Pooling", "Pooling",
     [](auto& l) {
       l.mutable_pooling_param()->set_kernel_size(3);
       l.mutable_pooling_param()->set_pad(1);
     }},
    {"Pooling, average", "Pooling",
     [](auto& l) {
       l.mutable_pooling_param()->set_pool(caffe::PoolingParameter_PoolMethod_AVE);
       l.mutable_pooling_param()->set_kernel_size(3);
       l.mutable_pooling_param()->set_pad(1);
     }},
    {"Pooling, stochastic", "Pooling",
     [](auto& l) {
       l.mutable_pooling_param()->set_pool(caffe::PoolingParameter_PoolMethod_STOCHASTIC);
       l.mutable_pooling_param()->set_kernel_size(1);
     }},
    {"RNN", "RNN",
     [](auto& l) {
       l.add_bottom("cont");
       SetRecurrent(l);
     }},
    {"Scale by a bottom", "Scale", [](auto& l) { l.add_bottom("factor"); }},
    {"ShuffleChannel", "ShuffleChannel",
     [](auto& l) { l.mutable_shuffle_channel_param()->set_group(2); }},
    {"Squeeze", "Squeeze"},
    {"Tile", "Tile", [](auto& l) { l.mutable_tile_param()->set_tiles(1); }},
};

// x -> ip -> shaped -> first -> second -> loss, where `shaped` uses the memory of `ip`. `tops` are
// those of the two.
caffe::NetParameter PairNet(const Kind& first, const Kind& second, const Names& tops) {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(caffe::TRAIN);
  net.set_force_backward(true);
  AddInput(net, "x", {2, 5});
  AddInput(net, "other", {2, 4, 3, 3});
  AddInput(net, "factor", {4});
  AddInput(net, "cont", {2, 4});
  AddInput(net, "target", {2, 36});
  AddInnerProduct(net, "ip", "x", 36);
  auto& shape = *AddLayer(net, "shape", "Reshape", {"ip"}, {"shaped"})
                     .mutable_reshape_param()
                     ->mutable_shape();
  for (const int dim : {0, 4, 3, 3}) shape.add_dim(dim);
  first.set(AddLayer(net, "first", first.type, {"shaped"}, {tops[0]}));
  second.set(AddLayer(net, "second", second.type, {tops[0]}, {tops[1]}));
  AddLayer(net, "flat", "Flatten", {tops[1]}, {"flat"});
  AddLayer(net, "loss", "EuclideanLoss", {"flat", "target"}, {"loss"});
  return net;
}

// The loss, the parameters' gradients, and that of the input.
Values Results(const caffe::NetParameter& param, const Shape& later = {}) {
  Net net(param, 7, 0, kNoHost);
  SetInputs(net);
  net.Forward();
  if (!later.empty()) {
    net.Backward();
    BlobOf(net, "x").Reshape({later[0], 5});
    for (const char* name : {"other", "target", "cont"}) {
      Shape shape = BlobOf(net, name).shape();
      shape[0] = later[0];
      BlobOf(net, name).Reshape(shape);
    }
    SetInputs(net, 9);
  }
  net.ClearDiffs();
  Values results = {net.Forward()};
  net.Backward();
  for (const Values& more : {ParamsOf(net, true), Copy(BlobOf(net, "x").diff())}) {
    results.insert(results.end(), more.begin(), more.end());
  }
  return results;
}

void ExpectSame(const Values& expected, const Values& found) {
  ASSERT_EQ(expected.size(), found.size());
  double most = 1e-3;
  for (const float v : expected) most = std::max(most, std::fabs(static_cast<double>(v)));
  for (size_t i = 0; i < expected.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(expected[i]), static_cast<double>(found[i]), 1e-5 * most) << i;
  }
}

TEST(InPlaceTest, PairsOfLayersEqualThoseWithBlobsOfTheirOwn) {
  int pairs = 0;
  for (const auto* firsts : {kInPlace, kApart}) {
    const bool may = firsts == kInPlace;
    const size_t number = may ? std::size(kInPlace) : std::size(kApart);
    for (size_t i = 0; i < number; ++i) {
      for (const Kind& second : kInPlace) {
        const Kind& first = firsts[i];
        // They take or make four axes.
        const bool planar = first.type != "Flatten" && first.type != "LSTM" && first.type != "RNN";
        if (!planar && (second.type == "LRN" || second.type == "MVN")) continue;
        SCOPED_TRACE(first.name + ", then " + second.name);
        const Values expected = Results(PairNet(first, second, {"a", "b"}));
        ExpectSame(expected, Results(PairNet(first, second, {"a", "a"})));
        if (may) ExpectSame(expected, Results(PairNet(first, second, {"shaped", "shaped"})));
        ++pairs;
      }
    }
  }
  EXPECT_GT(pairs, 800);
}

TEST(InPlaceTest, SurvivesOtherShapes) {
  for (const int batch : {1, 7}) {
    for (const Kind& first : kInPlace) {
      SCOPED_TRACE(first.name);
      const Kind& second = *std::find_if(std::begin(kInPlace), std::end(kInPlace),
                                         [](const Kind& k) { return k.name == "Power, linear"; });
      const Values expected = Results(PairNet(first, second, {"a", "b"}), {batch});
      ExpectSame(expected, Results(PairNet(first, second, {"a", "a"}), {batch}));
      ExpectSame(expected, Results(PairNet(first, second, {"shaped", "shaped"}), {batch}));
    }
  }
}

// a -> Flatten -> f, changed in place: f uses the memory of a.
TEST(InPlaceTest, SeesTheBlobsThatUseTheSameMemory) {
  const auto make = [](const std::string& top, bool another) {
    caffe::NetParameter net;
    net.set_force_backward(true);
    AddInput(net, "x", {2, 5});
    AddInput(net, "target", {2, 6});
    AddInnerProduct(net, "ip", "x", 6);
    AddLayer(net, "act", "Sigmoid", {"ip"}, {"a"});
    AddLayer(net, "flat", "Flatten", {"a"}, {"f"});
    AddLayer(net, "twice", "Power", {"f"}, {top}).mutable_power_param()->set_scale(2);
    AddLayer(net, "loss", "EuclideanLoss", {top, "target"}, {"loss"});
    // Runs after `twice`, and takes what was there before it.
    if (another) AddLayer(net, "loss2", "EuclideanLoss", {"a", "target"}, {"loss2"});
    return net;
  };
  for (const bool another : {false, true}) {
    ExpectSame(Results(make("g", another)), Results(make("f", another)));
  }
}

// a and f, which uses its memory, are both bottoms of one layer that changes f in place.
TEST(InPlaceTest, SeesItsOwnBottomsThatUseTheSameMemory) {
  for (const char* view : {"Flatten", "Slice"}) {
    for (const char* type : {"Scale", "Bias"}) {
      SCOPED_TRACE(std::string(view) + ", then " + type);
      const auto make = [&](const std::string& top) {
        caffe::NetParameter net;
        net.set_force_backward(true);
        AddInput(net, "x", {2, 6});
        AddInput(net, "target", {2, 6});
        AddInnerProduct(net, "a", "x", 6);
        AddLayer(net, "view", view, {"a"}, {"f"});
        caffe::LayerParameter& layer = AddLayer(net, "changed", type, {"f", "a"}, {top});
        layer.mutable_scale_param()->set_axis(0);
        layer.mutable_bias_param()->set_axis(0);
        AddLayer(net, "loss", "EuclideanLoss", {top, "target"}, {"loss"});
        return net;
      };
      ExpectSame(Results(make("g")), Results(make("f")));
    }
  }
}

// x -> Sigmoid -> Power -> loss, both of them in place on what is put into the net.
TEST(InPlaceTest, TakesWhatIsPutIntoTheNet) {
  const auto make = [](const std::string& top) {
    caffe::NetParameter net;
    net.set_force_backward(true);
    AddInput(net, "x", {2, 5});
    AddInput(net, "target", {2, 5});
    AddLayer(net, "act", "Sigmoid", {"x"}, {top});
    AddLayer(net, "twice", "Power", {top}, {top}).mutable_power_param()->set_scale(2);
    AddLayer(net, "loss", "EuclideanLoss", {top, "target"}, {"loss"});
    return net;
  };
  for (const Shape& later : {Shape{}, Shape{1}, Shape{7}}) {
    const auto results = [&](const std::string& top) {
      Net net(make(top), 7, 0, kNoHost);
      SetInputs(net);
      net.Forward();
      net.Backward();
      if (!later.empty()) {
        for (const char* name : {"x", "target"}) BlobOf(net, name).Reshape({later[0], 5});
        net.Reshape();
      }
      SetInputs(net, 9);
      Values found = {net.Forward()};
      net.Backward();
      for (const Values& more : {Copy(BlobOf(net, top).data()), Copy(BlobOf(net, "x").diff())}) {
        found.insert(found.end(), more.begin(), more.end());
      }
      return found;
    };
    ExpectSame(results("a"), results("x"));
  }
}

TEST(InPlaceTest, LeavesTheSoftmaxThatALossNeeds) {
  const auto make = [](const std::string& top) {
    caffe::NetParameter net;
    net.set_force_backward(true);
    AddInput(net, "x", {2, 5});
    AddLayer(net, "label", "DummyData", {}, {"label"})
        .mutable_dummy_data_param()
        ->add_shape()
        ->add_dim(2);
    AddInnerProduct(net, "ip", "x", 6);
    AddLayer(net, "loss", "SoftmaxWithLoss", {"ip", "label"}, {"loss", "prob"});
    AddLayer(net, "twice", "Power", {"prob"}, {top}).mutable_power_param()->set_scale(2);
    return net;
  };
  ExpectSame(Results(make("other")), Results(make("prob")));
}

TEST(InPlaceTest, CostsNoMemoryWhereNothingIsLost) {
  caffe::NetParameter param;
  param.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(param, "data", {2, 3, 8, 8});
  AddInput(param, "target", {2, 4, 6, 6});
  AddConvolution(param, "conv", "data", 4, 3);
  const Names layers = {"BatchNorm", "Scale", "ReLU", "Dropout"};
  for (const auto& type : layers) AddLayer(param, type, type, {"conv"}, {"conv"});
  AddLayer(param, "loss", "EuclideanLoss", {"conv", "target"}, {"loss"});
  Net net(param, 1, 0, kNoHost);
  for (const auto& type : layers) {
    EXPECT_EQ(NodeOf(net, type).bottoms[0], NodeOf(net, type).tops[0]) << type;
  }
  // With a layer that overwrites what ReLU needs, the name stands for the last of the values.
  AddLayer(param, "sigmoid", "Sigmoid", {"conv"}, {"conv"});
  std::swap(*param.mutable_layer(7), *param.mutable_layer(8));
  Net other(param, 1, 0, kNoHost);
  EXPECT_EQ(other.blob_names(), (Names{"data", "target", "conv", "loss"}));
  EXPECT_NE(NodeOf(other, "sigmoid").bottoms[0], NodeOf(other, "sigmoid").tops[0]);
  EXPECT_EQ(&BlobOf(other, "conv"), NodeOf(other, "sigmoid").tops[0]);
  EXPECT_EQ(NodeOf(other, "sigmoid").bottom_ids, NodeOf(other, "sigmoid").top_ids);
}

}  // namespace
}  // namespace crema::test
