// crema.h as a program uses it: statuses, handles, errors, and bytes that do not parse.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/tests/c_api_handles.h"

namespace crema::test {
namespace {

TEST(CApiTest, DescribesItself) {
  EXPECT_EQ(crema_abi_version(), CREMA_ABI_VERSION);
  EXPECT_STREQ(crema_engine_name(), "embedded");
  EXPECT_NE(std::string(crema_engine_version()).find("oneDNN"), std::string::npos);
  const std::string types = crema_layer_types();
  EXPECT_NE(types.find("Convolution\n"), std::string::npos);
  EXPECT_EQ(types.find("Script"), std::string::npos);
}

TEST(CApiTest, SetsTheNumberOfThreads) {
  const int32_t before = crema_threads();
  EXPECT_EQ(crema_set_threads(3), CREMA_OK);
  EXPECT_EQ(crema_threads(), 3);
  EXPECT_EQ(crema_set_threads(0), CREMA_INVALID);
  EXPECT_EQ(crema_set_threads(-1), CREMA_INVALID);
  EXPECT_EQ(crema_threads(), 3);
  // Only for the calling thread.
  std::thread([] { crema_set_threads(1); }).join();
  EXPECT_EQ(crema_threads(), 3);
  crema_set_threads(before);
}

TEST(CApiTest, FreeIgnoresNull) {
  crema_net_free(nullptr);
  crema_solver_free(nullptr);
  crema_buffer_free(nullptr);
}

TEST(CApiTest, ShowsANet) {
  NetHandle h;
  ASSERT_EQ(Create(SmallNet(), h), CREMA_OK) << crema_last_error();
  EXPECT_STREQ(crema_net_name(h.net), "small");
  EXPECT_EQ(crema_net_phase(h.net), 0);
  ASSERT_EQ(crema_net_num_layers(h.net), 6);
  EXPECT_STREQ(crema_net_layer_name(h.net, 2), "ip1");
  EXPECT_STREQ(crema_net_layer_type(h.net, 2), "InnerProduct");
  EXPECT_EQ(crema_net_layer_needs_backward(h.net, 2), 1);
  EXPECT_EQ(crema_net_layer_needs_backward(h.net, 0), 0);
  int32_t blobs[4] = {-9, -9, -9, -9};
  EXPECT_EQ(crema_net_layer_bottoms(h.net, 5, blobs, 4), 2);
  EXPECT_EQ(blobs[0], 3);
  EXPECT_EQ(blobs[1], 1);
  EXPECT_EQ(blobs[2], -9);
  EXPECT_EQ(crema_net_layer_bottoms(h.net, 5, nullptr, 0), 2);  // Counts them, with no capacity.
  EXPECT_EQ(crema_net_layer_tops(h.net, 5, blobs, 1), 1);
  EXPECT_EQ(blobs[0], 4);
  EXPECT_EQ(crema_net_layer_num_params(h.net, 2), 2);
  EXPECT_NE(crema_net_layer_param(h.net, 2, 1), nullptr);
  EXPECT_EQ(crema_net_num_blobs(h.net), 5);
  EXPECT_STREQ(crema_net_blob_name(h.net, 4), "loss");
  EXPECT_EQ(crema_net_blob_loss_weight(h.net, 4), 1);
  EXPECT_EQ(crema_net_inputs(h.net, blobs, 4), 2);
  EXPECT_EQ(crema_net_outputs(h.net, blobs, 4), 1);
  EXPECT_EQ(crema_net_num_learnable(h.net), 4);
  EXPECT_EQ(crema_net_learnable(h.net, 0), crema_net_layer_param(h.net, 2, 0));
  EXPECT_EQ(crema_net_learnable_lr_mult(h.net, 0), 1);
  EXPECT_EQ(crema_net_learnable_decay_mult(h.net, 0), 1);
  int32_t dims[2];
  EXPECT_EQ(crema_blob_shape(crema_net_learnable(h.net, 0), dims, 2), 2);
  EXPECT_EQ(dims[0], 5);
  EXPECT_EQ(dims[1], 3);
  EXPECT_EQ(crema_blob_shape(crema_net_learnable(h.net, 0), nullptr, 0), 2);
}

TEST(CApiTest, IndicesOutOfRangeGiveNothing) {
  NetHandle h;
  ASSERT_EQ(Create(SmallNet(), h), CREMA_OK);
  for (const int32_t i : {-1, 6, 1000, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(crema_net_layer_name(h.net, i), nullptr);
    EXPECT_EQ(crema_net_layer_type(h.net, i), nullptr);
    EXPECT_EQ(crema_net_layer_needs_backward(h.net, i), 0);
    EXPECT_EQ(crema_net_layer_bottoms(h.net, i, nullptr, 0), 0);
    EXPECT_EQ(crema_net_layer_tops(h.net, i, nullptr, 0), 0);
    EXPECT_EQ(crema_net_layer_num_params(h.net, i), 0);
    EXPECT_EQ(crema_net_layer_param(h.net, i, 0), nullptr);
    EXPECT_EQ(crema_net_layer_param(h.net, 2, i), nullptr);
    EXPECT_EQ(crema_net_blob_name(h.net, i), nullptr);
    EXPECT_EQ(crema_net_blob(h.net, i), nullptr);
    EXPECT_EQ(crema_net_blob_loss_weight(h.net, i), 0);
    EXPECT_EQ(crema_net_learnable(h.net, i), nullptr);
    EXPECT_EQ(crema_net_learnable_lr_mult(h.net, i), 0);
    EXPECT_EQ(crema_net_learnable_decay_mult(h.net, i), 0);
  }
  EXPECT_EQ(crema_net_forward(h.net, 6, -1, nullptr),
            CREMA_OK);  // From the 6th to the last: no layer.
  EXPECT_EQ(crema_net_forward(h.net, 0, 6, nullptr), CREMA_INVALID);
  EXPECT_EQ(crema_net_forward(h.net, -1, INT32_MAX, nullptr), CREMA_INVALID);
  EXPECT_EQ(crema_net_backward(h.net, 6, 0), CREMA_INVALID);
  EXPECT_EQ(crema_net_backward(h.net, INT32_MAX, -1), CREMA_INVALID);
}

TEST(CApiTest, RunsRangesOfLayers) {
  NetHandle h, parts;
  ASSERT_EQ(Create(SmallNet(), h), CREMA_OK);
  ASSERT_EQ(Create(SmallNet(), parts), CREMA_OK);
  for (crema_net* net : {h.net, parts.net}) {
    WriteRandom(BlobOf(net, "data"), 1);
    WriteRandom(BlobOf(net, "label"), 2);
  }
  float loss = -1, part = -1;
  EXPECT_EQ(crema_net_forward(h.net, -1, -1, &loss), CREMA_OK);
  EXPECT_GT(loss, 0);
  EXPECT_EQ(crema_net_forward(parts.net, -1, 3, &part), CREMA_OK);
  EXPECT_EQ(part, 0);
  EXPECT_EQ(crema_net_forward(parts.net, 4, -1, &part), CREMA_OK);
  EXPECT_EQ(part, loss);
  EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK);
  EXPECT_EQ(crema_net_backward(parts.net, -1, 4), CREMA_OK);
  EXPECT_EQ(crema_net_backward(parts.net, 3, -1), CREMA_OK);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(ReadBlob(crema_net_learnable(h.net, i), 1),
              ReadBlob(crema_net_learnable(parts.net, i), 1));
  }
  EXPECT_EQ(crema_net_clear_diffs(h.net), CREMA_OK);
  double asum = -1, sumsq = -1;
  EXPECT_EQ(crema_blob_norms(crema_net_learnable(h.net, 0), 1, &asum, &sumsq), CREMA_OK);
  EXPECT_EQ(asum, 0);
  EXPECT_EQ(sumsq, 0);
}

// ---- Errors ----

TEST(CApiTest, KeepsTheLastErrorOfEachThread) {
  caffe::NetParameter param = SmallNet();
  AddInnerProduct(param, "bad", "nothing", 2);
  NetHandle h;
  EXPECT_EQ(Create(param, h), CREMA_INVALID);
  EXPECT_EQ(h.net, nullptr);  // Results are written only on success.
  EXPECT_NE(std::string(crema_last_error()).find("'nothing'"), std::string::npos);
  EXPECT_STREQ(crema_last_error_layer(), "bad");
  std::thread([] {
    EXPECT_STREQ(crema_last_error(), "");
    EXPECT_STREQ(crema_last_error_layer(), "");
    EXPECT_EQ(crema_set_threads(0), CREMA_INVALID);
    EXPECT_STREQ(crema_last_error(), "Expected at least 1 thread but found 0");
  }).join();
  EXPECT_STREQ(crema_last_error_layer(), "bad");
  EXPECT_EQ(crema_set_threads(-5), CREMA_INVALID);
  EXPECT_STREQ(crema_last_error_layer(), "");
}

TEST(CApiTest, RefusesBytesThatDoNotParse) {
  NetHandle net;
  SolverHandle solver;
  const Bytes garbage = "\xff\xff\xff\xff this is no message";
  EXPECT_EQ(crema_net_create(DataOf(garbage), garbage.size(), 1, nullptr, &net.net), CREMA_INVALID);
  EXPECT_NE(std::string(crema_last_error()).find("bytes that do not parse"), std::string::npos);
  EXPECT_EQ(crema_solver_create(DataOf(garbage), garbage.size(), nullptr, &solver.solver),
            CREMA_INVALID);
  EXPECT_EQ(crema_solver_create(nullptr, 0, nullptr, &solver.solver), CREMA_INVALID);  // No net.
  EXPECT_EQ(crema_net_create(DataOf(garbage), uint64_t{1} << 40, 1, nullptr, &net.net),
            CREMA_INVALID);
  // No bytes mean a net without layers, as an empty text does.
  EXPECT_EQ(crema_net_create(nullptr, 0, 1, nullptr, &net.net), CREMA_OK);
  EXPECT_EQ(crema_net_copy_from(net.net, DataOf(garbage), garbage.size()), CREMA_INVALID);
  float loss = -1;
  EXPECT_EQ(crema_net_forward(net.net, -1, -1, &loss), CREMA_OK);
  EXPECT_EQ(loss, 0);
  EXPECT_EQ(crema_net_backward(net.net, -1, -1), CREMA_OK);
}

TEST(CApiTest, AcceptsOrRefusesEveryTruncatedMessage) {
  const Bytes bytes = SmallNet().SerializeAsString();
  int refused = 0;
  for (size_t size = 0; size < bytes.size(); ++size) {
    NetHandle h;
    const Bytes part = bytes.substr(0, size);  // Of the exact size, for AddressSanitizer.
    const crema_status status = crema_net_create(DataOf(part), part.size(), 1, nullptr, &h.net);
    EXPECT_TRUE(status == CREMA_OK || status == CREMA_INVALID) << crema_last_error();
    EXPECT_EQ(status == CREMA_OK, h.net != nullptr);
    refused += status != CREMA_OK;
  }
  EXPECT_GT(refused, 100);
}

TEST(CApiTest, RefusesSizesBeyondTheMemory) {
  caffe::NetParameter param;
  AddNoise(param, "data", {50000, 50000});
  NetHandle h;
  EXPECT_EQ(Create(param, h), CREMA_INVALID);
  EXPECT_NE(std::string(crema_last_error()).find("at most 2147483647 values"), std::string::npos);
  EXPECT_STREQ(crema_last_error_layer(), "data");
  for (const Shape& shape : {Shape{2147483647, 2147483647}, Shape{-1}, Shape{2, -3}}) {
    caffe::NetParameter input;
    AddInput(input, "data", shape);
    EXPECT_EQ(Create(input, h), CREMA_INVALID);
  }
  param.mutable_layer(0)->mutable_dummy_data_param()->mutable_shape(0)->set_dim(0,
                                                                                int64_t{1} << 40);
  EXPECT_EQ(Create(param, h), CREMA_INVALID);
  EXPECT_EQ(h.net, nullptr);
}

TEST(CApiTest, ReportsLackOfMemoryAndGoesOn) {
  NetHandle small;
  ASSERT_EQ(Create(SmallNet(), small), CREMA_OK);
  ASSERT_EQ(crema_net_forward(small.net, -1, -1, nullptr), CREMA_OK);
  {
    const MemoryLimit limit(256);
    caffe::NetParameter param;
    AddNoise(param, "data", {1000, 1000, 1000});
    param.mutable_layer(0)->mutable_dummy_data_param()->mutable_data_filler(0)->set_type(
        "constant");
    NetHandle h;
    EXPECT_EQ(Create(param, h), CREMA_INTERNAL);
    EXPECT_STREQ(crema_last_error(), "Expected enough memory but found none left");
    EXPECT_STREQ(crema_last_error_layer(), "data");
    // An input takes no memory before it is used.
    caffe::NetParameter input;
    AddInput(input, "data", {1000, 1000, 1000});
    ASSERT_EQ(Create(input, h), CREMA_OK);
    float value = 0;
    EXPECT_EQ(crema_blob_data(crema_net_blob(h.net, 0)), 0u);
    EXPECT_STREQ(crema_last_error(), "Expected enough memory but found none left");
    EXPECT_EQ(crema_blob_read(crema_net_blob(h.net, 0), 0, 0, &value, 1), CREMA_INTERNAL);
    EXPECT_EQ(crema_net_forward(small.net, -1, -1, nullptr), CREMA_OK);
  }
  EXPECT_EQ(crema_net_forward(small.net, -1, -1, nullptr), CREMA_OK);
}

TEST(CApiTest, BackwardBeforeForwardIsAnError) {
  NetHandle h;
  ASSERT_EQ(Create(ConvNet(), h), CREMA_OK);
  EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_INVALID);
  EXPECT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK);
  EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK);
  EXPECT_EQ(crema_net_reshape(h.net), CREMA_OK);
  EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_INVALID);
}

