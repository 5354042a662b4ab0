#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

using Pool = caffe::PoolingParameter;

struct PoolingCase {
  Shape bottom;
  int kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
  bool floor = false;
};

caffe::LayerParameter PoolingOf(const PoolingCase& c, bool max) {
  caffe::LayerParameter layer = ParamOf("Pooling");
  Pool& pool = *layer.mutable_pooling_param();
  pool.set_pool(max ? caffe::PoolingParameter_PoolMethod_MAX
                    : caffe::PoolingParameter_PoolMethod_AVE);
  const auto size = [](int v) { return static_cast<uint32_t>(v); };
  if (c.kernel_h == c.kernel_w) {
    pool.set_kernel_size(size(c.kernel_h));
  } else {
    pool.set_kernel_h(size(c.kernel_h));
    pool.set_kernel_w(size(c.kernel_w));
  }
  if (c.stride_h == c.stride_w) {
    pool.set_stride(size(c.stride_h));
  } else {
    pool.set_stride_h(size(c.stride_h));
    pool.set_stride_w(size(c.stride_w));
  }
  if (c.pad_h == c.pad_w) {
    pool.set_pad(size(c.pad_h));
  } else {
    pool.set_pad_h(size(c.pad_h));
    pool.set_pad_w(size(c.pad_w));
  }
  if (c.floor) pool.set_round_mode(caffe::PoolingParameter_RoundMode_FLOOR);
  return layer;
}

// Caffe's length: rounded up, without a window that starts beyond the input and its padding, where
// there is padding on either axis.
int LengthOf(int input, int kernel, int stride, int pad, bool padded, bool floor) {
  const double exact = (input + 2.0 * pad - kernel) / stride;
  int length = static_cast<int>(floor ? std::floor(exact) : std::ceil(exact)) + 1;
  if (padded && (length - 1) * stride >= input + pad) --length;
  return length;
}

struct PoolingAnswer {
  Shape top;
  Values data, mask, bottom_diff;
};

// Pools by the definition, one window at a time.
PoolingAnswer PoolingReference(const PoolingCase& c, bool max, const Values& in,
                               const Values& delta) {
  const int in_h = c.bottom[2], in_w = c.bottom[3];
  const bool padded = c.pad_h > 0 || c.pad_w > 0;
  const int out_h = LengthOf(in_h, c.kernel_h, c.stride_h, c.pad_h, padded, c.floor);
  const int out_w = LengthOf(in_w, c.kernel_w, c.stride_w, c.pad_w, padded, c.floor);
  PoolingAnswer e;
  e.top = {c.bottom[0], c.bottom[1], out_h, out_w};
  e.bottom_diff.resize(in.size());
  for (int plane = 0; plane < c.bottom[0] * c.bottom[1]; ++plane) {
    const auto base = static_cast<size_t>(plane * in_h * in_w);
    for (int y = 0; y < out_h; ++y) {
      for (int x = 0; x < out_w; ++x) {
        const int top = y * c.stride_h - c.pad_h, left = x * c.stride_w - c.pad_w;
        const int bottom = std::min(top + c.kernel_h, in_h + c.pad_h);
        const int right = std::min(left + c.kernel_w, in_w + c.pad_w);
        const float share = delta[e.data.size()];
        const auto area = static_cast<float>((bottom - top) * (right - left));
        double sum = 0;
        float best = -std::numeric_limits<float>::max();
        int at = -1;
        for (int h = std::max(top, 0); h < std::min(bottom, in_h); ++h) {
          for (int w = std::max(left, 0); w < std::min(right, in_w); ++w) {
            const float value = in[base + static_cast<size_t>(h * in_w + w)];
            sum += static_cast<double>(value);
            if (value > best) {
              best = value;
              at = h * in_w + w;
            }
            if (!max) e.bottom_diff[base + static_cast<size_t>(h * in_w + w)] += share / area;
          }
        }
        e.data.push_back(max ? best : static_cast<float>(sum / static_cast<double>(area)));
        e.mask.push_back(static_cast<float>(at));
        if (max && at >= 0) e.bottom_diff[base + static_cast<size_t>(at)] += share;
      }
    }
  }
  return e;
}

