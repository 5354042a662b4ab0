// Layers that the host implements, and how they fail.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <thread>

#include "engine/tests/c_api_handles.h"

namespace crema::test {
namespace {

// Layers whose top is the bottom times a parameter. Any method can be made to fail.
struct Host {
  struct Made {
    caffe::LayerParameter param;
    crema_layer* layer = nullptr;
    Bytes propagate_down;
    Values input;  // Of the last forward, as in place it is overwritten.
  };
  std::map<int32_t, Made> layers;
  int32_t next = 1;
  std::string fails, calls;
  std::vector<uint64_t> released;
  bool forward_copies = true;
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
      if (!host.forward_copies) return host.Call("forward");
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
    // The gradient of the parameter, by finite differences.
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

TEST_F(HostTest, GetsItsTypesAndThoseThatTheEngineLacks) {
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
  // The test net fails after the train net was made.
  param.mutable_test_net_param(0)->mutable_layer(3)->set_type("Unknown");
  SolverHandle s;
  EXPECT_EQ(Create(param, s, &kHost), CREMA_HOST_FAILED);
  EXPECT_TRUE(host.layers.empty());
}

TEST_F(HostTest, IsToldOfMemoryThatIsFreed) {
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

TEST_F(HostTest, MayReshapeItsTopsLateButNoBlobOfTheEngine) {
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

TEST_F(HostTest, MayGiveItsTopsAnotherShapeInEveryForward) {
  caffe::NetParameter param = ScriptNet();
  param.mutable_layer(5)->clear_bottom();
  param.mutable_layer(5)->add_bottom("ip2");
  param.mutable_layer(5)->add_bottom("ip2b");
  AddInnerProduct(param, "ip2b", "script", 2);
  param.mutable_layer()->SwapElements(5, 6);
  NetHandle h;
  ASSERT_EQ(Create(param, h, &kHost), CREMA_OK) << crema_last_error();
  static int rows;
  host.in_forward = [](crema_layer* layer) {
    // More and fewer than the engine knew of when it shaped the layers behind.
    const int32_t dims[2] = {rows, 5};
    EXPECT_EQ(crema_blob_reshape(crema_layer_top(layer, 0), dims, 2), CREMA_OK);
  };
  host.forward_copies = false;
  for (const int count : {3, 1, 50, 2, 0, 4}) {
    rows = count;
    EXPECT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK) << crema_last_error();
    EXPECT_EQ(ReadBlob(BlobOf(h.net, "ip2")).size(), static_cast<size_t>(count) * 2);
    EXPECT_EQ(crema_net_backward(h.net, 7, 4), CREMA_OK) << crema_last_error();
  }
}

TEST_F(HostTest, KeepsWhatItReadsFromLayersThatWorkInPlace) {
  // What a host reads is not known, so all of it stays; it works in place as if it did.
  for (const bool in_place : {false, true}) {
    caffe::NetParameter param = ScriptNet(in_place);
    const std::string top = in_place ? "ip1" : "script";
    AddLayer(param, "sigmoid", "Sigmoid", {top}, {top});
    param.mutable_layer()->SwapElements(4, 6);
    param.mutable_layer()->SwapElements(5, 6);
    NetHandle h;
    ASSERT_EQ(Create(param, h, &kHost), CREMA_OK) << crema_last_error();
    const auto& made = host.layers.begin()->second;
    crema_blob* mine = crema_layer_top(made.layer, 0);
    EXPECT_NE(mine, BlobOf(h.net, top));
    WriteRandom(BlobOf(h.net, "data"), 1);
    ASSERT_EQ(crema_net_forward(h.net, -1, -1, nullptr), CREMA_OK) << crema_last_error();
    Values expected = made.input;
    for (float& v : expected) v *= 2;
    EXPECT_EQ(ReadBlob(mine), expected);
    ASSERT_EQ(crema_net_backward(h.net, -1, -1), CREMA_OK) << crema_last_error();
  }
}

TEST_F(HostTest, RunsInNetsOnTwoThreads) {
  // Each thread has its own host; this one only counts.
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

}  // namespace
}  // namespace crema::test