// ---- Blobs ----

TEST(CApiTest, ReadsAndWritesRangesOfABlob) {
  NetHandle h;
  ASSERT_EQ(Create(SmallNet(), h), CREMA_OK);
  crema_blob* blob = BlobOf(h.net, "data");  // (4, 3)
  const float values[3] = {1, 2, 3};
  EXPECT_EQ(crema_blob_write(blob, 0, 9, values, 3), CREMA_OK);
  float back[3] = {};
  EXPECT_EQ(crema_blob_read(blob, 0, 8, back, 3), CREMA_OK);
  EXPECT_EQ(back[0], 0);
  EXPECT_EQ(back[2], 2);
  EXPECT_EQ(crema_blob_read(blob, 1, 9, back, 3), CREMA_OK);  // The diff is separate.
  EXPECT_EQ(back[0], 0);
  double asum = 0, sumsq = 0;
  EXPECT_EQ(crema_blob_norms(blob, 0, &asum, &sumsq), CREMA_OK);
  EXPECT_EQ(asum, 6);
  EXPECT_EQ(sumsq, 14);
  for (const auto& [offset, count] : std::vector<std::pair<uint64_t, uint64_t>>{
           {10, 3}, {13, 0}, {0, 13}, {UINT64_MAX, 2}, {2, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}}) {
    EXPECT_EQ(crema_blob_read(blob, 0, offset, back, count), CREMA_INVALID);
    EXPECT_EQ(crema_blob_write(blob, 0, offset, values, count), CREMA_INVALID);
  }
  EXPECT_EQ(crema_blob_read(blob, 0, 12, nullptr, 0), CREMA_OK);
}

