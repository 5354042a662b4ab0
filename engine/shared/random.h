#ifndef CREMA_ENGINE_SHARED_RANDOM_H_
#define CREMA_ENGINE_SHARED_RANDOM_H_

#include <array>
#include <cstdint>

namespace crema {

// Philox4x32-10, the counter-based generator of Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3" (SC 2011). Its whole state is a key and a counter, so a snapshot keeps one number, and
// every layer can have its own stream.
class Random {
 public:
  // `stream` distinguishes generators of the same seed.
  Random(uint64_t seed, uint64_t stream) : seed_(seed), stream_(stream) {}

  // The four random words of block number `index` of the stream.
  std::array<uint32_t, 4> Block(uint64_t index) const;
  // The words of blocks first..first+count-1 in a row; faster than block by block.
  void Blocks(uint64_t first, int64_t count, uint32_t* words) const;

  uint32_t NextWord();
  // Uniform in [0, 1), 24 bits.
  float NextUniform() { return Uniform(NextWord()); }
  static float Uniform(uint32_t word) { return static_cast<float>(word >> 8) * 0x1.0p-24f; }

  // The number of blocks used so far. Setting it drops what is left of the current block.
  uint64_t counter() const { return counter_; }
  void set_counter(uint64_t counter) {
    counter_ = counter;
    left_ = 0;
  }
  // Reserves `count` blocks, which the caller computes with Block() in parallel; returns the first.
  uint64_t Take(uint64_t count) {
    const uint64_t first = counter_;
    set_counter(counter_ + count);
    return first;
  }

 private:
  uint64_t seed_, stream_;
  uint64_t counter_ = 0;
  std::array<uint32_t, 4> block_{};
  int left_ = 0;
};

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_RANDOM_H_
