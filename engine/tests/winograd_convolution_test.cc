#include "engine/embedded/layers/winograd_convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/shared/parallel.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

using WinogradSizes = WinogradConvolution::Sizes;

WinogradSizes WinogradSizesOf(int64_t images, int64_t groups, int64_t in, int64_t out, int h, int w,
                              int taps, int pad) {
  const int less = taps - 1 - 2 * pad;
  return {images, groups, in, out, h, w, h - less, w - less, taps, pad, pad};
}

// A tensor of `channels` planes per image, in blocks of `lanes` channels; zeros fill the last one.
Values Blocked(const Values& plain, int64_t images, int64_t channels, int lanes) {
  const auto all = static_cast<int64_t>(plain.size());
  const int64_t plane = all / images / channels, blocks = (channels + lanes - 1) / lanes;
  Values blocked(static_cast<size_t>(images * blocks * lanes * plane));
  for (int64_t i = 0; i < all; ++i) {
    const int64_t place = i % plane, channel = i / plane % channels, image = i / plane / channels;
    const int64_t block = image * blocks + channel / lanes;
    blocked[static_cast<size_t>((block * plane + place) * lanes + channel % lanes)] =
        plain[static_cast<size_t>(i)];
  }
  return blocked;
}

// Calls visit(in, weight, out) for every product.
template <class Visit>
void WinogradProducts(const WinogradSizes& s, const Visit& visit) {
  const int64_t group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups;
  for (int64_t n = 0; n < s.images; ++n) {
    for (int64_t o = 0; o < s.out_channels; ++o) {
      for (int y = 0; y < s.out_h; ++y) {
        for (int x = 0; x < s.out_w; ++x) {
          for (int64_t c = 0; c < group_in; ++c) {
            for (int ky = 0; ky < s.taps; ++ky) {
              for (int kx = 0; kx < s.taps; ++kx) {
                const int h = y - s.pad_h + ky, w = x - s.pad_w + kx;
                if (h < 0 || w < 0 || h >= s.in_h || w >= s.in_w) continue;
                const int64_t channel = o / group_out * group_in + c;
                visit(
                    static_cast<size_t>(((n * s.in_channels + channel) * s.in_h + h) * s.in_w + w),
                    static_cast<size_t>(((o * group_in + c) * s.taps + ky) * s.taps + kx),
                    static_cast<size_t>(((n * s.out_channels + o) * s.out_h + y) * s.out_w + x));
              }
            }
          }
        }
      }
    }
  }
}

// Within 1e-5 of their root mean square: six times what was seen.
void ExpectWithin(const std::vector<double>& expected, const Values& found) {
  ASSERT_EQ(expected.size(), found.size());
  double squares = 0;
  for (const double value : expected) squares += value * value;
  const double rms = std::sqrt(squares / static_cast<double>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_NEAR(expected[i], found[i], 1e-5 * (rms + 1)) << "at " << i;
}

void CheckWinograd(const WinogradSizes& s, int lanes) {
  SCOPED_TRACE(StrCat(s.images, "x", s.in_channels, "x", s.in_h, "x", s.in_w, " to ",
                      s.out_channels, ", taps ", s.taps, ", pad ", s.pad_h, ", groups ", s.groups,
                      ", lanes ", lanes));
  ASSERT_TRUE(WinogradConvolution::Takes(s, lanes));
  const int64_t in_count = s.images * s.in_channels * s.in_h * s.in_w;
  const int64_t out_count = s.images * s.out_channels * s.out_h * s.out_w;
  const Values in = RandomValues(in_count, 1);
  const Values weights =
      RandomValues(s.out_channels * s.in_channels / s.groups * s.taps * s.taps, 2);
  const Values bias = RandomValues(s.out_channels, 3), delta = RandomValues(out_count, 4);

  std::vector<double> out(delta.size()), in_diff(in.size()), weights_diff(weights.size()),
      bias_diff(bias.size());
  const auto plane = static_cast<size_t>(s.out_h * s.out_w);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = bias[i / plane % bias.size()];
    bias_diff[i / plane % bias.size()] += delta[i];
  }
  WinogradProducts(s, [&](size_t from, size_t weight, size_t to) {
    out[to] += static_cast<double>(in[from]) * weights[weight];
    in_diff[from] += static_cast<double>(delta[to]) * weights[weight];
    weights_diff[weight] += static_cast<double>(in[from]) * delta[to];
  });

  // Buffers of the exact size, so that AddressSanitizer detects any access beyond them.
  const Values in_blocked = Blocked(in, s.images, s.in_channels, lanes);
  const Values delta_blocked = Blocked(delta, s.images, s.out_channels, lanes);
  const Values bias_blocked = Blocked(bias, 1, s.out_channels, lanes);
  const auto blocked = [&](const std::vector<double>& values, int64_t channels) {
    const Values same = Blocked(Values(values.begin(), values.end()), s.images, channels, lanes);
    return std::vector<double>(same.begin(), same.end());
  };
  const float none = -std::numeric_limits<float>::infinity();
  WinogradConvolution convolution(s, lanes);
  Values found(delta_blocked.size(), 9);
  convolution.Forward(in_blocked.data(), weights.data(), bias_blocked.data(), none, found.data());
  ExpectWithin(blocked(out, s.out_channels), found);
  for (double& value : out) value = std::max(value, 0.25);
  convolution.Forward(in_blocked.data(), weights.data(), bias_blocked.data(), 0.25f, found.data());
  if (s.out_channels % lanes == 0) ExpectWithin(blocked(out, s.out_channels), found);

  Values found_in(in_blocked.size(), 9);
  convolution.BackwardData(delta_blocked.data(), weights.data(), found_in.data());
  ExpectWithin(blocked(in_diff, s.in_channels), found_in);

  Values found_weights(weights.size(), 9), found_bias(bias.size(), 2);
  convolution.BackwardWeights(in_blocked.data(), delta_blocked.data(), false, found_weights.data());
  ExpectWithin(weights_diff, found_weights);
  convolution.BackwardWeights(in_blocked.data(), delta_blocked.data(), true, found_weights.data());
  for (double& value : weights_diff) value *= 2;
  ExpectWithin(weights_diff, found_weights);
  convolution.BackwardBias(delta_blocked.data(), found_bias.data());
  for (double& value : bias_diff) value += 2;
  ExpectWithin(bias_diff, found_bias);
}