TEST(CApiTest, ReshapesInputsOnly) {
  NetHandle h;
  ASSERT_EQ(Create(SmallNet(), h), CREMA_OK);
  const int32_t dims[2] = {9, 3};
  EXPECT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), dims, 2), CREMA_OK);
  EXPECT_EQ(ReadBlob(BlobOf(h.net, "data")).size(), 27u);
  for (crema_blob* blob : {BlobOf(h.net, "ip1"), BlobOf(h.net, "loss"),
                           crema_net_learnable(h.net, 0), crema_net_layer_param(h.net, 4, 1)}) {
    EXPECT_EQ(crema_blob_reshape(blob, dims, 2), CREMA_INVALID);
    EXPECT_NE(std::string(crema_last_error()).find("reshape the net's inputs instead"),
              std::string::npos);
  }
  const int32_t same[2] = {5, 3};
  EXPECT_EQ(crema_blob_reshape(crema_net_learnable(h.net, 0), same, 2), CREMA_OK);
  EXPECT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), dims, 33), CREMA_INVALID);
  EXPECT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), dims, -1), CREMA_INVALID);
  const int32_t negative[1] = {-4};
  EXPECT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), negative, 1), CREMA_INVALID);
  EXPECT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), nullptr, 0), CREMA_OK);
  EXPECT_EQ(crema_blob_shape(BlobOf(h.net, "data"), nullptr, 0), 0);
}

