#include "engine/shared/random.h"

#include <algorithm>

#include "engine/shared/philox_kernel.h"

namespace crema {

std::array<uint32_t, 4> Random::Block(uint64_t index) const {
  std::array<uint32_t, 4> x = {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                               static_cast<uint32_t>(stream_),
                               static_cast<uint32_t>(stream_ >> 32)};
  uint32_t key0 = static_cast<uint32_t>(seed_), key1 = static_cast<uint32_t>(seed_ >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t p0 = kPhiloxMultiplier0 * x[0], p1 = kPhiloxMultiplier1 * x[2];
    x = {static_cast<uint32_t>(p1 >> 32) ^ x[1] ^ key0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ x[3] ^ key1, static_cast<uint32_t>(p0)};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return x;
}

void Random::Blocks(uint64_t first, int64_t count, uint32_t* words) const {
  static const PhiloxKernel kernel = UsablePhiloxKernels().back();
  const int64_t whole = count / kPhiloxBlocks * kPhiloxBlocks;
  if (whole > 0) kernel(seed_, stream_, first, whole, words);
  for (int64_t at = whole; at < count; ++at) {
    const std::array<uint32_t, 4> block = Block(first + static_cast<uint64_t>(at));
    std::copy(block.begin(), block.end(), words + 4 * at);
  }
}

uint32_t Random::NextWord() {
  if (left_ == 0) {
    block_ = Block(counter_++);
    left_ = 4;
  }
  return block_[static_cast<size_t>(4 - left_--)];
}

}  // namespace crema
