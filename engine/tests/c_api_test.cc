// The ABI as a host uses it: statuses, handles, callbacks, and bytes that are no messages.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/solver/solver.h"
#include "engine/tests/net_builder.h"
#include "ffi/crema.h"

namespace crema::test {
namespace {

using Bytes = std::string;

const uint8_t* DataOf(const Bytes& bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

// Owners of the handles.
struct NetHandle {
  crema_net* net = nullptr;
  NetHandle() = default;
  NetHandle(const NetHandle&) = delete;
  NetHandle& operator=(const NetHandle&) = delete;
  ~NetHandle() { crema_net_free(net); }
};
struct SolverHandle {
  crema_solver* solver = nullptr;
  SolverHandle() = default;
  SolverHandle(const SolverHandle&) = delete;
  SolverHandle& operator=(const SolverHandle&) = delete;
  ~SolverHandle() { crema_solver_free(solver); }
};

crema_status Create(const caffe::NetParameter& param, NetHandle& handle,
                    const crema_host* host = nullptr) {
  const Bytes bytes = param.SerializeAsString();
  return crema_net_create(DataOf(bytes), bytes.size(), 1, host, &handle.net);
}

crema_status Create(const caffe::SolverParameter& param, SolverHandle& handle,
                    const crema_host* host = nullptr) {
  const Bytes bytes = param.SerializeAsString();
  return crema_solver_create(DataOf(bytes), bytes.size(), host, &handle.solver);
}

Bytes Take(crema_buffer* buffer) {
  Bytes bytes(reinterpret_cast<const char*>(crema_buffer_data(buffer)), crema_buffer_size(buffer));
  crema_buffer_free(buffer);
  return bytes;
}

crema_blob* BlobOf(crema_net* net, const std::string& name) {
  for (int i = 0; i < crema_net_num_blobs(net); ++i) {
    if (name == crema_net_blob_name(net, i)) return crema_net_blob(net, i);
  }
  return nullptr;
}

Values ReadBlob(crema_blob* blob, int32_t diff = 0) {
  int32_t dims[32];
  const int axes = crema_blob_shape(blob, dims, 32);
  Values values(static_cast<size_t>(CountOf(Shape(dims, dims + axes))));
  EXPECT_EQ(crema_blob_read(blob, diff, 0, values.data(), values.size()), CREMA_OK)
      << crema_last_error();
  return values;
}

void WriteRandom(crema_blob* blob, uint64_t seed) {
  Random random(seed, 11);
  Values values = ReadBlob(blob);
  for (float& v : values) v = 2 * random.NextUniform() - 1;
  EXPECT_EQ(crema_blob_write(blob, 0, 0, values.data(), values.size()), CREMA_OK);
}

caffe::SolverParameter SmallSolver() {
  caffe::SolverParameter param;
  param.set_base_lr(0.01f);
  param.set_lr_policy("fixed");
  param.set_momentum(0.9f);
  param.set_random_seed(3);
  *param.mutable_train_net_param() = SmallNet();
  *param.add_test_net_param() = SmallNet();
  return param;
}

TEST(CApiTest, SaysWhoItIs) {
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
  // Of the calling thread alone.
  std::thread([] { crema_set_threads(1); }).join();
  EXPECT_EQ(crema_threads(), 3);
  crema_set_threads(before);
}

TEST(CApiTest, FreesNothingWhenThereIsNothing) {
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
  EXPECT_EQ(crema_net_layer_bottoms(h.net, 5, nullptr, 0), 2);  // The number, at no capacity.
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
  EXPECT_EQ(crema_net_forward(h.net, 6, -1, nullptr), CREMA_OK);  // From the 6th to the last: none.
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
  EXPECT_EQ(h.net, nullptr);  // Results are written on success only.
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

TEST(CApiTest, RefusesBytesThatAreNoMessage) {
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
  // No bytes are a net without layers, as no text is.
  EXPECT_EQ(crema_net_create(nullptr, 0, 1, nullptr, &net.net), CREMA_OK);
  EXPECT_EQ(crema_net_copy_from(net.net, DataOf(garbage), garbage.size()), CREMA_INVALID);
  float loss = -1;
  EXPECT_EQ(crema_net_forward(net.net, -1, -1, &loss), CREMA_OK);
  EXPECT_EQ(loss, 0);
  EXPECT_EQ(crema_net_backward(net.net, -1, -1), CREMA_OK);
}

TEST(CApiTest, RefusesEveryTruncatedMessageOrTakesIt) {
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

// Lets the process grow by `megabytes` while it lives. AddressSanitizer bounds allocations by its
// options in sanitizer_memory.cc instead.
class MemoryLimit {
 public:
  explicit MemoryLimit(uint64_t megabytes) {
#if !defined(__SANITIZE_ADDRESS__)
    getrlimit(RLIMIT_AS, &before_);
    rlimit limit = before_;
    limit.rlim_cur = InUse() + (megabytes << 20);
    setrlimit(RLIMIT_AS, &limit);
#else
    (void)megabytes;
#endif
  }
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
  ~MemoryLimit() {
#if !defined(__SANITIZE_ADDRESS__)
    setrlimit(RLIMIT_AS, &before_);
#endif
  }

 private:
#if !defined(__SANITIZE_ADDRESS__)
  static uint64_t InUse() {
    uint64_t pages = 0;
    std::FILE* file = std::fopen("/proc/self/statm", "r");
    if (file == nullptr || std::fscanf(file, "%lu", &pages) != 1) ADD_FAILURE();
    if (file != nullptr) std::fclose(file);
    return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  }
  rlimit before_{};
#endif
};

TEST(CApiTest, SaysWhenThereIsNoMemoryAndGoesOn) {
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
  EXPECT_EQ(crema_blob_read(blob, 1, 9, back, 3), CREMA_OK);  // The diff is another.
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

TEST(CApiTest, NetsRunOnTheirOwnThreadsAtOnce) {
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

// ---- The host ----

// Layers that copy the bottom to the top, times a parameter; any method can be told to fail.
struct Host {
  struct Made {
    caffe::LayerParameter param;
    crema_layer* layer = nullptr;
    Bytes propagate_down;
    Values input;  // Of the last forward: in place it is overwritten.
  };
  std::map<int32_t, Made> layers;
  int32_t next = 1;
  std::string fails, calls;
  std::vector<uint64_t> released;
  // Runs inside of `forward`.
  std::function<void(crema_layer*)> in_forward;

  crema_status Call(const std::string& method) {
    calls += method + " ";
    return fails == method ? CREMA_HOST_FAILED : CREMA_OK;
  }
} host;

Values CopyOf(crema_blob* blob, bool diff) { return ReadBlob(blob, diff); }

const crema_host kHost = {
    .create = [](const uint8_t* bytes, uint64_t size) -> int32_t {
      caffe::LayerParameter param;
      EXPECT_TRUE(param.ParseFromArray(bytes, static_cast<int>(size)));
      EXPECT_TRUE(param.has_phase());
      if (host.Call("create") != CREMA_OK || param.type() == "Unknown") return 0;
      host.layers[host.next].param = param;
      return host.next++;
    },
    .setup = [](int32_t id, crema_layer* layer) -> crema_status {
      host.layers.at(id).layer = layer;
      if (host.layers.at(id).param.blobs_size() != 0) ADD_FAILURE() << "blobs are the engine's";
      const int32_t dims[1] = {1};
      caffe::FillerParameter filler;
      filler.set_value(2);
      const Bytes bytes = filler.SerializeAsString();
      EXPECT_EQ(crema_layer_add_param(layer, dims, 1, DataOf(bytes), bytes.size()), CREMA_OK);
      return host.Call("setup");
    },
    .reshape = [](int32_t id) -> crema_status {
      crema_layer* layer = host.layers.at(id).layer;
      int32_t dims[32];
      const int32_t axes = crema_blob_shape(crema_layer_bottom(layer, 0), dims, 32);
      EXPECT_EQ(crema_blob_reshape(crema_layer_top(layer, 0), dims, axes), CREMA_OK)
          << crema_last_error();
      return host.Call("reshape");
    },
    .forward = [](int32_t id) -> crema_status {
      crema_layer* layer = host.layers.at(id).layer;
      if (host.in_forward) host.in_forward(layer);
      Values values = CopyOf(crema_layer_bottom(layer, 0), false);
      host.layers.at(id).input = values;
      const float scale = CopyOf(crema_layer_param(layer, 0), false)[0];
      for (float& v : values) v *= scale;
      auto* top = reinterpret_cast<float*>(crema_blob_data(crema_layer_top(layer, 0)));
      std::copy(values.begin(), values.end(), top);
      return host.Call("forward");
    },
    .backward = [](int32_t id, const uint8_t* propagate_down) -> crema_status {
      Host::Made& made = host.layers.at(id);
      made.propagate_down = Bytes(reinterpret_cast<const char*>(propagate_down), 1);
      const Values& in = made.input;
      Values diff = CopyOf(crema_layer_top(made.layer, 0), true);
      const float scale = CopyOf(crema_layer_param(made.layer, 0), false)[0];
      auto* scale_diff =
          reinterpret_cast<float*>(crema_blob_diff(crema_layer_param(made.layer, 0)));
      for (size_t i = 0; i < diff.size(); ++i) scale_diff[0] += in[i] * diff[i];
      for (float& v : diff) v *= scale;
      if (propagate_down[0] != 0) {
        auto* bottom = reinterpret_cast<float*>(crema_blob_diff(crema_layer_bottom(made.layer, 0)));
        std::copy(diff.begin(), diff.end(), bottom);
      }
      return host.Call("backward");
    },
    .destroy =
        [](int32_t id) {
          host.calls += "destroy ";
          EXPECT_EQ(host.layers.erase(id), 1u);
        },
    .release = [](uint64_t address) { host.released.push_back(address); },
};

// data -> ip1 -> script -> ip2 -> loss
caffe::NetParameter ScriptNet(bool in_place = false, const char* type = "Script") {
  caffe::NetParameter net;
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(net, "data", {4, 3});
  AddInput(net, "label", {4, 2});
  AddInnerProduct(net, "ip1", "data", 5);
  const std::string top = in_place ? "ip1" : "script";
  AddLayer(net, "script", type, {"ip1"}, {top});
  AddInnerProduct(net, "ip2", top, 2);
  AddLayer(net, "loss", "EuclideanLoss", {"ip2", "label"}, {"loss"});
  return net;
}

class HostTest : public testing::Test {
 protected:
  void SetUp() override { host = Host(); }
  void TearDown() override { EXPECT_TRUE(host.layers.empty()) << "a layer was not destroyed"; }
};

TEST_F(HostTest, ComputesALayer) {
  for (const bool in_place : {false, true}) {
    NetHandle h;
    ASSERT_EQ(Create(ScriptNet(in_place), h, &kHost), CREMA_OK) << crema_last_error();
    const auto script = host.layers.begin()->second;
    EXPECT_EQ(crema_layer_num_bottoms(script.layer), 1);
    EXPECT_EQ(crema_layer_num_tops(script.layer), 1);
    EXPECT_EQ(crema_layer_num_params(script.layer), 1);
    for (const int32_t i : {-1, 1, INT32_MAX}) {
      EXPECT_EQ(crema_layer_bottom(script.layer, i), nullptr);
      EXPECT_EQ(crema_layer_top(script.layer, i), nullptr);
      EXPECT_EQ(crema_layer_param(script.layer, i), nullptr);
    }
    WriteRandom(BlobOf(h.net, "data"), 1);
    WriteRandom(BlobOf(h.net, "label"), 2);
    host.calls.clear();
    float loss = 0;
    ASSERT_EQ(crema_net_forward(h.net, -1, -1, &loss), CREMA_OK) << crema_last_error();
    ASSERT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK) << crema_last_error();
    EXPECT_EQ(host.calls, "reshape forward backward ");
    EXPECT_EQ(host.layers.begin()->second.propagate_down, Bytes("\1", 1));
    // The parameter's gradient, by finite differences.
    crema_blob* scale = crema_net_layer_param(h.net, 3, 0);
    const float gradient = ReadBlob(scale, 1)[0];
    float above = 2.01f, below = 1.99f, high = 0, low = 0;
    crema_blob_write(scale, 0, 0, &above, 1);
    crema_net_forward(h.net, -1, -1, &high);
    crema_blob_write(scale, 0, 0, &below, 1);
    crema_net_forward(h.net, -1, -1, &low);
    EXPECT_NEAR(gradient, (high - low) / 0.02f, 1e-2f * std::max(1.0f, std::fabs(gradient)));
  }
}

TEST_F(HostTest, GetsItsTypesAndThoseTheEngineLacks) {
  for (const char* type : {"Script", "Python", "Data", "Frobnicate"}) {
    NetHandle h;
    EXPECT_EQ(Create(ScriptNet(false, type), h, &kHost), CREMA_OK) << crema_last_error();
    EXPECT_EQ(host.layers.begin()->second.param.type(), type);
  }
  NetHandle h;
  EXPECT_EQ(Create(ScriptNet(false, "Unknown"), h, &kHost), CREMA_HOST_FAILED);
  EXPECT_EQ(Create(ScriptNet(), h), CREMA_INVALID);  // No host.
  EXPECT_STREQ(crema_last_error_layer(), "script");
}

TEST_F(HostTest, FailingInCreateSetupOrReshapeMakesNoNet) {
  for (const char* method : {"create", "setup", "reshape"}) {
    host.fails = method;
    NetHandle h;
    EXPECT_EQ(Create(ScriptNet(), h, &kHost), CREMA_HOST_FAILED) << method;
    EXPECT_EQ(h.net, nullptr);
    EXPECT_STREQ(crema_last_error_layer(), "script");
    EXPECT_NE(std::string(crema_last_error()).find("'script'"), std::string::npos);
    EXPECT_TRUE(host.layers.empty());
  }
}

TEST_F(HostTest, FailingInAPassLeavesTheNetUsable) {
  NetHandle h;
  ASSERT_EQ(Create(ScriptNet(), h, &kHost), CREMA_OK);
  WriteRandom(BlobOf(h.net, "data"), 1);
  float loss = 0;
  ASSERT_EQ(crema_net_forward(h.net, -1, -1, &loss), CREMA_OK);
  for (const char* method : {"reshape", "forward", "backward"}) {
    host.fails = method;
    float unchanged = -1;
    crema_status status = crema_net_forward(h.net, -1, -1, &unchanged);
    if (status == CREMA_OK) {
      status = crema_net_backward(h.net, -1, -1);
    } else {
      EXPECT_EQ(unchanged, -1);
    }
    EXPECT_EQ(status, CREMA_HOST_FAILED);
    EXPECT_EQ(crema_last_error(),
              StrCat("Expected ", method, " of layer 'script' to succeed but it failed"));
    EXPECT_STREQ(crema_last_error_layer(), "script");
    host.fails.clear();
    float again = 0;
    EXPECT_EQ(crema_net_forward(h.net, -1, -1, &again), CREMA_OK);
    EXPECT_EQ(again, loss);
    EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK);
  }
  host.fails = "reshape";
  EXPECT_EQ(crema_net_reshape(h.net), CREMA_HOST_FAILED);
}

TEST_F(HostTest, FailingInASolverLeavesItUsable) {
  caffe::SolverParameter param = SmallSolver();
  *param.mutable_train_net_param() = ScriptNet();
  *param.mutable_test_net_param(0) = ScriptNet();
  {
    SolverHandle s;
    ASSERT_EQ(Create(param, s, &kHost), CREMA_OK);
    EXPECT_EQ(host.layers.size(), 2u);
    host.fails = "backward";
    EXPECT_EQ(crema_solver_forward_backward(s.solver, nullptr), CREMA_HOST_FAILED);
    host.fails.clear();
    EXPECT_EQ(crema_solver_forward_backward(s.solver, nullptr), CREMA_OK);
    EXPECT_EQ(crema_solver_apply_update(s.solver), CREMA_OK);
    EXPECT_EQ(crema_solver_iteration(s.solver), 1);
  }
  // The test net fails, after the train net was made.
  param.mutable_test_net_param(0)->mutable_layer(3)->set_type("Unknown");
  SolverHandle s;
  EXPECT_EQ(Create(param, s, &kHost), CREMA_HOST_FAILED);
  EXPECT_TRUE(host.layers.empty());
}

TEST_F(HostTest, IsToldOfMemoryThatGoes) {
  uint64_t data = 0, grown = 0, diff = 0;
  {
    NetHandle h;
    ASSERT_EQ(Create(SmallNet(), h, &kHost), CREMA_OK);
    data = crema_blob_data(BlobOf(h.net, "data"));
    diff = crema_blob_diff(crema_net_learnable(h.net, 0));
    EXPECT_EQ(crema_blob_data(BlobOf(h.net, "data")), data);
    const int32_t dims[2] = {4000, 3};
    ASSERT_EQ(crema_blob_reshape(BlobOf(h.net, "data"), dims, 2), CREMA_OK);
    EXPECT_EQ(host.released, std::vector<uint64_t>{data});
    grown = crema_blob_data(BlobOf(h.net, "data"));
    EXPECT_EQ(host.released.size(), 1u);
  }
  ASSERT_EQ(host.released.size(), 3u);
  EXPECT_NE(std::find(host.released.begin() + 1, host.released.end(), grown), host.released.end());
  EXPECT_NE(std::find(host.released.begin() + 1, host.released.end(), diff), host.released.end());
}

TEST_F(HostTest, AddsParametersInSetupOnly) {
  NetHandle h;
  ASSERT_EQ(Create(ScriptNet(), h, &kHost), CREMA_OK);
  const int32_t dims[1] = {1};
  crema_layer* layer = host.layers.begin()->second.layer;
  EXPECT_EQ(crema_layer_add_param(layer, dims, 1, nullptr, 0), CREMA_INVALID);
  EXPECT_NE(std::string(crema_last_error()).find("in setup"), std::string::npos);
  host.in_forward = [](crema_layer* inside) {
    const int32_t one[1] = {1};
    EXPECT_EQ(crema_layer_add_param(inside, one, 1, nullptr, 0), CREMA_INVALID);
  };
  EXPECT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK);
  EXPECT_EQ(crema_layer_num_params(layer), 1);
}

TEST_F(HostTest, GivenParametersWin) {
  caffe::NetParameter param = ScriptNet();
  auto* blob = param.mutable_layer(3)->add_blobs();
  blob->mutable_shape()->add_dim(1);
  blob->add_data(42);
  NetHandle h;
  ASSERT_EQ(Create(param, h, &kHost), CREMA_OK) << crema_last_error();
  EXPECT_EQ(ReadBlob(crema_net_layer_param(h.net, 3, 0))[0], 42);
  blob->add_data(1);
  NetHandle bad;
  EXPECT_EQ(Create(param, bad, &kHost), CREMA_INVALID);
}

TEST_F(HostTest, MayShapeItsTopsLateButNoBlobOfTheEngine) {
  caffe::NetParameter param = ScriptNet();
  param.mutable_layer(3)->add_loss_weight(0.5f);
  NetHandle h;
  ASSERT_EQ(Create(param, h, &kHost), CREMA_OK) << crema_last_error();
  host.in_forward = [](crema_layer* layer) {
    const int32_t dims[2] = {1, 1};
    EXPECT_EQ(crema_blob_reshape(crema_layer_bottom(layer, 0), dims, 2), CREMA_INVALID);
    EXPECT_EQ(crema_blob_reshape(crema_layer_param(layer, 0), dims, 2), CREMA_INVALID);
  };
  EXPECT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK) << crema_last_error();
  EXPECT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK);
}

TEST_F(HostTest, RunsInNetsOnTwoThreads) {
  // Threads have hosts of their own; this one only counts.
  static std::atomic<int> calls;
  calls = 0;
  static const crema_host counting = {
      .create = [](const uint8_t*, uint64_t) -> int32_t { return 1; },
      .setup = [](int32_t, crema_layer* layer) -> crema_status {
        const int32_t dims[2] = {4, 5};
        return crema_blob_reshape(crema_layer_top(layer, 0), dims, 2);
      },
      .reshape = [](int32_t) -> crema_status { return CREMA_OK; },
      .forward = [](int32_t) -> crema_status {
        ++calls;
        return CREMA_OK;
      },
      .backward = [](int32_t, const uint8_t*) -> crema_status { return CREMA_OK; },
      .destroy = [](int32_t) {},
      .release = nullptr,
  };
  const auto run = [] {
    NetHandle h;
    ASSERT_EQ(Create(ScriptNet(), h, &counting), CREMA_OK) << crema_last_error();
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK);
      ASSERT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK);
    }
  };
  std::thread one(run), two(run);
  one.join();
  two.join();
  EXPECT_EQ(calls, 100);
}

