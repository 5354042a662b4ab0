// Mutated messages: whatever they contain, there is an answer, and no crash or hang.
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "engine/tests/c_api_handles.h"
#include "engine/tests/expect_answer.h"

namespace crema::test {
namespace {

// Changes a few bytes of a valid message: flips bits, sets numbers of interest, cuts out or doubles
// pieces.
Bytes Mutate(Bytes bytes, std::mt19937& random) {
  const auto draw = [&](size_t below) { return static_cast<size_t>(random() % below); };
  for (size_t n = 1 + draw(3); n > 0 && !bytes.empty(); --n) {
    const size_t at = draw(bytes.size());
    switch (draw(12)) {  // Mostly the first three, which keep the lengths right.
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw(8)));
        break;
      case 1:
        bytes[at] = static_cast<char>(random());
        break;
      case 2: {
        const char interesting[] = {0, 1, 2, 127, -128, -1};
        bytes[at] = interesting[draw(sizeof(interesting))];
        break;
      }
      case 10:
        bytes.erase(at, 1 + draw(8));
        break;
      case 11:
        bytes.insert(at, bytes.substr(at, 1 + draw(16)));
        break;
      case 9: {
        const char numbers[] = {-1, -1, -1, -1, 7};  // As a varint: 2^31 - 1.
        bytes.insert(at, numbers, sizeof(numbers));
        break;
      }
      default:
        bytes[at] = static_cast<char>(bytes[at] + (draw(2) == 0 ? 1 : -1));
    }
  }
  return bytes;
}

// A net with many kinds of layers, so that their parameters are mutated too.
caffe::NetParameter ManyLayers() {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddNoise(net, "data", {2, 3, 6, 5});
  AddInput(net, "label", {2});
  auto& conv = *AddConvolution(net, "conv", "data", 4, 3).mutable_convolution_param();
  conv.add_pad(1);
  conv.add_stride(2);
  conv.add_dilation(1);
  conv.set_group(1);
  auto& pool = *AddMaxPooling(net, "pool", "conv", 2, 1).mutable_pooling_param();
  pool.set_pad(1);
  AddLayer(net, "lrn", "LRN", {"pool"}, {"lrn"}).mutable_lrn_param()->set_local_size(3);
  AddLayer(net, "relu", "ReLU", {"lrn"}, {"lrn"});
  AddLayer(net, "drop", "Dropout", {"lrn"}, {"lrn"});
  AddLayer(net, "bn", "BatchNorm", {"lrn"}, {"bn"});
  AddLayer(net, "scale", "Scale", {"bn"}, {"bn"}).mutable_scale_param()->set_bias_term(true);
  AddLayer(net, "slice", "Slice", {"bn"}, {"s1", "s2"}).mutable_slice_param()->add_slice_point(1);
  AddLayer(net, "concat", "Concat", {"s1", "s2"}, {"concat"}).mutable_concat_param()->set_axis(1);
  AddLayer(net, "flat", "Flatten", {"concat"}, {"flat"}).mutable_flatten_param()->set_axis(1);
  auto& reshape = *AddLayer(net, "reshape", "Reshape", {"flat"}, {"reshape"})
                       .mutable_reshape_param()
                       ->mutable_shape();
  reshape.add_dim(0);
  reshape.add_dim(-1);
  AddInnerProduct(net, "ip", "reshape", 5).mutable_inner_product_param()->set_axis(1);
  AddLayer(net, "power", "Power", {"ip"}, {"power"}).mutable_power_param()->set_power(2);
  AddLayer(net, "sum", "Eltwise", {"ip", "power"}, {"sum"})
      .mutable_eltwise_param()
      ->set_operation(caffe::EltwiseParameter_EltwiseOp_SUM);
  AddLayer(net, "acc", "Accuracy", {"sum", "label"}, {"acc"})
      .mutable_accuracy_param()
      ->set_top_k(2);
  AddLayer(net, "loss", "SoftmaxWithLoss", {"sum", "label"}, {"loss"}).add_loss_weight(1);
  return net;
}

