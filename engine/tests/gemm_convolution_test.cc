#include "engine/embedded/layers/gemm_convolution.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "engine/shared/parallel.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

using Sizes = GemmConvolution::Sizes;

Sizes GemmSizesOf(int64_t images, int groups, int in, int out, int h, int w, int kernel, int stride,
                  int pad, int dilation) {
  const auto length = [&](int from) {
    return (from + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
  };
  return {images, groups, in,     out,    h,   w,   length(h), length(w),
          kernel, kernel, stride, stride, pad, pad, dilation,  dilation};
}

// Calls visit(in, weight, out) for every product.
template <class Visit>
void Products(const Sizes& s, const Visit& visit) {
  const int group_in = s.in_channels / s.groups, group_out = s.out_channels / s.groups;
  for (int n = 0; n < s.images; ++n) {
    for (int o = 0; o < s.out_channels; ++o) {
      for (int y = 0; y < s.out_h; ++y) {
        for (int x = 0; x < s.out_w; ++x) {
          for (int c = 0; c < group_in; ++c) {
            for (int ky = 0; ky < s.kernel_h; ++ky) {
              for (int kx = 0; kx < s.kernel_w; ++kx) {
                const int h = y * s.stride_h - s.pad_h + ky * s.dilation_h;
                const int w = x * s.stride_w - s.pad_w + kx * s.dilation_w;
                if (h < 0 || w < 0 || h >= s.in_h || w >= s.in_w) continue;
                const int channel = o / group_out * group_in + c;
                visit(((n * s.in_channels + channel) * s.in_h + h) * s.in_w + w,
                      ((o * group_in + c) * s.kernel_h + ky) * s.kernel_w + kx,
                      ((n * s.out_channels + o) * s.out_h + y) * s.out_w + x);
              }
            }
          }
        }
      }
    }
  }
}

void CheckGemm(const Sizes& s) {
  SCOPED_TRACE(StrCat(s.images, "x", s.in_channels, "x", s.in_h, "x", s.in_w, " to ",
                      s.out_channels, ", kernel ", s.kernel_h, ", stride ", s.stride_h, ", pad ",
                      s.pad_h, ", dilation ", s.dilation_h, ", groups ", s.groups));
  // Buffers of the exact size, so that AddressSanitizer detects any access beyond them.
  const Values in = RandomValues(s.images * s.in_channels * s.in_h * s.in_w, 1);
  const Values weights = RandomValues(
      static_cast<int64_t>(s.out_channels) * s.in_channels / s.groups * s.kernel_h * s.kernel_w, 2);
  const Values bias = RandomValues(s.out_channels, 3);
  const Values delta = RandomValues(s.images * s.out_channels * s.out_h * s.out_w, 4);
  Values out(delta.size()), in_diff(in.size(), 9), weights_diff(weights.size(), 9),
      bias_diff(bias.size(), 9);

  GemmConvolution convolution(s);
  convolution.Forward(in.data(), weights.data(), bias.data(), out.data());
  convolution.BackwardData(weights.data(), delta.data(), in_diff.data());
  convolution.BackwardWeights(in.data(), delta.data(), weights_diff.data(), true, bias_diff.data(),
                              true);
  Values out_expected(out.size()), in_expected(in.size()), weights_expected(weights.size()),
      bias_expected(bias.size());
  const auto plane = static_cast<size_t>(s.out_h * s.out_w);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t channel = i / plane % bias.size();
    out_expected[i] = bias[channel];
    bias_expected[channel] += delta[i];
  }
  Products(s, [&](int from, int weight, int to) {
    const auto f = static_cast<size_t>(from), w = static_cast<size_t>(weight),
               t = static_cast<size_t>(to);
    out_expected[t] += in[f] * weights[w];
    in_expected[f] += delta[t] * weights[w];
    weights_expected[w] += delta[t] * in[f];
  });
  ExpectNear(out_expected, out, 2e-4);
  ExpectNear(in_expected, in_diff, 2e-4);
  ExpectNear(weights_expected, weights_diff, 5e-4);
  ExpectNear(bias_expected, bias_diff, 5e-4);

  // Adds to the gradients, with one of the two left out.
  convolution.BackwardWeights(in.data(), delta.data(), weights_diff.data(), false, nullptr, false);
  convolution.BackwardWeights(in.data(), delta.data(), nullptr, false, bias_diff.data(), false);
  for (float& v : weights_expected) v *= 2;
  for (float& v : bias_expected) v *= 2;
  ExpectNear(weights_expected, weights_diff, 1e-3);
  ExpectNear(bias_expected, bias_diff, 1e-3);

  convolution.Forward(in.data(), weights.data(), nullptr, out.data());
  for (size_t i = 0; i < out.size(); ++i) out_expected[i] -= bias[i / plane % bias.size()];
  ExpectNear(out_expected, out, 2e-4);
}

