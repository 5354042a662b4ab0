#include "engine/shared/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace crema {

namespace {

// The paper's constants: two multipliers, and the Weyl increments of the key.
constexpr uint64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;

}  // namespace

std::array<uint32_t, 4> Random::Block(uint64_t index) const {
  std::array<uint32_t, 4> x = {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                               static_cast<uint32_t>(stream_),
                               static_cast<uint32_t>(stream_ >> 32)};
  uint32_t key0 = static_cast<uint32_t>(seed_), key1 = static_cast<uint32_t>(seed_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = kMultiplier0 * x[0], p1 = kMultiplier1 * x[2];
    x = {static_cast<uint32_t>(p1 >> 32) ^ x[1] ^ key0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ x[3] ^ key1, static_cast<uint32_t>(p0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return x;
}

void Random::Blocks(uint64_t first, int64_t count, uint32_t* words) const {
  // This many blocks are computed side by side, one per vector lane.
  constexpr int64_t kLanes = 8;
  int64_t at = 0;
  for (; at + kLanes <= count; at += kLanes) {
    uint32_t x0[kLanes], x1[kLanes], x2[kLanes], x3[kLanes];
    for (int64_t l = 0; l < kLanes; ++l) {
      const uint64_t index = first + static_cast<uint64_t>(at + l);
      x0[l] = static_cast<uint32_t>(index);
      x1[l] = static_cast<uint32_t>(index >> 32);
      x2[l] = static_cast<uint32_t>(stream_);
      x3[l] = static_cast<uint32_t>(stream_ >> 32);
    }
    uint32_t key0 = static_cast<uint32_t>(seed_), key1 = static_cast<uint32_t>(seed_ >> 32);
    for (int round = 0; round < 10; ++round) {
#pragma omp simd
      for (int64_t l = 0; l < kLanes; ++l) {
        const uint64_t p0 = kMultiplier0 * x0[l], p1 = kMultiplier1 * x2[l];
        x0[l] = static_cast<uint32_t>(p1 >> 32) ^ x1[l] ^ key0;
        x1[l] = static_cast<uint32_t>(p1);
        x2[l] = static_cast<uint32_t>(p0 >> 32) ^ x3[l] ^ key1;
        x3[l] = static_cast<uint32_t>(p0);
      }
      key0 += kWeyl0;
      key1 += kWeyl1;
    }
    for (int64_t l = 0; l < kLanes; ++l, words += 4) {
      words[0] = x0[l];
      words[1] = x1[l];
      words[2] = x2[l];
      words[3] = x3[l];
    }
  }
  for (; at < count; ++at, words += 4) {
    const std::array<uint32_t, 4> block = Block(first + static_cast<uint64_t>(at));
    std::copy(block.begin(), block.end(), words);
  }
}

uint32_t Random::NextWord() {
  if (left_ == 0) {
    block_ = Block(counter_++);
    left_ = 4;
  }
  return block_[static_cast<size_t>(4 - left_--)];
}

std::pair<double, double> Random::Gaussians(uint32_t a, uint32_t b) {
  // u in (0, 1], so that its logarithm is finite.
  const double u = (static_cast<double>(a) + 1.0) * 0x1.0p-32;
  const double angle = 2.0 * std::numbers::pi * static_cast<double>(b) * 0x1.0p-32;
  const double radius = std::sqrt(-2.0 * std::log(u));
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace crema
