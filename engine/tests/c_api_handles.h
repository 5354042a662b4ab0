// Owners of crema.h's handles, and what the tests of crema.h have in common.
#ifndef CREMA_ENGINE_TESTS_C_API_HANDLES_H_
#define CREMA_ENGINE_TESTS_C_API_HANDLES_H_

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "engine/embedded/solver/solver.h"
#include "engine/tests/net_builder.h"
#include "ffi/crema.h"

namespace crema::test {

using Bytes = std::string;

inline const uint8_t* DataOf(const Bytes& bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// Owners of handles.
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

inline crema_status Create(const caffe::NetParameter& param, NetHandle& handle,
                           const crema_host* host = nullptr) {
  const Bytes bytes = param.SerializeAsString();
  return crema_net_create(DataOf(bytes), bytes.size(), 1, host, &handle.net);
}

inline crema_status Create(const caffe::SolverParameter& param, SolverHandle& handle,
                           const crema_host* host = nullptr) {
  const Bytes bytes = param.SerializeAsString();
  return crema_solver_create(DataOf(bytes), bytes.size(), host, &handle.solver);
}

inline Bytes Take(crema_buffer* buffer) {
  Bytes bytes(reinterpret_cast<const char*>(crema_buffer_data(buffer)), crema_buffer_size(buffer));
  crema_buffer_free(buffer);
  return bytes;
}

inline crema_blob* BlobOf(crema_net* net, const std::string& name) {
  for (int i = 0; i < crema_net_num_blobs(net); ++i) {
    if (name == crema_net_blob_name(net, i)) return crema_net_blob(net, i);
  }
  return nullptr;
}

inline Values ReadBlob(crema_blob* blob, int32_t diff = 0) {
  int32_t dims[32];
  const int axes = crema_blob_shape(blob, dims, 32);
  Values values(static_cast<size_t>(CountOf(Shape(dims, dims + axes))));
  EXPECT_EQ(crema_blob_read(blob, diff, 0, values.data(), values.size()), CREMA_OK)
      << crema_last_error();
  return values;
}

inline void WriteRandom(crema_blob* blob, uint64_t seed) {
  Random random(seed, 11);
  Values values = ReadBlob(blob);
  for (float& v : values) v = 2 * random.NextUniform() - 1;
  EXPECT_EQ(crema_blob_write(blob, 0, 0, values.data(), values.size()), CREMA_OK);
}

inline caffe::SolverParameter SmallSolver() {
  caffe::SolverParameter param;
  param.set_base_lr(0.01f);
  param.set_lr_policy("fixed");
  param.set_momentum(0.9f);
  param.set_random_seed(3);
  *param.mutable_train_net_param() = SmallNet();
  *param.add_test_net_param() = SmallNet();
  return param;
}

// data -> ip1 -> script -> ip2 -> loss
inline caffe::NetParameter ScriptNet(bool in_place = false, const char* type = "Script") {
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

// Lets the process grow by `megabytes` during its lifetime. Under AddressSanitizer, its options in
// sanitizer_memory.cc limit allocations instead.
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

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_C_API_HANDLES_H_