TEST(GemmConvolutionTest, EqualsTheDefinitionForEveryRowLength) {
  for (int width = 1; width <= 40; ++width)
    CheckGemm(GemmSizesOf(2, 1, 2, 3, 4, width, 1, 1, 0, 1));
  for (int width = 3; width <= 40; width += 3)
    CheckGemm(GemmSizesOf(1, 1, 2, 3, 5, width, 3, 1, 1, 1));
}

TEST(GemmConvolutionTest, EqualsTheDefinitionForRandomSizes) {
  std::mt19937 random(7);
  const auto draw = [&](int from, int to) {
    return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
  };
  for (int i = 0; i < 150; ++i) {
    const int kernel = draw(1, 4), dilation = draw(1, 3), groups = draw(1, 3);
    const int least = dilation * (kernel - 1) + 1, pad = draw(0, 4);
    CheckGemm(GemmSizesOf(draw(1, 3), groups, groups * draw(1, 4), groups * draw(1, 5),
                          draw(std::max(1, least - 2 * pad), 14),
                          draw(std::max(1, least - 2 * pad), 14), kernel, draw(1, 4), pad,
                          dilation));
  }
}

TEST(GemmConvolutionTest, CutsLargeOutputsIntoTiles) {
  CheckGemm(GemmSizesOf(1, 1, 8, 2, 70, 65, 5, 1, 2, 1));
  CheckGemm(GemmSizesOf(1, 1, 40, 2, 21, 90, 5, 2, 2, 1));
}

TEST(GemmConvolutionTest, UsesMoreThreadsWhenThereAreMore) {
  const int threads = omp_get_max_threads();
  const Sizes s = GemmSizesOf(8, 1, 3, 5, 9, 9, 3, 1, 1, 1);
  const Values in = RandomValues(8 * 3 * 81, 1), weights = RandomValues(135, 2);
  Values first(8 * 5 * 81), out(8 * 5 * 81);
  GemmConvolution convolution(s);
  omp_set_num_threads(1);
  convolution.Forward(in.data(), weights.data(), nullptr, first.data());
  for (const int n : {4, 2, 8}) {
    omp_set_num_threads(n);
    convolution.Forward(in.data(), weights.data(), nullptr, out.data());
    ExpectNear(first, out);
  }
  omp_set_num_threads(threads);
}

TEST(GemmConvolutionTest, SuitsChannelsThatFillVectorsBadly) {
  const auto suits = [](int in, int out, int groups = 1) {
    return GemmConvolution::Suits(GemmSizesOf(1, groups, in, out, 9, 9, 3, 1, 1, 1), 16);
  };
  EXPECT_TRUE(suits(20, 50));
  EXPECT_TRUE(suits(1, 20));
  EXPECT_FALSE(suits(32, 64));
  EXPECT_FALSE(suits(3, 96));  // Images are not blocked, and 96 channels fill the vectors.
  EXPECT_FALSE(suits(32, 32, 32));
  // Of one tap, there is nothing to gather.
  EXPECT_FALSE(GemmConvolution::Suits(GemmSizesOf(1, 1, 32, 4, 9, 9, 1, 1, 0, 1), 16));
  EXPECT_TRUE(GemmConvolution::Suits(GemmSizesOf(1, 1, 3, 4, 9, 9, 1, 1, 0, 1), 16));
}

}  // namespace
}  // namespace crema::test