void CheckPooling(LayerTester& tester, const PoolingCase& c, bool max) {
  tester.Forward();
  tester.Backward();
  const PoolingAnswer e = PoolingReference(c, max, tester.input(), tester.top_diff());
  ASSERT_EQ(tester.top().shape(), e.top);
  ExpectNear(e.data, tester.TopData());
  if (tester.tops().size() > 1) ExpectNear(e.mask, tester.TopData(1));
  ExpectNear(e.bottom_diff, tester.BottomDiff());
}

void CheckPoolingEverywhere(const PoolingCase& c) {
  SCOPED_TRACE(StrCat(ShapeString(c.bottom), " kernel ", c.kernel_h, "x", c.kernel_w, " stride ",
                      c.stride_h, "x", c.stride_w, " pad ", c.pad_h, "x", c.pad_w,
                      c.floor ? " floor" : ""));
  for (const bool max : {true, false}) {
    for (const int block : {1, 8, 16}) {
      SCOPED_TRACE(StrCat(max ? "MAX" : "AVE", " in blocks of ", block));
      LayerTester tester(PoolingOf(c, max), {c.bottom}, {.tops = max ? 2 : 1, .block = block});
      CheckPooling(tester, c, max);
      CheckPooling(tester, c, max);  // Nothing remains from the pass before.
    }
  }
}

TEST(PoolingTest, EqualsTheDefinition) {
  for (const int kernel : {1, 2, 3, 5}) {
    for (const int stride : {1, 2, 3}) {
      for (const int pad : {0, 1, 2}) {
        if (pad >= kernel || stride > kernel) continue;
        for (const int length : {5, 6, 7, 8}) {
          CheckPoolingEverywhere(
              {{2, 5, length, length + 3}, kernel, kernel, stride, stride, pad, pad});
        }
      }
    }
  }
}

TEST(PoolingTest, EqualsTheDefinitionForRectangles) {
  CheckPoolingEverywhere({{2, 9, 8, 11}, 2, 3, 1, 2, 0, 0});
  CheckPoolingEverywhere({{2, 9, 8, 11}, 3, 1, 2, 1, 1, 0});
  CheckPoolingEverywhere({{1, 17, 8, 11}, 2, 5, 2, 4, 1, 2});
  CheckPoolingEverywhere({{1, 17, 1, 11}, 1, 4, 1, 3, 0, 3});
}

TEST(PoolingTest, EqualsTheDefinitionForWindowsSideBySide) {
  for (const int width : {2, 4, 8, 16, 24, 34}) {
    CheckPoolingEverywhere({{1, 3, 6, width}, 2, 2, 2, 2, 0, 0});
  }
  CheckPoolingEverywhere({{2, 20, 24, 24}, 2, 2, 2, 2, 0, 0});
  CheckPoolingEverywhere({{2, 3, 9, 12}, 3, 3, 3, 3, 0, 0});
}