// ---- Mutated messages ----

// Changes a few bytes of a valid message: flips, numbers of interest, pieces cut out or doubled.
Bytes Mutate(Bytes bytes, std::mt19937& random) {
  const auto draw = [&](size_t below) { return static_cast<size_t>(random() % below); };
  for (size_t n = 1 + draw(3); n > 0 && !bytes.empty(); --n) {
    const size_t at = draw(bytes.size());
    switch (draw(12)) {  // Mostly the first three: they keep the lengths right.
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

// A net with many kinds of layers, so that their parameters are mutated as well.
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

int64_t SizeOf(crema_net* net) {
  int64_t sum = 0;
  for (int i = 0; i < crema_net_num_blobs(net); ++i) {
    int32_t dims[32];
    const int axes = crema_blob_shape(crema_net_blob(net, i), dims, 32);
    sum += CountOf(Shape(dims, dims + axes));
  }
  return sum;
}

// No answer but these; whatever is made must run, or say why it can't, and be freed.
void ExpectAnswer(crema_status status) {
  ASSERT_TRUE(status == CREMA_OK || status == CREMA_INVALID || status == CREMA_INTERNAL ||
              status == CREMA_HOST_FAILED);
  ASSERT_TRUE(status == CREMA_OK || *crema_last_error() != 0);
}

TEST(FuzzTest, MutatedNets) {
  std::mt19937 random(1);
  const MemoryLimit limit(512);
  const Bytes seeds[] = {ManyLayers().SerializeAsString(), SmallNet().SerializeAsString(),
                         ConvNet().SerializeAsString(), ScriptNet().SerializeAsString()};
  int made = 0;
  for (int i = 0; i < 8000; ++i) {
    const Bytes bytes = Mutate(seeds[i % 4], random);
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

// Numbers changed one by one, in messages that parse: this reaches deeper than bytes do.
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
          // The top of one layer becomes that of another: cycles, doubles, work in place.
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

// Every type of layer in place, wherever its shapes allow it.
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
    if (parsed.iter_size() > 100) continue;  // So many passes were asked for.
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