// Likewise, with other kinds.
caffe::NetParameter MoreLayers() {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddNoise(net, "data", {2, 3, 4, 5});
  AddInput(net, "words", {2});
  AddLayer(net, "prelu", "PReLU", {"data"}, {"data"}).mutable_prelu_param();
  auto& clip = *AddLayer(net, "clip", "Clip", {"data"}, {"clip"}).mutable_clip_param();
  clip.set_min(-1);
  clip.set_max(1);
  AddLayer(net, "mvn", "MVN", {"clip"}, {"mvn"}).mutable_mvn_param()->set_across_channels(false);
  AddLayer(net, "elu", "ELU", {"mvn"}, {"mvn"}).mutable_elu_param()->set_alpha(0.5f);
  auto& parameter = *AddLayer(net, "parameter", "Parameter", {}, {"like"})
                         .mutable_parameter_param()
                         ->mutable_shape();
  for (const int dim : {2, 3, 2, 3}) parameter.add_dim(dim);
  auto& crop = *AddLayer(net, "crop", "Crop", {"mvn", "like"}, {"crop"}).mutable_crop_param();
  crop.set_axis(2);
  crop.add_offset(1);
  crop.add_offset(2);
  auto& best = *AddLayer(net, "best", "ArgMax", {"crop"}, {"best"}).mutable_argmax_param();
  best.set_axis(1);
  best.set_top_k(2);
  auto& tile = *AddLayer(net, "tile", "Tile", {"crop"}, {"tile"}).mutable_tile_param();
  tile.set_axis(1);
  tile.set_tiles(2);
  auto& exp = *AddLayer(net, "exp", "Exp", {"tile"}, {"exp"}).mutable_exp_param();
  exp.set_base(2);
  exp.set_scale(0.5f);
  AddLayer(net, "log", "Log", {"exp"}, {"exp"}).mutable_log_param()->set_shift(1);
  auto& sum = *AddLayer(net, "sum", "Reduction", {"exp"}, {"sum"}).mutable_reduction_param();
  sum.set_axis(1);
  sum.set_operation(caffe::ReductionParameter_ReductionOp_SUMSQ);
  auto& embed = *AddLayer(net, "embed", "Embed", {"words"}, {"vectors"}).mutable_embed_param();
  embed.set_num_output(3);
  embed.set_input_dim(4);
  AddLayer(net, "mean", "Reduction", {"vectors"}, {"mean"}).mutable_reduction_param()->set_axis(1);
  AddLayer(net, "loss", "EuclideanLoss", {"sum", "mean"}, {"loss"}).add_loss_weight(1);
  return net;
}

int64_t SizeOf(crema_net* net) {
  int64_t sum = 0;
  for (int i = 0; i < crema_net_num_blobs(net); ++i) {
    int32_t dims[32];
    const int axes = crema_blob_shape(crema_net_blob(net, i), dims, 32);
    sum += CountOf(Shape(dims, dims + axes));
  }
  return sum;
}

TEST(FuzzTest, MutatedNets) {
  std::mt19937 random(1);
  const MemoryLimit limit(512);
  const Bytes seeds[] = {ManyLayers().SerializeAsString(), SmallNet().SerializeAsString(),
                         ConvNet().SerializeAsString(), ScriptNet().SerializeAsString(),
                         MoreLayers().SerializeAsString()};
  int made = 0;
  for (int i = 0; i < 10000; ++i) {
    const Bytes bytes = Mutate(seeds[i % 5], random);
    NetHandle h;
    const crema_status status = crema_net_create(DataOf(bytes), bytes.size(), 1, nullptr, &h.net);
    ExpectAnswer(status);
    ASSERT_EQ(status == CREMA_OK, h.net != nullptr);
    if (h.net == nullptr) continue;
    ++made;
    if (SizeOf(h.net) > 4000000) continue;
    float loss = 0;
    for (int pass = 0; pass < 2; ++pass) {
      ExpectAnswer(crema_net_forward(h.net, -1, -1, &loss));
      ExpectAnswer(crema_net_backward(h.net, -1, -1));
    }
    crema_buffer* buffer = nullptr;
    ExpectAnswer(crema_net_save(h.net, 1, &buffer));
    crema_buffer_free(buffer);
  }
  EXPECT_GT(made, 200);
}

