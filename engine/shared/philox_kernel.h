// The inner loop of Random: blocks of Philox4x32-10 in vectors. It is compiled for every processor,
// for AVX2 and for AVX-512. Integers only, so all give the same words.
#ifndef CREMA_ENGINE_SHARED_PHILOX_KERNEL_H_
#define CREMA_ENGINE_SHARED_PHILOX_KERNEL_H_

#include <cstdint>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace crema {

// The paper's constants: two multipliers, and the Weyl increments of the key.
inline constexpr uint64_t kPhiloxMultiplier0 = 0xD2511F53, kPhiloxMultiplier1 = 0xCD9E8D57;
inline constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9, kPhiloxWeyl1 = 0xBB67AE85;
inline constexpr int kPhiloxRounds = 10;

// A kernel computes this many blocks at a time.
inline constexpr int64_t kPhiloxBlocks = 16;

// Sets `words` to the four words of each of the blocks first..first+count-1, where count is a
// multiple of kPhiloxBlocks.
using PhiloxKernel = void (*)(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                              uint32_t* words);

void BaselinePhilox(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint32_t* words);
// Needs AVX2.
void Avx2Philox(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint32_t* words);
// Needs AVX-512.
void Avx512Philox(uint64_t seed, uint64_t stream, uint64_t first, int64_t count, uint32_t* words);

// Those that this processor can run, the best one last.
std::vector<PhiloxKernel> UsablePhiloxKernels();

// Unnamed: a copy that was compiled for one processor must not be called by code that was compiled
// for another.
namespace {

template <int kLanes>
struct PhiloxWords;
template <>
struct PhiloxWords<2> {
  typedef uint64_t Type __attribute__((vector_size(16), aligned(4), may_alias));
};
template <>
struct PhiloxWords<4> {
  typedef uint64_t Type __attribute__((vector_size(32), aligned(4), may_alias));
};
template <>
struct PhiloxWords<8> {
  typedef uint64_t Type __attribute__((vector_size(64), aligned(4), may_alias));
};

// One word in the low half of each 64-bit lane. What is in the high half never counts: the product
// of two words ignores it, and so the low half of a product needs no mask to be the next factor.
template <int kLanes>
struct PhiloxVectors {
  using Words = typename PhiloxWords<kLanes>::Type;

  static Words& At(uint32_t* words) { return *reinterpret_cast<Words*>(words); }

  // The products of the low halves.
  static Words Product(Words a, Words b) {
#if defined(__x86_64__)
    if constexpr (kLanes == 2) {
      return (Words)_mm_mul_epu32((__m128i)a, (__m128i)b);
    }
#endif
#if defined(__AVX2__)
    if constexpr (kLanes == 4) {
      return (Words)_mm256_mul_epu32((__m256i)a, (__m256i)b);
    }
#endif
#if defined(__AVX512F__)
    if constexpr (kLanes == 8) {
      return (Words)_mm512_mul_epu32((__m512i)a, (__m512i)b);
    }
#endif
    return (a & 0xFFFFFFFFu) * (b & 0xFFFFFFFFu);
  }

  // Lanes of a and b in turn, from lane `first` on.
  static Words Interleave(const Words& a, const Words& b, int first) {
    Words from{};
    for (int i = 0; i < kLanes; ++i)
      from[i] = static_cast<uint64_t>(first + i / 2 + i % 2 * kLanes);
    return __builtin_shuffle(a, b, from);
  }

  static void Blocks(uint64_t seed, uint64_t stream, uint64_t first, int64_t count,
                     uint32_t* words) {
    // Two vectors of blocks at a time, as each product waits for the one before.
    constexpr int kParts = 2;
    Words lane{};
    for (int l = 0; l < kLanes; ++l) lane[l] = static_cast<uint64_t>(l);
    for (int64_t at = 0; at < count; at += kParts * kLanes) {
      Words x0[kParts], x1[kParts], x2[kParts], x3[kParts];
      for (int p = 0; p < kParts; ++p) {
        x0[p] = lane + (first + static_cast<uint64_t>(at + p * kLanes));
        x1[p] = x0[p] >> 32;
        x2[p] = Words{} + stream;
        x3[p] = x2[p] >> 32;
      }
      uint64_t key0 = seed & 0xFFFFFFFFu, key1 = seed >> 32;
#pragma GCC unroll 10
      for (int round = 0; round < kPhiloxRounds; ++round) {
#pragma GCC unroll 2
        for (int p = 0; p < kParts; ++p) {
          const Words p0 = Product(x0[p], Words{} + kPhiloxMultiplier0);
          const Words p1 = Product(x2[p], Words{} + kPhiloxMultiplier1);
          x0[p] = (p1 >> 32) ^ (x1[p] ^ key0);
          x1[p] = p1;
          x2[p] = (p0 >> 32) ^ (x3[p] ^ key1);
          x3[p] = p0;
        }
        key0 += kPhiloxWeyl0;
        key1 += kPhiloxWeyl1;
      }
      for (int p = 0; p < kParts; ++p, words += 4 * kLanes) {
        const Words front = (x0[p] & 0xFFFFFFFFu) | (x1[p] << 32);
        const Words back = (x2[p] & 0xFFFFFFFFu) | (x3[p] << 32);
        At(words) = Interleave(front, back, 0);
        At(words + 2 * kLanes) = Interleave(front, back, kLanes / 2);
      }
    }
  }
};

}  // namespace

}  // namespace crema

#endif  // CREMA_ENGINE_SHARED_PHILOX_KERNEL_H_