TEST(PoolingTest, RoundsUpUnlessToldOtherwise) {
  const auto shape = [](const PoolingCase& c) {
    LayerTester tester(PoolingOf(c, true), {c.bottom});
    return tester.top().shape();
  };
  // The first pooling of CIFAR-10 quick: 32 to 16, not 15.
  EXPECT_EQ(shape({{1, 1, 32, 32}, 3, 3, 2, 2, 0, 0}), Shape({1, 1, 16, 16}));
  EXPECT_EQ(shape({{1, 1, 32, 32}, 3, 3, 2, 2, 0, 0, true}), Shape({1, 1, 15, 15}));
  // Some forks say it by `ceil_mode`; a `round_mode` beside it wins, as there.
  caffe::LayerParameter forks = PoolingOf({{1, 1, 32, 32}, 3, 3, 2, 2, 0, 0}, true);
  forks.mutable_pooling_param()->set_ceil_mode(false);
  EXPECT_EQ(LayerTester(forks, {{1, 1, 32, 32}}).top().shape(), Shape({1, 1, 15, 15}));
  forks.mutable_pooling_param()->set_round_mode(caffe::PoolingParameter_RoundMode_CEIL);
  EXPECT_EQ(LayerTester(forks, {{1, 1, 32, 32}}).top().shape(), Shape({1, 1, 16, 16}));
  // The last window would start in the padding after the input, so it is dropped.
  EXPECT_EQ(shape({{1, 1, 3, 3}, 2, 2, 2, 2, 1, 1}), Shape({1, 1, 2, 2}));
  EXPECT_EQ(shape({{1, 1, 4, 4}, 2, 2, 3, 3, 1, 1}), Shape({1, 1, 2, 2}));
  EXPECT_EQ(shape({{1, 1, 5, 5}, 2, 2, 2, 2, 1, 1}), Shape({1, 1, 3, 3}));
  for (const bool floor : {false, true}) {
    CheckPoolingEverywhere({{2, 5, 12, 9}, 3, 3, 2, 2, 0, 0, floor});
    CheckPoolingEverywhere({{2, 5, 12, 9}, 3, 3, 2, 2, 1, 1, floor});
    CheckPoolingEverywhere({{2, 5, 3, 3}, 2, 2, 2, 2, 1, 1, floor});
  }
}

TEST(PoolingTest, ClipsBothAxesWhereOneIsPadded) {
  CheckPoolingEverywhere({{1, 5, 12, 12}, 3, 3, 3, 3, 1, 0});
  CheckPoolingEverywhere({{1, 5, 12, 10}, 2, 2, 3, 3, 1, 0});
  CheckPoolingEverywhere({{1, 5, 10, 12}, 2, 2, 3, 3, 0, 1});
}

TEST(PoolingTest, HasAWindowForAKernelLongerThanTheInput) {
  for (const int length : {1, 2, 3}) {
    for (const int kernel : {2, 3, 4, 5, 9}) {
      for (const int stride : {1, 2, 3, 8}) {
        for (const int pad : {0, 1, 2}) {
          for (const bool floor : {false, true}) {
            if (pad >= kernel) continue;
            const PoolingCase c = {{2, 9, length, 6}, kernel, 3, stride, 2, pad, 1, floor};
            if (LengthOf(length, kernel, stride, pad, true, floor) > 0) {
              CheckPoolingEverywhere(c);
            } else {
              EXPECT_NE(ErrorOf(PoolingOf(c, true), {c.bottom}), "");
            }
          }
        }
      }
    }
  }
  // Without an end to it.
  CheckPoolingEverywhere({{1, 1, 2, 3}, 1 << 24, 3, 1 << 24, 1, 0, 0, false});
}

TEST(PoolingTest, PoolsGlobally) {
  for (const bool max : {true, false}) {
    caffe::LayerParameter layer = PoolingOf({{}, 1, 1, 1, 1, 0, 0}, max);
    layer.mutable_pooling_param()->clear_kernel_size();
    layer.mutable_pooling_param()->set_global_pooling(true);
    for (const int block : {1, 8, 16}) {
      LayerTester tester(layer, {{2, 5, 6, 7}}, {.block = block});
      CheckPooling(tester, {{2, 5, 6, 7}, 6, 7, 1, 1, 0, 0}, max);
      tester.ReshapeBottom(0, {3, 5, 4, 2});
      CheckPooling(tester, {{3, 5, 4, 2}, 4, 2, 1, 1, 0, 0}, max);
    }
  }
}