// Numbers changed one at a time, in messages that still parse: this reaches deeper than changed
// bytes.
TEST(FuzzTest, NetsWithChangedNumbers) {
  std::mt19937 random(2);
  const MemoryLimit limit(512);
  const uint32_t numbers[] = {0,     1,        2,        3,           7,           16,         255,
                              65535, 1u << 24, 1u << 30, 2147483647u, 2147483648u, 4294967295u};
  const auto draw = [&]() { return numbers[random() % std::size(numbers)]; };
  int made = 0;
  for (int i = 0; i < 2000; ++i) {
    caffe::NetParameter net = ManyLayers();
    const auto number = [&] { return static_cast<int>(draw()); };
    for (int n = 1 + static_cast<int>(random() % 2); n > 0; --n) {
      auto& conv = *net.mutable_layer(2)->mutable_convolution_param();
      auto& pool = *net.mutable_layer(3)->mutable_pooling_param();
      auto& data = *net.mutable_layer(0)->mutable_dummy_data_param()->mutable_shape(0);
      switch (random() % 16) {
        case 0:
          conv.set_kernel_size(0, draw());
          break;
        case 1:
          conv.set_pad(0, draw());
          break;
        case 2:
          conv.set_stride(0, draw());
          break;
        case 3:
          conv.set_dilation(0, draw());
          break;
        case 4:
          conv.set_group(draw());
          break;
        case 5:
          conv.set_axis(number());
          break;
        case 6:
          pool.set_kernel_size(draw());
          break;
        case 7:
          pool.set_pad(draw());
          break;
        case 8:
          pool.set_stride(draw());
          break;
        case 9:
          data.set_dim(static_cast<int>(random() % 4), number());
          break;
        case 10:
          net.mutable_layer(4)->mutable_lrn_param()->set_local_size(draw());
          break;
        case 11:
          net.mutable_layer(9)->mutable_slice_param()->set_slice_point(0, draw());
          break;
        case 12:
          net.mutable_layer(10)->mutable_concat_param()->set_axis(number());
          break;
        case 13:
          net.mutable_layer(12)->mutable_reshape_param()->mutable_shape()->set_dim(
              static_cast<int>(random() % 2), number());
          break;
        case 14:
          net.mutable_layer(13)->mutable_inner_product_param()->set_axis(number());
          break;
        default: {
          // The top of one layer becomes that of another: cycles, duplicates, work in place.
          auto& layer = *net.mutable_layer(static_cast<int>(random() % 17));
          auto& other = *net.mutable_layer(static_cast<int>(random() % 17));
          if (layer.top_size() > 0 && other.bottom_size() > 0) layer.set_top(0, other.bottom(0));
        }
      }
    }
    NetHandle h;
    ExpectAnswer(Create(net, h));
    if (h.net == nullptr) continue;
    ++made;
    if (SizeOf(h.net) > 4000000) continue;
    ExpectAnswer(crema_net_forward(h.net, -1, -1, nullptr));
    ExpectAnswer(crema_net_backward(h.net, -1, -1));
  }
  EXPECT_GT(made, 100);
}