TEST(CApiTest, ABlobsAddressStaysCurrentAcrossPassesAndUpdates) {
  SolverHandle s, other;
  caffe::SolverParameter param = SmallSolver();
  *param.mutable_train_net_param() = ConvNet();
  *param.mutable_test_net_param(0) = ConvNet();
  ASSERT_EQ(Create(param, s), CREMA_OK) << crema_last_error();
  ASSERT_EQ(Create(param, other), CREMA_OK);
  crema_net* net = crema_solver_net(s.solver);
  for (crema_net* n : {net, crema_solver_net(other.solver)}) {
    WriteRandom(BlobOf(n, "data"), 1);
    WriteRandom(BlobOf(n, "label"), 2);
  }
  std::map<std::string, const float*> data, diff;
  for (const char* name : {"conv1", "pool1", "conv2", "ip", "loss"}) {
    data[name] = reinterpret_cast<const float*>(crema_blob_data(BlobOf(net, name)));
    diff[name] = reinterpret_cast<const float*>(crema_blob_diff(BlobOf(net, name)));
  }
  const auto* weights =
      reinterpret_cast<const float*>(crema_blob_data(crema_net_learnable(net, 0)));
  const auto* gradient =
      reinterpret_cast<const float*>(crema_blob_diff(crema_net_learnable(net, 0)));
  for (int i = 0; i < 3; ++i) {
    for (crema_solver* solver : {s.solver, other.solver}) {
      ASSERT_EQ(crema_solver_forward_backward(solver, nullptr), CREMA_OK);
      ASSERT_EQ(crema_solver_apply_update(solver), CREMA_OK);
    }
    crema_net* plain = crema_solver_net(other.solver);
    const auto expect = [](const Values& expected, const float* now) {
      for (size_t k = 0; k < expected.size(); ++k) ASSERT_NEAR(expected[k], now[k], 1e-4f);
    };
    for (const auto& [name, address] : data) {
      SCOPED_TRACE(name);
      expect(ReadBlob(BlobOf(plain, name)), address);
      expect(ReadBlob(BlobOf(plain, name), 1), diff[name]);
      EXPECT_EQ(reinterpret_cast<uint64_t>(address), crema_blob_data(BlobOf(net, name)));
    }
    expect(ReadBlob(crema_net_learnable(plain, 0)), weights);
    expect(ReadBlob(crema_net_learnable(plain, 0), 1), gradient);
  }
}