TEST(PoolingTest, TakesTheFirstOfEqualValues) {
  const PoolingCase c = {{1, 1, 4, 4}, 2, 2, 2, 2, 0, 0};
  for (const PoolingCase& each : {c, PoolingCase{{1, 1, 5, 5}, 3, 3, 2, 2, 0, 0}}) {
    LayerTester tester(PoolingOf(each, true), {each.bottom}, {.tops = 2});
    std::fill(tester.input().begin(), tester.input().end(), -4.0f);
    CheckPooling(tester, each, true);
  }
}

// Among equal values, and among values that are no numbers or below all, in blocks of channels.
TEST(PoolingTest, TakesTheFirstOfEqualValuesInBlocks) {
  const float values[] = {-1,
                          2,
                          2,
                          0,
                          std::numeric_limits<float>::quiet_NaN(),
                          -1,
                          2,
                          -std::numeric_limits<float>::infinity()};
  const PoolingCase cases[] = {{{2, 9, 7, 9}, 3, 3, 1, 1, 1, 1},
                               {{2, 9, 7, 9}, 3, 3, 2, 2, 0, 0},
                               {{2, 9, 7, 9}, 2, 3, 3, 1, 0, 0},
                               {{1, 17, 6, 5}, 6, 5, 1, 1, 0, 0}};
  for (const PoolingCase& c : cases) {
    LayerTester plain(PoolingOf(c, true), {c.bottom}, {.tops = 2});
    for (size_t i = 0; i < plain.input().size(); ++i) {
      plain.input()[i] = values[i * 2654435761u % 4294967296u >> 29];
    }
    plain.Forward();
    for (const int block : {8, 16}) {
      LayerTester blocked(PoolingOf(c, true), {c.bottom}, {.tops = 2, .block = block});
      blocked.input() = plain.input();
      blocked.Forward();
      EXPECT_EQ(blocked.TopData(), plain.TopData());
      EXPECT_EQ(LayerTester::ValuesOf(blocked.top(1).data()),
                LayerTester::ValuesOf(plain.top(1).data()));
    }
  }
}

TEST(PoolingTest, HasTheRightGradient) {
  for (const bool max : {true, false}) {
    for (const int block : {1, 8}) {
      LayerTester tester(PoolingOf({{}, 3, 2, 2, 1, 1, 1}, max), {{1, 3, 5, 4}}, {.block = block});
      // Values so far apart that a step changes no maximum.
      for (size_t i = 0; i < tester.input().size(); ++i) {
        tester.input()[i] = static_cast<float>(i * 37 % 60) * 0.1f - 3;
      }
      CheckGradients(tester);
    }
  }
}

TEST(PoolingTest, WorksWithPinnedBlobsAndChangingLayouts) {
  const PoolingCase c = {{2, 9, 7, 6}, 3, 3, 2, 2, 1, 1};
  for (const bool max : {true, false}) {
    LayerTester tester(PoolingOf(c, max), {c.bottom}, {.block = 8});
    CheckPooling(tester, c, max);
    tester.top().PinData();
    tester.top().PinDiff();
    CheckPooling(tester, c, max);
    tester.bottom().PinData();  // Plain from now on.
    CheckPooling(tester, c, max);
    tester.bottom().PinDiff();
    CheckPooling(tester, c, max);
  }
}

TEST(PoolingTest, TakesAnotherBatchSizeAndAnEmptyOne) {
  for (const bool max : {true, false}) {
    PoolingCase c = {{2, 9, 7, 6}, 3, 3, 2, 2, 0, 0};
    LayerTester tester(PoolingOf(c, max), {c.bottom});
    for (const int batch : {4, 0, 1}) {
      c.bottom[0] = batch;
      tester.ReshapeBottom(0, c.bottom);
      CheckPooling(tester, c, max);
    }
  }
}

std::string PoolingErrorWith(const std::function<void(Pool&)>& change,
                             const Shape& bottom = {2, 3, 5, 5}) {
  caffe::LayerParameter layer = ParamOf("Pooling");
  layer.mutable_pooling_param()->set_kernel_size(2);
  change(*layer.mutable_pooling_param());
  return ErrorOf(layer, {bottom});
}