// The code for any processor, and for this one.
std::vector<int> AllLanes() {
  std::vector<int> lanes = {4};
  if (WinogradConvolution::Lanes() >= 8) lanes.push_back(8);
  if (WinogradConvolution::Lanes() >= 16) lanes.push_back(16);
  return lanes;
}

TEST(WinogradConvolutionTest, EqualsTheSumOfProducts) {
  for (const int lanes : AllLanes()) {
    CheckWinograd(WinogradSizesOf(1, 1, 1, 1, 4, 4, 3, 1), lanes);
    CheckWinograd(WinogradSizesOf(2, 1, 5, 17, 7, 9, 3, 1), lanes);
    CheckWinograd(WinogradSizesOf(1, 1, 16, 40, 13, 6, 3, 0), lanes);
    CheckWinograd(WinogradSizesOf(1, 1, 33, 20, 5, 3, 3, 2), lanes);
    CheckWinograd(WinogradSizesOf(2, 1, 16, 24, 9, 11, 5, 2), lanes);
    CheckWinograd(WinogradSizesOf(1, 1, 7, 3, 5, 8, 5, 0), lanes);
    CheckWinograd(WinogradSizesOf(1, 1, 4, 18, 1, 2, 5, 4), lanes);
    CheckWinograd(WinogradSizesOf(1, 3, 48, 96, 6, 5, 3, 1), lanes);
    CheckWinograd(WinogradSizesOf(2, 2, 64, 32, 5, 5, 5, 2), lanes);
  }
}

TEST(WinogradConvolutionTest, ComputesManyTilesInChunks) {
  for (const int lanes : AllLanes())
    CheckWinograd(WinogradSizesOf(2, 1, 16, 16, 61, 58, 3, 1), lanes);
}

TEST(WinogradConvolutionTest, ComputesManyOutputsInParts) {
  for (const int lanes : AllLanes())
    CheckWinograd(WinogradSizesOf(1, 1, 320, 130, 3, 3, 3, 1), lanes);
}

TEST(WinogradConvolutionTest, GivesTheSameBitsWithAnyNumberOfThreads) {
  const int lanes = AllLanes().back(), threads = omp_get_max_threads();
  const WinogradSizes s = WinogradSizesOf(2, 1, 32, 48, 41, 37, 3, 1);
  const Values in = RandomValues(s.images * s.in_channels * s.in_h * s.in_w, 1);
  const Values weights = RandomValues(s.out_channels * s.in_channels * 9, 2);
  const Values delta = RandomValues(s.images * s.out_channels * s.out_h * s.out_w, 3);
  const auto run = [&](int count) {
    omp_set_num_threads(count);
    WinogradConvolution convolution(s, lanes);
    Values out(delta.size()), in_diff(in.size()), weights_diff(weights.size());
    convolution.Forward(in.data(), weights.data(), nullptr, 0.0f, out.data());
    convolution.BackwardData(delta.data(), weights.data(), in_diff.data());
    convolution.BackwardWeights(in.data(), delta.data(), false, weights_diff.data());
    out.insert(out.end(), in_diff.begin(), in_diff.end());
    out.insert(out.end(), weights_diff.begin(), weights_diff.end());
    return out;
  };
  const Values one = run(1), three = run(3);
  omp_set_num_threads(threads);
  EXPECT_EQ(one, three);
}

TEST(WinogradConvolutionTest, KeepsNotANumber) {
  const int lanes = AllLanes().back();
  const WinogradSizes s = WinogradSizesOf(1, 1, lanes, lanes, 4, 4, 3, 1);
  Values in(static_cast<size_t>(16 * lanes), 1.0f), out(in.size());
  in[0] = std::numeric_limits<float>::quiet_NaN();
  const Values weights(static_cast<size_t>(lanes * lanes * 9), 1.0f);
  WinogradConvolution(s, lanes).Forward(in.data(), weights.data(), nullptr, 0.0f, out.data());
  EXPECT_TRUE(std::isnan(out[0]));
}

TEST(WinogradConvolutionTest, PaysWhereThereAreChannelsAndTiles) {
  EXPECT_TRUE(
      WinogradConvolution::GainsOf(WinogradSizesOf(16, 1, 64, 64, 56, 56, 3, 1), 8).forward);
  EXPECT_TRUE(WinogradConvolution::GainsOf(WinogradSizesOf(16, 1, 64, 64, 56, 56, 3, 1), 8).data);
  EXPECT_TRUE(
      WinogradConvolution::GainsOf(WinogradSizesOf(16, 1, 64, 64, 56, 56, 3, 1), 8).weights);
  EXPECT_FALSE(WinogradConvolution::GainsOf(WinogradSizesOf(1, 1, 512, 512, 7, 7, 3, 1), 8).any());
  EXPECT_FALSE(WinogradConvolution::GainsOf(WinogradSizesOf(64, 1, 3, 64, 56, 56, 3, 1), 8).any());
}

}  // namespace
}  // namespace crema::test