TEST(CApiTest, WritesThroughAnAddressReachTheNet) {
  NetHandle h, other;
  ASSERT_EQ(Create(ConvNet(), h), CREMA_OK);
  ASSERT_EQ(Create(ConvNet(), other), CREMA_OK);
  auto* input = reinterpret_cast<float*>(crema_blob_data(BlobOf(h.net, "data")));
  auto* weights = reinterpret_cast<float*>(crema_blob_data(crema_net_learnable(h.net, 0)));
  for (uint64_t pass = 1; pass < 4; ++pass) {
    WriteRandom(BlobOf(other.net, "data"), pass);
    WriteRandom(crema_net_learnable(other.net, 0), pass + 10);
    const Values data = ReadBlob(BlobOf(other.net, "data"));
    const Values w = ReadBlob(crema_net_learnable(other.net, 0));
    std::copy(data.begin(), data.end(), input);
    std::copy(w.begin(), w.end(), weights);
    float a = 0, b = 1;
    EXPECT_EQ(crema_net_forward(h.net, -1, -1, &a), CREMA_OK);
    EXPECT_EQ(crema_net_forward(other.net, -1, -1, &b), CREMA_OK);
    EXPECT_FLOAT_EQ(a, b);
  }
}

// ---- Parameters and states ----

TEST(CApiTest, SavesAndCopiesParameters) {
  NetHandle h, other;
  ASSERT_EQ(Create(ConvNet(), h), CREMA_OK);
  const Bytes bytes = ConvNet().SerializeAsString();
  ASSERT_EQ(crema_net_create(DataOf(bytes), bytes.size(), 99, nullptr, &other.net), CREMA_OK);
  crema_buffer* buffer = nullptr;
  ASSERT_EQ(crema_net_save(h.net, 0, &buffer), CREMA_OK);
  const Bytes saved = Take(buffer);
  EXPECT_NE(ReadBlob(crema_net_learnable(h.net, 0)), ReadBlob(crema_net_learnable(other.net, 0)));
  ASSERT_EQ(crema_net_copy_from(other.net, DataOf(saved), saved.size()), CREMA_OK);
  for (int i = 0; i < crema_net_num_learnable(h.net); ++i) {
    EXPECT_EQ(ReadBlob(crema_net_learnable(h.net, i)), ReadBlob(crema_net_learnable(other.net, i)));
  }
  ASSERT_EQ(crema_net_save(h.net, 1, &buffer), CREMA_OK);
  EXPECT_GT(Take(buffer).size(), saved.size());
  ASSERT_EQ(crema_net_share_with(other.net, h.net), CREMA_OK);
  WriteRandom(crema_net_learnable(h.net, 0), 5);
  EXPECT_EQ(ReadBlob(crema_net_learnable(h.net, 0)), ReadBlob(crema_net_learnable(other.net, 0)));
}

