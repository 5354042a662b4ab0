// Bottoms of any shapes: whatever they are, there is an answer, and no crash or hang.
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine/tests/c_api_handles.h"
#include "engine/tests/expect_answer.h"

namespace crema::test {
namespace {

// Nets of one layer with an input for each of its bottoms.
std::vector<caffe::NetParameter> NetsOfOneLayer() {
  std::vector<caffe::NetParameter> nets;
  const auto add = [&](const char* type, const std::vector<Shape>& bottoms, int tops,
                       const auto& set) {
    caffe::NetParameter net;
    net.mutable_state()->set_phase(caffe::TRAIN);
    net.set_force_backward(true);
    Names names, made;
    for (size_t i = 0; i < bottoms.size(); ++i) {
      names.push_back(StrCat("x", i));
      AddInput(net, names.back(), bottoms[i]);
    }
    for (int i = 0; i < tops; ++i) made.push_back(StrCat("y", i));
    set(AddLayer(net, "layer", type, names, made));
    nets.push_back(net);
    if (tops != 1) return;
    // In place; types that can't are refused.
    net.mutable_layer(static_cast<int>(bottoms.size()))->set_top(0, names[0]);
    nets.push_back(net);
  };
  const auto none = [](caffe::LayerParameter&) {};
  const Shape image = {2, 3, 4, 5}, labels = {2};
  for (const char* type :
       {"BatchNorm", "Bias",    "Dropout",   "Flatten", "LRN",      "Power", "ReLU",
        "Sigmoid",   "Softmax", "TanH",      "Split",   "Concat",   "Slice", "Silence",
        "AbsVal",    "ArgMax",  "BNLL",      "Clip",    "ELU",      "Exp",   "Log",
        "MVN",       "PReLU",   "Reduction", "Swish",   "Threshold"}) {
    add(type, {image}, std::string(type) == "Silence" ? 0 : 1, none);
  }
  for (const bool bias : {false, true}) {
    for (const int axis : {0, 1}) {
      const auto scale = [&](caffe::LayerParameter& l) {
        l.mutable_scale_param()->set_bias_term(bias);
        l.mutable_scale_param()->set_axis(axis);
      };
      add("Scale", {image}, 1, scale);
      add("Scale", {image, {axis == 0 ? 2 : 3}}, 1, scale);
    }
  }
  add("Axpy", {{2, 3}, image, image}, 1, none);
  add("Upsample", {image, image}, 1, none);
  for (const bool set : {false, true}) {
    add("Permute", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_permute_param()->add_order(set ? 3 : 0);
      l.mutable_permute_param()->add_order(2);
    });
    add("ShuffleChannel", {{2, 6, 4, 5}}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_shuffle_channel_param()->set_group(set ? 3 : 2);
    });
    add("Reorg", {{2, 4, 4, 6}}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_reorg_param()->set_stride(2);
      l.mutable_reorg_param()->set_reverse(set);
    });
    add("Interp", {image}, 1, [&](caffe::LayerParameter& l) {
      if (set) l.mutable_interp_param()->set_pad_beg(-1);
      l.mutable_interp_param()->set_zoom_factor(3);
      l.mutable_interp_param()->set_shrink_factor(2);
    });
    add(set ? "DepthwiseConvolution" : "ConvolutionDepthwise", {image}, 1,
        [](caffe::LayerParameter& l) {
          l.mutable_convolution_param()->set_num_output(3);
          l.mutable_convolution_param()->add_kernel_size(3);
        });
    add("ArgMax", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_argmax_param()->set_out_max_val(set);
      l.mutable_argmax_param()->set_top_k(2);
      if (set) l.mutable_argmax_param()->set_axis(1);
    });
    add("MVN", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_mvn_param()->set_across_channels(set);
      l.mutable_mvn_param()->set_normalize_variance(!set);
    });
    add("Embed", {labels}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_embed_param()->set_num_output(5);
      l.mutable_embed_param()->set_input_dim(3);
      l.mutable_embed_param()->set_bias_term(set);
    });
    add("Tile", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_tile_param()->set_tiles(3);
      if (set) l.mutable_tile_param()->set_axis(-1);
    });
    add("Crop", {image, {2, 3, 2, 4}}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_crop_param()->add_offset(1);
      if (set) l.mutable_crop_param()->add_offset(0);
    });
  }
  add("PReLU", {image}, 1,
      [](caffe::LayerParameter& l) { l.mutable_prelu_param()->set_channel_shared(true); });
  add("Reduction", {image}, 1, [](caffe::LayerParameter& l) {
    l.mutable_reduction_param()->set_axis(2);
    l.mutable_reduction_param()->set_operation(caffe::ReductionParameter_ReductionOp_SUMSQ);
  });
  add("Bias", {image, {3}}, 1, none);
  add("Concat", {image, image}, 1, none);
  add("Slice", {{2, 4}}, 2, none);
  add("Split", {image}, 3, none);
  for (const auto operation :
       {caffe::EltwiseParameter_EltwiseOp_SUM, caffe::EltwiseParameter_EltwiseOp_PROD,
        caffe::EltwiseParameter_EltwiseOp_MAX}) {
    add("Eltwise", {image, image}, 1,
        [&](caffe::LayerParameter& l) { l.mutable_eltwise_param()->set_operation(operation); });
  }
  for (const uint32_t outputs : {4u, 16u}) {
    add("Convolution", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_convolution_param()->set_num_output(outputs);
      l.mutable_convolution_param()->add_kernel_size(3);
      l.mutable_convolution_param()->add_stride(2);
    });
  }
  for (const uint32_t groups : {1u, 3u}) {
    add("Deconvolution", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_convolution_param()->set_num_output(groups == 1 ? 16 : 3);
      l.mutable_convolution_param()->set_group(groups);
      l.mutable_convolution_param()->add_kernel_size(4);
      l.mutable_convolution_param()->add_stride(2);
      l.mutable_convolution_param()->add_pad(1);
    });
  }
  add("Im2col", {image}, 1, [](caffe::LayerParameter& l) {
    l.mutable_convolution_param()->add_kernel_size(3);
    l.mutable_convolution_param()->add_pad(1);
  });
  for (const char* type : {"LSTM", "RNN"}) {
    const int states = std::string(type) == "LSTM" ? 2 : 1;
    const auto units = [](caffe::LayerParameter& l) {
      l.mutable_recurrent_param()->set_num_output(3);
    };
    add(type, {{4, 2, 3}, {4, 2}}, 1, units);
    add(type, {{4, 2, 3}, {4, 2}, {2, 5}}, 1, units);
    std::vector<Shape> exposed = {{4, 2, 3}, {4, 2}};
    for (int i = 0; i < states; ++i) exposed.push_back({1, 2, 3});
    add(type, exposed, 1 + states, [&](caffe::LayerParameter& l) {
      units(l);
      l.mutable_recurrent_param()->set_expose_hidden(true);
    });
  }
  add("LSTMUnit", {{1, 4, 3}, {1, 4, 12}, {1, 4}}, 2, none);
  add("InnerProduct", {image}, 1,
      [](caffe::LayerParameter& l) { l.mutable_inner_product_param()->set_num_output(3); });
  for (const auto pool :
       {caffe::PoolingParameter_PoolMethod_MAX, caffe::PoolingParameter_PoolMethod_AVE,
        caffe::PoolingParameter_PoolMethod_STOCHASTIC}) {
    add("Pooling", {image}, 1, [&](caffe::LayerParameter& l) {
      l.mutable_pooling_param()->set_pool(pool);
      l.mutable_pooling_param()->set_kernel_size(3);
      l.mutable_pooling_param()->set_stride(2);
      const bool padded = pool != caffe::PoolingParameter_PoolMethod_STOCHASTIC;
      l.mutable_pooling_param()->set_pad(padded ? 1 : 0);
    });
  }
  add("LRN", {image}, 1, [](caffe::LayerParameter& l) {
    l.mutable_lrn_param()->set_norm_region(caffe::LRNParameter_NormRegion_WITHIN_CHANNEL);
  });
  add("Reshape", {image}, 1, [](caffe::LayerParameter& l) {
    l.mutable_reshape_param()->mutable_shape()->add_dim(0);
    l.mutable_reshape_param()->mutable_shape()->add_dim(-1);
  });
  add("EuclideanLoss", {image, image}, 1, none);
  add("SigmoidCrossEntropyLoss", {image, image}, 1, none);
  add("SoftmaxWithLoss", {{2, 4}, labels}, 2, none);
  add("Accuracy", {{2, 4}, labels}, 2, none);
  return nets;
}

