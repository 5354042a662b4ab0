#include "engine/embedded/core/arena.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <vector>

#include "engine/embedded/core/memory.h"

namespace crema {
namespace {

TEST(ArenaTest, GivesAlignedMemoryThatDoesNotOverlap) {
  Arena arena;
  std::vector<char*> taken;
  for (int64_t bytes : {1, 64, 65, 1000, 0}) {
    taken.push_back(static_cast<char*>(arena.Take(bytes)));
    EXPECT_EQ(reinterpret_cast<uint64_t>(taken.back()) % 64, 0u);
  }
  EXPECT_EQ(taken[1] - taken[0], 64);
  EXPECT_EQ(taken[2] - taken[1], 64);
  EXPECT_EQ(taken[3] - taken[2], 128);
  EXPECT_EQ(taken[4] - taken[3], 1024);
  EXPECT_EQ(arena.size(), 64 + 64 + 128 + 1024 + 64);
}

TEST(ArenaTest, TakesTheSmallestPieceThatIsLargeEnough) {
  Arena arena;
  void* const large = arena.Take(1024);
  arena.Take(64);
  void* const small = arena.Take(256);
  arena.Take(64);
  arena.Give(large, 1024);
  arena.Give(small, 256);
  EXPECT_EQ(arena.Take(200), small);
  EXPECT_EQ(arena.Take(300), large);
  EXPECT_EQ(arena.Take(64), static_cast<char*>(large) + 320);  // what is left of it
}

TEST(ArenaTest, JoinsPiecesInEveryOrder) {
  const std::vector<std::vector<size_t>> orders = {{0, 1, 2}, {2, 1, 0}, {0, 2, 1}, {1, 0, 2}};
  for (const auto& order : orders) {
    Arena arena;
    std::vector<void*> taken;
    for (int i = 0; i < 3; ++i) taken.push_back(arena.Take(128));
    arena.Take(64);
    for (const size_t i : order) arena.Give(taken[i], 128);
    EXPECT_EQ(arena.Take(384), taken[0]);
  }
}

TEST(ArenaTest, GrowsByWhatIsMissingAtItsEnd) {
  Arena arena;
  arena.Take(64);
  void* const last = arena.Take(128);
  arena.Give(last, 128);
  EXPECT_EQ(arena.Take(1024), last);
  EXPECT_EQ(arena.size(), 64 + 1024);
}

TEST(ArenaTest, IsPartOfWhatIsHeld) {
  const int64_t before = HeldMemory();
  {
    Arena arena;
    void* const piece = arena.Take(1 << 20);
    EXPECT_EQ(HeldMemory() - before, 1 << 20);
    arena.Give(piece, 1 << 20);
    EXPECT_EQ(HeldMemory() - before, 1 << 20);
    EXPECT_THROW(arena.Take(int64_t{1} << 60), std::bad_alloc);
    EXPECT_EQ(arena.Take(1 << 20), piece);
  }
  EXPECT_EQ(HeldMemory(), before);
}

// In a process of its own.
[[noreturn]] void TakeMoreThanIsReserved() {
  std::ifstream pages("/proc/self/statm");
  rlim_t used = 0;
  pages >> used;
  used *= static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
  const rlimit few = {used + (160 << 20), RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_AS, &few) != 0) std::_Exit(1);
  const int64_t before = HeldMemory();
  Arena arena;
  if (setrlimit(RLIMIT_AS, &all) != 0) std::_Exit(1);
  constexpr int64_t kPiece = 4 << 20;
  std::vector<void*> taken;
  for (int i = 0; i < 50; ++i) taken.push_back(arena.Take(kPiece));
  const bool is_more = arena.size() < 50 * kPiece && HeldMemory() - before == 50 * kPiece;
  for (void* piece : taken) arena.Give(piece, kPiece);
  std::_Exit(is_more && HeldMemory() - before == arena.size() ? 0 : 2);
}

TEST(ArenaDeathTest, TakesMemoryElsewhereWhereAddressesAreFew) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer needs addresses itself";
#endif
  EXPECT_EXIT(TakeMoreThanIsReserved(), ::testing::ExitedWithCode(0), "");
}

TEST(ArenaTest, BuffersGiveTheirMemoryBack) {
  const auto arena = std::make_shared<Arena>();
  Buffer a, b;
  const float* const first = a.Reserve(100, arena);
  a = Buffer();
  EXPECT_EQ(b.Reserve(100, arena), first);
  EXPECT_EQ(a.Reserve(100, arena), first + 112);
}

}  // namespace
}  // namespace crema
