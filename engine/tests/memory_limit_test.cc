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
  int64_t Limit() const { return ReadMemoryLimit(root_.string()); }

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

TEST(CheckFits, IsTheSumOverTheBlobsOfANet) {
  // Each of the blobs would fit, and nothing is allocated.
  const int64_t before = HeldMemory();
  constexpr int kCount = 1 << 24;
  caffe::NetParameter net;
  test::AddInput(net, "0", {kCount});
  EXPECT_EQ(test::NetError(net), "");
  const int64_t number = MemoryLimit() / kCount / static_cast<int64_t>(sizeof(float)) + 1;
  for (int64_t i = 1; i <= number; ++i) {
    const std::string name = std::to_string(i);
    test::AddLayer(net, name, "TanH", {std::to_string(i - 1)}, {name});
  }
  EXPECT_NE(test::NetError(net).find("Expected the net's blobs to fit into the "),
            std::string::npos);
  EXPECT_EQ(HeldMemory(), before);
}

}  // namespace
}  // namespace crema