TEST(PoolingTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(PoolingErrorWith([](Pool&) {}), "");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.clear_kernel_size(); }),
            "Expected either kernel_size or kernel_h and kernel_w but found neither");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_kernel_h(2); }),
            "Expected either kernel_size or kernel_h and kernel_w but found both");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) {
              p.clear_kernel_size();
              p.set_kernel_h(2);
            }),
            "Expected both kernel_h and kernel_w but found one of them");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_kernel_size(0); }),
            "Expected a kernel size above 0 but found 0x0");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_stride(0); }),
            "Expected a stride above 0 but found 0x0");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_pad(2); }),
            "Expected a pad below the kernel size but found 2x2");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) {
              p.set_pad(1);
              p.set_pad_h(1);
              p.set_pad_w(1);
            }),
            "Expected either pad or pad_h and pad_w but found both");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) {
              p.set_stride(1);
              p.set_stride_h(1);
              p.set_stride_w(1);
            }),
            "Expected either stride or stride_h and stride_w but found both");
  for (const bool pad : {false, true}) {
    for (const bool height : {false, true}) {
      const char* what = pad ? "pad" : "stride";
      EXPECT_EQ(PoolingErrorWith([&](Pool& p) {
                  if (pad) height ? p.set_pad_h(1) : p.set_pad_w(1);
                  if (!pad) height ? p.set_stride_h(1) : p.set_stride_w(1);
                }),
                StrCat("Expected both ", what, "_h and ", what, "_w but found one of them"));
    }
  }
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_kernel_size(6); }),
            "Expected the kernel, 6 long, to fit into the padded bottom of 5");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_global_pooling(true); }),
            "Expected no kernel size with global_pooling but found one");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) {
              p.clear_kernel_size();
              p.set_global_pooling(true);
              p.set_stride(2);
            }),
            "Expected pad 0 and stride 1 with global_pooling but found others");
  EXPECT_EQ(PoolingErrorWith([](Pool& p) {
              p.set_pool(caffe::PoolingParameter_PoolMethod_STOCHASTIC);
              p.set_pad(1);
            }),
            "Expected a pool of MAX or AVE with padding but found STOCHASTIC");
  EXPECT_EQ(PoolingErrorWith([](Pool&) {}, {2, 3, 5}),
            "Expected a bottom of 4 axes (N, C, H, W) but found shape 2 3 5 (30)");
  caffe::LayerParameter layer = ParamOf("Pooling");
  layer.mutable_pooling_param()->set_kernel_size(1);
  EXPECT_NE(ErrorOf(layer, {{2, 3, 5, 5}}, {.in_place = true}).find("in place"), std::string::npos);
}

// Numbers for which a computation would leave the range of int, and empty planes.
TEST(PoolingTest, RefusesHugeNumbers) {
  for (const uint32_t huge : {1u << 30, 2147483647u, 2147483648u, 4294967295u}) {
    EXPECT_NE(PoolingErrorWith([&](Pool& p) { p.set_kernel_size(huge); }), "");
    EXPECT_NE(PoolingErrorWith([&](Pool& p) { p.set_stride(huge); }), "");
    EXPECT_NE(PoolingErrorWith([&](Pool& p) { p.set_pad(huge); }), "");
    EXPECT_NE(PoolingErrorWith([&](Pool& p) {
                p.set_kernel_size(huge);
                p.set_pad(huge - 1);
              }),
              "");
  }
  EXPECT_EQ(PoolingErrorWith([](Pool& p) { p.set_stride(1 << 24); }), "");
  EXPECT_NE(PoolingErrorWith([](Pool& p) { p.set_pad(1); }, {1, 1, 0, 0}), "");
  EXPECT_NE(PoolingErrorWith(
                [](Pool& p) {
                  p.clear_kernel_size();
                  p.set_global_pooling(true);
                },
                {1, 1, 0, 3}),
            "");
}

}  // namespace
}  // namespace crema::test
