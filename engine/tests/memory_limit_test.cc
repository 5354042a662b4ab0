#include "engine/shared/memory_limit.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/embedded/core/memory.h"
#include "engine/shared/error.h"
#include "engine/tests/net_builder.h"

namespace crema {
namespace {

namespace fs = std::filesystem;

class MemoryLimitTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(root_);
    Write("proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    4000 kB\nSwapFree: 1000 kB\n");
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  int64_t Limit() const { return AvailableMemory(root_.string()); }

 private:
  fs::path root_;
};

TEST_F(MemoryLimitTest, IsWhatTheMachineHasAvailable) { EXPECT_EQ(Limit(), 5000 * 1024); }

TEST_F(MemoryLimitTest, IsThatOfAGroupOrOneAroundIt) {
  Write("proc/self/cgroup", "0::/a/b\n");
  Write("sys/fs/cgroup/a/b/memory.max", "max\n");
  EXPECT_EQ(Limit(), 5000 * 1024);
  Write("sys/fs/cgroup/a/memory.max", "2000000\n");
  EXPECT_EQ(Limit(), 2000000);
  Write("sys/fs/cgroup/a/b/memory.max", "1000000\n");
  EXPECT_EQ(Limit(), 1000000);
  Write("sys/fs/cgroup/a/b/memory.max", "9000000\n");
  EXPECT_EQ(Limit(), 2000000);
}

TEST_F(MemoryLimitTest, IsThatOfAContainerThatSeesItsGroupAsTheRoot) {
  Write("proc/self/cgroup", "0::/../../elsewhere\n");
  Write("sys/fs/cgroup/memory.max", "3000000\n");
  EXPECT_EQ(Limit(), 3000000);
}

TEST_F(MemoryLimitTest, IsThatOfAGroupOfVersion1) {
  Write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/a\n0::/\n");
  Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Limit(), 5000 * 1024);
  Write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1500000\n");
  EXPECT_EQ(Limit(), 1500000);
}

TEST_F(MemoryLimitTest, IsWhatAGroupLeaves) {
  Write("proc/self/cgroup", "0::/a\n");
  Write("sys/fs/cgroup/a/memory.max", "3000000\n");
  Write("sys/fs/cgroup/a/memory.current", "1200000\n");
  EXPECT_EQ(Limit(), 1800000);
  // Files that were read are dropped first.
  Write("sys/fs/cgroup/a/memory.stat", "anon 1000000\ninactive_file 200000\nactive_file 0\n");
  EXPECT_EQ(Limit(), 2000000);
  Write("sys/fs/cgroup/a/memory.current", "4000000\n");
  EXPECT_EQ(Limit(), 0);
  Write("proc/self/cgroup", "4:memory:/b\n");
  Write("sys/fs/cgroup/memory/b/memory.limit_in_bytes", "3000000\n");
  Write("sys/fs/cgroup/memory/b/memory.usage_in_bytes", "2500000\n");
  Write("sys/fs/cgroup/memory/b/memory.stat", "inactive_file 1\ntotal_inactive_file 300000\n");
  EXPECT_EQ(Limit(), 800000);
}

TEST_F(MemoryLimitTest, IsReadAnew) {
  EXPECT_EQ(Limit(), 5000 * 1024);
  Write("proc/meminfo", "MemAvailable: 100 kB\n");
  EXPECT_EQ(Limit(), 100 * 1024);
}

TEST(CheckFits, NamesBothSizes) {
  EXPECT_NO_THROW(CheckFits(100, 100));
  try {
    CheckFits(3'000'000'000, 512'000'000);
    FAIL() << "Expected an error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "Expected the net's blobs to fit into the 512 MB of memory that this process can "
                 "have but found 3000 MB: a smaller batch needs less");
  }
}

TEST(Buffer, CountsWhatAllBuffersHold) {
  const int64_t before = HeldMemory();
  {
    Buffer one(1000);
    EXPECT_EQ(HeldMemory() - before, 4032);
    Buffer two = std::move(one);
    EXPECT_EQ(HeldMemory() - before, 4032);
    two.Reserve(2000);
    EXPECT_EQ(HeldMemory() - before, 8000);
  }
  EXPECT_EQ(HeldMemory(), before);
  // Each alone would fit.
  const int64_t limit = before + 7000;
  const Buffer first(1000, limit);
  EXPECT_THROW(Buffer(1000, limit), std::bad_alloc);
  EXPECT_EQ(HeldMemory() - before, 4032);
}