// Every layer type in place, if its shapes allow it.
TEST(FuzzTest, EveryTypeInPlace) {
  std::string types = crema_layer_types();
  for (size_t at = 0, end; (end = types.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string type = types.substr(at, end - at);
    for (const int bottoms : {1, 2}) {
      for (const Shape& shape : {Shape{4, 6}, Shape{2, 16, 4, 4}, Shape{4}, Shape{1}}) {
        caffe::NetParameter net;
        AddInput(net, "data", shape);
        AddInput(net, "other", bottoms == 2 && type != "EuclideanLoss" ? Shape{shape[0]} : shape);
        auto& layer = AddLayer(net, "layer", type, {"data"}, {"data"});
        if (bottoms == 2) layer.add_bottom("other");
        layer.mutable_convolution_param()->set_num_output(8);
        layer.mutable_convolution_param()->add_kernel_size(1);
        layer.mutable_inner_product_param()->set_num_output(3);
        layer.mutable_pooling_param()->set_kernel_size(2);
        layer.mutable_embed_param()->set_num_output(3);
        layer.mutable_embed_param()->set_input_dim(2);
        layer.mutable_tile_param()->set_tiles(1);
        AddInnerProduct(net, "ip", "data", 2).add_loss_weight(1);
        NetHandle h;
        ExpectAnswer(Create(net, h));
        if (h.net == nullptr) continue;
        for (int pass = 0; pass < 2; ++pass) {
          ExpectAnswer(crema_net_forward(h.net, -1, -1, nullptr));
          ExpectAnswer(crema_net_backward(h.net, -1, -1));
        }
      }
    }
  }
}

TEST(FuzzTest, MutatedSolvers) {
  std::mt19937 random(3);
  const MemoryLimit limit(512);
  const Bytes seed = SmallSolver().SerializeAsString();
  int made = 0;
  for (int i = 0; i < 6000; ++i) {
    const Bytes bytes = Mutate(seed, random);
    SolverHandle s;
    const crema_status status =
        crema_solver_create(DataOf(bytes), bytes.size(), nullptr, &s.solver);
    ExpectAnswer(status);
    ASSERT_EQ(status == CREMA_OK, s.solver != nullptr);
    if (s.solver == nullptr) continue;
    ++made;
    if (SizeOf(crema_solver_net(s.solver)) > 4000000) continue;
    caffe::SolverParameter parsed;
    ASSERT_TRUE(parsed.ParseFromString(bytes));
    if (parsed.iter_size() > 100) continue;  // Too many passes to run.
    ExpectAnswer(crema_solver_forward_backward(s.solver, nullptr));
    ExpectAnswer(crema_solver_apply_update(s.solver));
  }
  EXPECT_GT(made, 200);
}

TEST(FuzzTest, MutatedParametersAndStates) {
  std::mt19937 random(4);
  SolverHandle s;
  caffe::SolverParameter param = SmallSolver();
  param.set_lr_policy("multistep");
  param.add_stepvalue(1);
  param.add_stepvalue(5);
  *param.mutable_train_net_param() = ManyLayers();
  param.clear_test_net_param();
  ASSERT_EQ(Create(param, s), CREMA_OK) << crema_last_error();
  crema_net* net = crema_solver_net(s.solver);
  ASSERT_EQ(crema_solver_forward_backward(s.solver, nullptr), CREMA_OK) << crema_last_error();
  ASSERT_EQ(crema_solver_apply_update(s.solver), CREMA_OK);
  crema_buffer* buffer = nullptr;
  ASSERT_EQ(crema_net_save(net, 1, &buffer), CREMA_OK);
  const Bytes saved = Take(buffer);
  ASSERT_EQ(crema_solver_state(s.solver, &buffer), CREMA_OK);
  const Bytes state = Take(buffer);
  int copied = 0, restored = 0;
  for (int i = 0; i < 4000; ++i) {
    Bytes bytes = Mutate(saved, random);
    crema_status status = crema_net_copy_from(net, DataOf(bytes), bytes.size());
    ExpectAnswer(status);
    copied += status == CREMA_OK;
    bytes = Mutate(state, random);
    status = crema_solver_restore(s.solver, DataOf(bytes), bytes.size());
    ExpectAnswer(status);
    restored += status == CREMA_OK;
    if (status == CREMA_OK) ExpectAnswer(crema_solver_apply_update(s.solver));
    if (i % 50 == 0) ExpectAnswer(crema_solver_forward_backward(s.solver, nullptr));
  }
  EXPECT_GT(copied, 100);
  EXPECT_GT(restored, 100);
  EXPECT_EQ(crema_solver_restore(s.solver, DataOf(state), state.size()), CREMA_OK);
  EXPECT_EQ(crema_net_copy_from(net, DataOf(saved), saved.size()), CREMA_OK);
}

}  // namespace
}  // namespace crema::test