TEST(CApiTest, RunsASolver) {
  SolverHandle s;
  ASSERT_EQ(Create(SmallSolver(), s), CREMA_OK) << crema_last_error();
  EXPECT_EQ(crema_solver_num_test_nets(s.solver), 1);
  EXPECT_NE(crema_solver_test_net(s.solver, 0), nullptr);
  EXPECT_EQ(crema_solver_test_net(s.solver, 1), nullptr);
  EXPECT_EQ(crema_solver_test_net(s.solver, -1), nullptr);
  EXPECT_EQ(crema_net_phase(crema_solver_test_net(s.solver, 0)), 1);
  crema_net* net = crema_solver_net(s.solver);
  WriteRandom(BlobOf(net, "data"), 1);
  WriteRandom(BlobOf(net, "label"), 2);
  float rate = 0, first = 0, last = 0;
  EXPECT_EQ(crema_solver_learning_rate(s.solver, &rate), CREMA_OK);
  EXPECT_EQ(rate, 0.01f);
  EXPECT_EQ(crema_solver_set_learning_rate(s.solver, -1), CREMA_INVALID);
  EXPECT_EQ(crema_solver_set_learning_rate(s.solver, 0.25f), CREMA_OK);
  EXPECT_EQ(crema_solver_learning_rate(s.solver, &rate), CREMA_OK);
  EXPECT_EQ(rate, 0.25f);
  EXPECT_EQ(crema_solver_set_learning_rate(s.solver, NAN), CREMA_OK);
  EXPECT_EQ(crema_solver_learning_rate(s.solver, &rate), CREMA_OK);
  EXPECT_EQ(rate, 0.01f);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(crema_solver_iteration(s.solver), i);
    EXPECT_EQ(crema_solver_forward_backward(s.solver, i == 0 ? &first : &last), CREMA_OK);
    EXPECT_EQ(crema_solver_apply_update(s.solver), CREMA_OK);
  }
  EXPECT_LT(last, first);
  crema_buffer* buffer = nullptr;
  ASSERT_EQ(crema_solver_state(s.solver, &buffer), CREMA_OK);
  const Bytes state = Take(buffer);
  SolverHandle other;
  ASSERT_EQ(Create(SmallSolver(), other), CREMA_OK);
  EXPECT_EQ(crema_solver_restore(other.solver, DataOf(state), state.size() - 1), CREMA_INVALID);
  EXPECT_EQ(crema_solver_restore(other.solver, nullptr, 0), CREMA_INVALID);  // No history.
  EXPECT_EQ(crema_solver_iteration(other.solver), 0);
  EXPECT_EQ(crema_solver_restore(other.solver, DataOf(state), state.size()), CREMA_OK);
  EXPECT_EQ(crema_solver_iteration(other.solver), 20);
}

TEST(CApiTest, NetsRunOnSeparateThreadsAtOnce) {
  const auto run = [](int64_t seed, Values& losses) {
    caffe::SolverParameter param = SmallSolver();
    param.set_random_seed(seed);
    param.set_base_lr(1e-5f);
    *param.mutable_train_net_param() = ConvNet();
    param.clear_test_net_param();
    SolverHandle s;
    ASSERT_EQ(Create(param, s), CREMA_OK);
    crema_net* net = crema_solver_net(s.solver);
    WriteRandom(BlobOf(net, "data"), 1);
    WriteRandom(BlobOf(net, "label"), 2);
    for (int i = 0; i < 10; ++i) {
      float loss = 0;
      ASSERT_EQ(crema_solver_forward_backward(s.solver, &loss), CREMA_OK);
      ASSERT_EQ(crema_solver_apply_update(s.solver), CREMA_OK);
      losses.push_back(loss);
      NetHandle bad;
      EXPECT_EQ(crema_net_create(DataOf("\xff"), 1, 1, nullptr, &bad.net), CREMA_INVALID);
    }
  };
  Values alone[2], together[2];
  for (const int i : {0, 1}) run(i, alone[i]);
  std::thread one([&] { run(0, together[0]); }), two([&] { run(1, together[1]); });
  one.join();
  two.join();
  for (const int i : {0, 1}) EXPECT_EQ(alone[i], together[i]);
  EXPECT_NE(alone[0], alone[1]);
}

}  // namespace
}  // namespace crema::test
