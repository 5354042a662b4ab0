#include "engine/shared/random.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/shared/philox_kernel.h"

namespace crema {
namespace {

// Known answers of the paper's own implementation, for philox4x32-10.
TEST(RandomTest, GivesTheKnownAnswers) {
  EXPECT_EQ(Random(0, 0).Block(0),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Random(~0ull, ~0ull).Block(~0ull),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(Random(0x299f31d0a4093822, 0x0370734413198a2e).Block(0x85a308d3243f6a88),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(RandomTest, GivesTheSameWordsBlockByBlockAndTogether) {
  const Random random(1701, 5);
  for (const int64_t count : {0, 1, 7, 8, 9, 100}) {
    // Across the carry into the counter's high word.
    const uint64_t first = 0xFFFFFFFFull - 20;
    std::vector<uint32_t> words(static_cast<size_t>(count) * 4 + 1, 42);
    random.Blocks(first, count, words.data());
    for (int64_t b = 0; b < count; ++b) {
      const auto block = random.Block(first + static_cast<uint64_t>(b));
      for (size_t i = 0; i < 4; ++i) EXPECT_EQ(block[i], words[static_cast<size_t>(b) * 4 + i]);
    }
    EXPECT_EQ(words.back(), 42u);
  }
}

TEST(RandomTest, HasAKernelForEveryProcessor) {
  const uint64_t seed = 0x123456789ABCDEF0, stream = 0xFEDCBA9876543210;
  const uint64_t first = 0xFFFFFFFFull - 20;  // Across the carry.
  const Random random(seed, stream);
  for (const PhiloxKernel kernel : UsablePhiloxKernels()) {
    std::vector<uint32_t> words(3 * kPhiloxBlocks * 4 + 1, 42);
    kernel(seed, stream, first, 3 * kPhiloxBlocks, words.data());
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      ASSERT_EQ(words[i], random.Block(first + i / 4)[i % 4]) << i;
    }
    EXPECT_EQ(words.back(), 42u);
  }
}

TEST(RandomTest, ContinuesFromItsCounter) {
  Random random(3, 4);
  for (int i = 0; i < 5; ++i) random.NextWord();
  const uint64_t counter = random.counter();
  EXPECT_EQ(counter, 2u);
  Random other(3, 4);
  other.set_counter(counter);
  random.set_counter(counter);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(random.NextWord(), other.NextWord());
}

}  // namespace
}  // namespace crema