// Bottoms reshaped to larger and smaller shapes, each alone and all alike: whatever a layer has
// made for the first shapes must fit, be made anew, or be refused.
TEST(FuzzTest, ReshapedBottoms) {
  std::mt19937 random(5);
  const MemoryLimit limit(512);
  const int lengths[] = {0, 1, 2, 3, 3, 4, 5, 16, 33, 100};
  int ran = 0;
  for (const caffe::NetParameter& param : NetsOfOneLayer()) {
    NetHandle h;
    ExpectAnswer(Create(param, h));
    if (h.net == nullptr) continue;
    SCOPED_TRACE(param.layer(param.layer_size() - 1).type());
    std::vector<Shape> first;
    for (int i = 0; i + 1 < param.layer_size(); ++i) {
      const auto& dims = param.layer(i).input_param().shape(0).dim();
      first.emplace_back(dims.begin(), dims.end());
    }
    for (int round = 0; round < 30; ++round) {
      const int batch = lengths[random() % std::size(lengths)];
      for (size_t i = 0; i < first.size(); ++i) {
        Shape shape = first[i];
        switch (random() % 6) {
          case 0:
            break;
          case 1:
            shape[random() % shape.size()] = lengths[random() % std::size(lengths)];
            break;
          case 2:
            if (random() % 2 == 0) shape.pop_back();
            if (random() % 2 == 0) shape.push_back(2);
            break;
          default:
            shape[0] = batch;
        }
        crema_blob* blob = BlobOf(h.net, StrCat("x", i));
        ExpectAnswer(crema_blob_reshape(blob, shape.data(), static_cast<int32_t>(shape.size())));
      }
      const int order = static_cast<int>(random() % 3);
      if (order == 1) ExpectAnswer(crema_net_reshape(h.net));
      if (order == 2) ExpectAnswer(crema_net_backward(h.net, -1, -1));
      const crema_status status = crema_net_forward(h.net, -1, -1, nullptr);
      ExpectAnswer(status);
      ran += status == CREMA_OK;
      ExpectAnswer(crema_net_backward(h.net, -1, -1));
      if (random() % 4 == 0) ExpectAnswer(crema_net_backward(h.net, -1, -1));
    }
  }
  EXPECT_GT(ran, 250);
}

}  // namespace
}  // namespace crema::test