TEST(MemoryPlan, CountsEachMemoryOnceWithItsLatestSize) {
  MemoryPlan plan(100);
  const int a = 0, b = 0;
  plan.Add(&a, 60);
  plan.Add(&a, 60);
  plan.Add(&b, 40);
  EXPECT_EQ(plan.bytes(), 100);
  plan.Add(&a, 10);
  EXPECT_EQ(plan.bytes(), 50);
  plan.Remove(&b);
  plan.Remove(&b);
  EXPECT_EQ(plan.bytes(), 10);
  EXPECT_THROW(plan.Add(&b, 91), Error);
}

// So many blobs of kCount values that half of them are too many.
constexpr int kCount = 1 << 24;
int64_t TooMany() {
  return 2 * (AvailableMemory() / kCount / static_cast<int64_t>(sizeof(float)) + 1);
}

TEST(CheckFits, IsTheSumOverTheBlobsOfANet) {
  // Each of the blobs would fit, and nothing is allocated.
  const int64_t before = HeldMemory(), number = TooMany();
  caffe::NetParameter net;
  test::AddInput(net, "0", {kCount});
  EXPECT_EQ(test::NetError(net), "");
  for (int64_t i = 1; i <= number; ++i) {
    const std::string name = std::to_string(i);
    test::AddLayer(net, name, "TanH", {std::to_string(i - 1)}, {name});
  }
  EXPECT_NE(test::NetError(net).find("Expected the net's blobs to fit into the "),
            std::string::npos);
  EXPECT_EQ(HeldMemory(), before);
}

TEST(CheckFits, StopsAtTheLayerThatIsTooMuchBeforeAnyIsFilled) {
  const int64_t before = HeldMemory(), number = TooMany();
  caffe::NetParameter net;
  for (int64_t i = 0; i < number; ++i) test::AddInput(net, StrCat("input ", i), {kCount});
  // Never reached.
  test::AddInnerProduct(net, "ip", "input 0", 0);
  try {
    const Net made(net, 1, 0, test::kNoHost);
    FAIL() << "Expected an error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("Expected the net's blobs to fit into the "),
              std::string::npos);
    EXPECT_EQ(error.layer().substr(0, 6), "input ");
    EXPECT_NE(error.layer(), StrCat("input ", number - 1));
  }
  EXPECT_EQ(HeldMemory(), before);
}

class ParamsLayer : public Layer {
 public:
  using Layer::Layer;
  Arity arity() const override { return {}; }
  void SetUp(const Blobs&, const Blobs&) override {
    AddParam({1000}, {});
    AddParam({1000}, {});
  }
  void Reshape(const Blobs&, const Blobs&) override {}
  void Forward(const Blobs&, const Blobs&) override {}
  void Backward(const Blobs&, const Flags&, const Blobs&) override {}
};

TEST(CheckFits, CountsAParameterBeforeItIsFilled) {
  const int64_t before = HeldMemory();
  const caffe::LayerParameter param;
  ParamsLayer layer(param);
  MemoryPlan plan(7000);
  layer.set_memory_plan(&plan);
  EXPECT_THROW(layer.SetUp({}, {}), Error);
  EXPECT_EQ(layer.blobs().size(), 1u);
  EXPECT_EQ(HeldMemory() - before, 4032);
}

TEST(CheckFits, CountsSharedParametersAndTopsOnce) {
  // 3 inputs, one weight of 6 that two layers share, 2 tops of 2, and their splits.
  caffe::NetParameter net;
  test::AddInput(net, "data", {1, 3});
  for (const char* name : {"a", "b"}) {
    test::AddInnerProduct(net, name, "data", 2);
    caffe::LayerParameter& layer = *net.mutable_layer(net.layer_size() - 1);
    layer.clear_param();
    layer.add_param()->set_name("w");
    layer.mutable_inner_product_param()->set_bias_term(false);
  }
  test::AddLayer(net, "sum", "Eltwise", {"a", "b"}, {"sum"});
  net.mutable_state()->set_phase(caffe::TEST);
  const Net made(net, 1, 0, test::kNoHost);
  EXPECT_EQ(made.PlannedMemory(), (3 + 6 + 2 * 2 + 2) * static_cast<int64_t>(sizeof(float)));
}

}  // namespace
}  // namespace crema
