#include <algorithm>
#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

struct LrnCase {
  bool within;
  int size;
  float alpha, beta, k;
};

caffe::LayerParameter LrnOf(const LrnCase& c) {
  caffe::LayerParameter param = ParamOf("LRN");
  caffe::LRNParameter* lrn = param.mutable_lrn_param();
  lrn->set_local_size(static_cast<uint32_t>(c.size));
  lrn->set_alpha(c.alpha);
  lrn->set_beta(c.beta);
  lrn->set_k(c.k);
  lrn->set_norm_region(c.within ? caffe::LRNParameter_NormRegion_WITHIN_CHANNEL
                                : caffe::LRNParameter_NormRegion_ACROSS_CHANNELS);
  return param;
}

// By the definition, in double.
Values LrnReference(const LrnCase& c, const Values& in, const Shape& shape) {
  const int channels = shape[1], height = shape[2], width = shape[3];
  // Farther away there are only zeros.
  const int half = std::min(c.size / 2, std::max({channels, height, width}));
  Values out(in.size());
  const auto at = [&](int n, int ch, int y, int x) {
    return static_cast<size_t>(((n * channels + ch) * height + y) * width + x);
  };
  const auto square = [&](int n, int ch, int y, int x) {
    if (ch < 0 || ch >= channels || y < 0 || y >= height || x < 0 || x >= width) return 0.0;
    return std::pow(static_cast<double>(in[at(n, ch, y, x)]), 2);
  };
  for (int n = 0; n < shape[0]; ++n) {
    for (int ch = 0; ch < channels; ++ch) {
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          double sum = 0;
          for (int i = -half; i <= half; ++i) {
            if (!c.within) sum += square(n, ch + i, y, x);
            for (int j = -half; c.within && j <= half; ++j) sum += square(n, ch, y + i, x + j);
          }
          const double size = c.within ? c.size * c.size : c.size;
          const double scale = (c.within ? 1.0 : static_cast<double>(c.k)) +
                               static_cast<double>(c.alpha) / size * sum;
          out[at(n, ch, y, x)] = static_cast<float>(in[at(n, ch, y, x)] *
                                                    std::pow(scale, -static_cast<double>(c.beta)));
        }
      }
    }
  }
  return out;
}

class LrnTest : public testing::TestWithParam<LrnCase> {};

TEST_P(LrnTest, Computes) {
  for (const Shape& shape : {Shape{2, 7, 3, 3}, Shape{2, 9, 7, 11}, Shape{1, 2, 1, 5}}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(LrnOf(GetParam()), {shape}, {.in_place = in_place});
      tester.Forward();
      ExpectNear(LrnReference(GetParam(), tester.input(), shape), tester.TopData());
    }
  }
}

TEST_P(LrnTest, HasTheRightGradient) {
  for (const bool in_place : {false, true}) {
    LayerTester tester(LrnOf(GetParam()), {{2, 7, 3, 4}}, {.in_place = in_place});
    CheckGradients(tester);
  }
}

TEST_P(LrnTest, WorksOnBlockedLayouts) {
  for (const bool in_place : {false, true}) {
    ExpectSameInBlocks(LrnOf(GetParam()), {{2, 32, 5, 3}}, {.in_place = in_place});
    ExpectSameInBlocks(LrnOf(GetParam()), {{2, 19, 5, 3}}, {.in_place = in_place});
    // More positions than a tile has, and some left over.
    ExpectSameInBlocks(LrnOf(GetParam()), {{2, 16, 7, 6}}, {.in_place = in_place});
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, LrnTest,
    testing::Values(LrnCase{false, 5, 1, 0.75f, 1}, LrnCase{false, 5, 1e-4f, 0.75f, 2},
                    LrnCase{false, 15, 1, 0.75f, 1}, LrnCase{false, 2147483647, 1e9f, 0.75f, 1},
                    LrnCase{false, 3, 0.5f, 0.5f, 1}, LrnCase{false, 1, 2, 1, 1.5f},
                    LrnCase{true, 3, 1, 0.75f, 1}, LrnCase{true, 5, 0.7f, 0.6f, 5},
                    LrnCase{true, 15, 1, 0.75f, 1}));

TEST(LrnEdgeTest, RefusesAnEvenSizeAndOtherAxes) {
  EXPECT_NE(ErrorOf(LrnOf({false, 4, 1, 0.75f, 1}), {{2, 3, 4, 5}}), "");
  EXPECT_NE(ErrorOf(LrnOf({false, 5, 1, 0.75f, 1}), {{2, 3, 4}}), "");
}

}  // namespace
}  // namespace crema::test
