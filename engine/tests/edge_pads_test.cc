// Convolution, Deconvolution and Pooling with another padding at each edge.
#include <algorithm>
#include <functional>
#include <string>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

struct Edges {
  int t, b, l, r;
};

constexpr Edges kEdges[] = {{0, 1, 0, 1}, {1, 0, 2, 0}, {2, 1, 0, 3}, {0, 0, 0, 1}};

template <class Param>
void SetEdges(Param& param, Edges e) {
  param.set_pad_t(static_cast<uint8_t>(e.t));
  param.set_pad_b(static_cast<uint8_t>(e.b));
  param.set_pad_l(static_cast<uint8_t>(e.l));
  param.set_pad_r(static_cast<uint8_t>(e.r));
}

// The planes of a blob with zeros around them.
Values Padded(const Values& in, const Shape& shape, Edges e) {
  const int h = shape[2], w = shape[3], out_h = h + e.t + e.b, out_w = w + e.l + e.r;
  Values out(static_cast<size_t>(shape[0] * shape[1] * out_h * out_w));
  for (size_t i = 0; i < in.size(); ++i) {
    const int at = static_cast<int>(i), x = at % w, y = at / w % h, plane = at / (w * h);
    out[static_cast<size_t>((plane * out_h + y + e.t) * out_w + x + e.l)] = in[i];
  }
  return out;
}

// The planes of shape `shape` in those with edges around them.
Values Cropped(const Values& padded, const Shape& shape, Edges e) {
  const int h = shape[2], w = shape[3], in_h = h + e.t + e.b, in_w = w + e.l + e.r;
  Values out(static_cast<size_t>(CountOf(shape)));
  for (size_t i = 0; i < out.size(); ++i) {
    const int at = static_cast<int>(i), x = at % w, y = at / w % h, plane = at / (w * h);
    out[i] = padded[static_cast<size_t>((plane * in_h + y + e.t) * in_w + x + e.l)];
  }
  return out;
}

Shape Around(Shape shape, Edges e) {
  shape[2] += e.t + e.b;
  shape[3] += e.l + e.r;
  return shape;
}

struct Kernel {
  int outputs = 3, size = 3, stride = 1, dilation = 1, groups = 1;
};

constexpr Kernel kKernels[] = {{},
                               {.stride = 2},
                               {.size = 2, .dilation = 2},
                               {.outputs = 4, .stride = 2, .groups = 2},
                               {.outputs = 8, .size = 4, .stride = 3}};

caffe::LayerParameter KernelLayerOf(const std::string& type, const Kernel& k) {
  caffe::LayerParameter layer = ParamOf(type);
  auto& param = *layer.mutable_convolution_param();
  param.set_num_output(static_cast<uint32_t>(k.outputs));
  param.add_kernel_size(static_cast<uint32_t>(k.size));
  param.add_stride(static_cast<uint32_t>(k.stride));
  param.add_dilation(static_cast<uint32_t>(k.dilation));
  param.set_group(static_cast<uint32_t>(k.groups));
  param.mutable_weight_filler()->set_type("uniform");
  param.mutable_bias_filler()->set_type("uniform");
  return layer;
}

void RunPasses(LayerTester& tester) {
  for (const auto& blob : tester.layer().blobs()) blob->diff().SetZero();
  tester.Forward();
  tester.Backward();
}

// The layer with `change` made, against the one without on the bottom with zeros around it.
void CheckConvolution(const Kernel& k, const Shape& bottom, Edges e,
                      const std::function<void(caffe::ConvolutionParameter&)>& change) {
  for (const int block : {1, 8}) {
    SCOPED_TRACE(StrCat(ShapeString(bottom), " kernel ", k.size, " stride ", k.stride, " pads ",
                        e.t, " ", e.b, " ", e.l, " ", e.r, " in blocks of ", block));
    caffe::LayerParameter layer = KernelLayerOf("Convolution", k);
    LayerTester wide(layer, {Around(bottom, e)});
    change(*layer.mutable_convolution_param());
    LayerTester tester(layer, {bottom}, {.block = block});
    wide.input() = Padded(tester.input(), bottom, e);
    ASSERT_EQ(tester.top().shape(), wide.top().shape());
    wide.top_diff() = tester.top_diff();
    for (size_t i = 0; i < 2; ++i) {
      const Values weights = LayerTester::ValuesOf(wide.param(i).data());
      std::copy(weights.begin(), weights.end(), tester.param(i).data().Write());
    }
    RunPasses(wide);
    RunPasses(tester);
    ExpectNear(wide.TopData(), tester.TopData());
    ExpectNear(Cropped(wide.BottomDiff(), bottom, e), tester.BottomDiff());
    for (size_t i = 0; i < 2; ++i) ExpectNear(wide.ParamDiff(i), tester.ParamDiff(i), 1e-4);
  }
}

TEST(EdgePadsTest, ConvolutionEqualsThatOfAPaddedBottom) {
  for (const Edges e : kEdges) {
    for (const Kernel& k : kKernels) {
      const auto change = [&](caffe::ConvolutionParameter& p) { SetEdges(p, e); };
      CheckConvolution(k, {2, 4, 7, 6}, e, change);
      CheckConvolution(k, {1, 16, 9, 12}, e, change);
    }
  }
}

TEST(EdgePadsTest, ConvolutionPadsToTheSameLength) {
  const auto change = [](caffe::ConvolutionParameter& p) { p.set_pad_type(1); };
  // TensorFlow's numbers: the odd one of the padding lies behind.
  CheckConvolution({.stride = 2}, {1, 2, 6, 7}, {0, 1, 1, 1}, change);
  CheckConvolution({.size = 2}, {2, 2, 5, 6}, {0, 1, 0, 1}, change);
  CheckConvolution({.outputs = 8, .size = 4, .stride = 3}, {1, 8, 7, 6}, {1, 2, 0, 1}, change);
  caffe::LayerParameter layer = KernelLayerOf("Convolution", {.stride = 2});
  change(*layer.mutable_convolution_param());
  LayerTester tester(layer, {{1, 2, 6, 7}});
  EXPECT_EQ(tester.top().shape(), Shape({1, 3, 3, 4}));
  CheckGradients(tester);
  // A bottom of another length has another padding.
  tester.ReshapeBottom(0, {1, 2, 7, 6});
  EXPECT_EQ(tester.top().shape(), Shape({1, 3, 4, 3}));
  CheckGradients(tester);
}

TEST(EdgePadsTest, ConvolutionHasTheRightGradient) {
  for (const Kernel& k : kKernels) {
    caffe::LayerParameter layer = KernelLayerOf("Convolution", k);
    SetEdges(*layer.mutable_convolution_param(), {1, 0, 0, 2});
    LayerTester tester(layer, {{1, 4, 5, 4}});
    CheckGradients(tester);
  }
}

TEST(EdgePadsTest, DeconvolutionEqualsTheMiddleOfTheTop) {
  for (const Edges e : kEdges) {
    for (const Kernel& k : {Kernel{}, Kernel{.stride = 2},
                            Kernel{.outputs = 4, .size = 5, .stride = 2, .groups = 4}}) {
      const Shape bottom = {2, 4, 4, 5};
      caffe::LayerParameter layer = KernelLayerOf("Deconvolution", k);
      LayerTester wide(layer, {bottom});
      SetEdges(*layer.mutable_convolution_param(), e);
      LayerTester tester(layer, {bottom});
      ASSERT_EQ(Around(tester.top().shape(), e), wide.top().shape());
      wide.input() = tester.input();
      wide.top_diff() = Padded(tester.top_diff(), tester.top().shape(), e);
      for (size_t i = 0; i < 2; ++i) {
        const Values weights = LayerTester::ValuesOf(wide.param(i).data());
        std::copy(weights.begin(), weights.end(), tester.param(i).data().Write());
      }
      RunPasses(wide);
      RunPasses(tester);
      ExpectNear(Cropped(wide.TopData(), tester.top().shape(), e), tester.TopData());
      ExpectNear(wide.BottomDiff(), tester.BottomDiff());
      for (size_t i = 0; i < 2; ++i) ExpectNear(wide.ParamDiff(i), tester.ParamDiff(i), 1e-4);
    }
  }
}

std::string ConvolutionError(const std::function<void(caffe::ConvolutionParameter&)>& change,
                             const std::string& type = "Convolution",
                             const Shape& bottom = {1, 2, 5, 5}) {
  caffe::LayerParameter layer = KernelLayerOf(type, {});
  change(*layer.mutable_convolution_param());
  return ErrorOf(layer, {bottom});
}

TEST(EdgePadsTest, ConvolutionRefusesMixtures) {
  EXPECT_EQ(ConvolutionError([](auto& p) {
              p.add_pad(1);
              p.set_pad_l(1);
            }),
            "Expected either pad (or pad_h and pad_w) or pad_l, pad_r, pad_t and pad_b but found "
            "both");
  // Edges of 0 leave it to the pad.
  EXPECT_EQ(ConvolutionError([](auto& p) {
              p.add_pad(1);
              p.set_pad_l(0);
            }),
            "");
  EXPECT_EQ(ConvolutionError([](auto& p) { p.set_pad_b(-1); }),
            "Expected pad_l, pad_r, pad_t and pad_b from 0 to 16777216 but found -1");
  EXPECT_EQ(ConvolutionError([](auto& p) { p.set_pad_b(1); }, "Convolution", {1, 2, 5}),
            "Expected pad_l, pad_r, pad_t and pad_b only for two spatial axes but found 1");
  EXPECT_EQ(ConvolutionError([](auto& p) { p.set_pad_type(2); }),
            "Expected a pad_type of 0 (by pad) or 1 (as much as the stride needs) but found 2");
  EXPECT_EQ(ConvolutionError([](auto& p) {
              p.set_pad_type(1);
              p.add_pad(1);
            }),
            "Expected either a pad or pad_type: 1 but found both");
  EXPECT_NE(ConvolutionError([](auto& p) { p.set_pad_type(1); }, "Deconvolution"), "");
}

using PaddedPool = caffe::PoolingParameter;

// What Pooling makes of one window: the fork's formula.
void CheckPooling(const caffe::LayerParameter& layer, const Shape& bottom, const Shape& top,
                  Edges e) {
  const PaddedPool& pool = layer.pooling_param();
  const bool max = pool.pool() == caffe::PoolingParameter_PoolMethod_MAX;
  const bool excludes = pool.pool() == caffe::PoolingParameter_PoolMethod_AVE_EXC_PAD ||
                        pool.pool() == caffe::PoolingParameter_PoolMethod_AVE_TF;
  const int in_h = bottom[2], in_w = bottom[3];
  const auto kernel = static_cast<int>(pool.kernel_size()),
             stride = static_cast<int>(pool.stride());
  for (const int block : {1, 8}) {
    SCOPED_TRACE(
        StrCat(pool.ShortDebugString(), " of ", ShapeString(bottom), " in blocks of ", block));
    LayerTester tester(layer, {bottom}, {.block = block});
    ASSERT_EQ(tester.top().shape(), top);
    RunPasses(tester);
    Values data, diff(tester.input().size());
    for (int plane = 0; plane < bottom[0] * bottom[1]; ++plane) {
      const auto base = static_cast<size_t>(plane * in_h * in_w);
      for (int i = 0; i < top[2] * top[3]; ++i) {
        const int y = i / top[3] * stride - e.t, x = i % top[3] * stride - e.l;
        const int to_y = std::min(y + kernel, in_h + e.b), to_x = std::min(x + kernel, in_w + e.r);
        std::vector<size_t> inside;
        for (int h = std::max(y, 0); h < std::min(to_y, in_h); ++h) {
          for (int w = std::max(x, 0); w < std::min(to_x, in_w); ++w) {
            inside.push_back(base + static_cast<size_t>(h * in_w + w));
          }
        }
        ASSERT_FALSE(inside.empty());
        const float share = tester.top_diff()[data.size()];
        const auto less = [&](size_t a, size_t b) { return tester.input()[a] < tester.input()[b]; };
        if (max) {
          const size_t at = *std::max_element(inside.begin(), inside.end(), less);
          data.push_back(tester.input()[at]);
          diff[at] += share;
          continue;
        }
        const auto size = static_cast<float>(excludes ? static_cast<int>(inside.size())
                                                      : (to_y - y) * (to_x - x));
        float sum = 0;
        for (const size_t at : inside) {
          sum += tester.input()[at];
          diff[at] += share / size;
        }
        data.push_back(sum / size);
      }
    }
    ExpectNear(data, tester.TopData());
    ExpectNear(diff, tester.BottomDiff());
  }
}

caffe::LayerParameter PaddedPoolingOf(caffe::PoolingParameter_PoolMethod method, int kernel,
                                      int stride) {
  caffe::LayerParameter layer = ParamOf("Pooling");
  layer.mutable_pooling_param()->set_pool(method);
  layer.mutable_pooling_param()->set_kernel_size(static_cast<uint32_t>(kernel));
  layer.mutable_pooling_param()->set_stride(static_cast<uint32_t>(stride));
  return layer;
}

constexpr caffe::PoolingParameter_PoolMethod kMethods[] = {
    caffe::PoolingParameter_PoolMethod_MAX, caffe::PoolingParameter_PoolMethod_AVE,
    caffe::PoolingParameter_PoolMethod_AVE_EXC_PAD, caffe::PoolingParameter_PoolMethod_AVE_TF};

TEST(EdgePadsTest, PoolingEqualsTheDefinition) {
  for (const auto method : kMethods) {
    caffe::LayerParameter layer = PaddedPoolingOf(method, 3, 2);
    auto& pool = *layer.mutable_pooling_param();
    SetEdges(pool, {0, 1, 0, 1});
    // Rounded up, as Caffe does, but for a window that would begin behind the bottom.
    CheckPooling(layer, {2, 3, 6, 7}, {2, 3, 3, 4}, {0, 1, 0, 1});
    pool.set_ceil_mode(false);
    CheckPooling(layer, {2, 3, 6, 7}, {2, 3, 3, 3}, {0, 1, 0, 1});
    SetEdges(pool, {1, 0, 2, 0});
    CheckPooling(layer, {1, 9, 6, 7}, {1, 9, 3, 4}, {1, 0, 2, 0});
    pool.set_stride(1);
    SetEdges(pool, {1, 1, 1, 2});
    CheckPooling(layer, {1, 9, 4, 4}, {1, 9, 4, 5}, {1, 1, 1, 2});
    // Symmetric, by the fields of Caffe.
    pool.set_stride(2);
    SetEdges(pool, {0, 0, 0, 0});
    pool.set_pad(1);
    CheckPooling(layer, {1, 2, 6, 7}, {1, 2, 3, 4}, {1, 1, 1, 1});
  }
}

TEST(EdgePadsTest, PoolingDropsAWindowBehindTheBottom) {
  caffe::LayerParameter layer =
      PaddedPoolingOf(caffe::PoolingParameter_PoolMethod_AVE_EXC_PAD, 2, 2);
  SetEdges(*layer.mutable_pooling_param(), {0, 1, 0, 2});
  CheckPooling(layer, {1, 1, 4, 4}, {1, 1, 2, 2}, {0, 1, 0, 2});
}

TEST(EdgePadsTest, PoolingPadsToTheSameLength) {
  for (const auto method : kMethods) {
    caffe::LayerParameter layer = PaddedPoolingOf(method, 3, 2);
    layer.mutable_pooling_param()->set_pad_type(1);
    CheckPooling(layer, {2, 3, 6, 7}, {2, 3, 3, 4}, {0, 1, 1, 1});
    LayerTester tester(layer, {{2, 3, 6, 7}});
    tester.ReshapeBottom(0, {2, 3, 7, 9});
    EXPECT_EQ(tester.top().shape(), Shape({2, 3, 4, 5}));
  }
}

TEST(EdgePadsTest, PoolingHasTheRightGradient) {
  for (const auto method : kMethods) {
    caffe::LayerParameter layer = PaddedPoolingOf(method, 3, 2);
    SetEdges(*layer.mutable_pooling_param(), {1, 2, 0, 1});
    LayerTester tester(layer, {{1, 3, 5, 4}});
    for (size_t i = 0; i < tester.input().size(); ++i) {
      tester.input()[i] = static_cast<float>(i * 37 % 60) * 0.1f - 3;
    }
    CheckGradients(tester);
  }
}

TEST(EdgePadsTest, PoolingRefusesMixtures) {
  const auto error = [](const std::function<void(PaddedPool&)>& change) {
    caffe::LayerParameter layer =
        PaddedPoolingOf(caffe::PoolingParameter_PoolMethod_AVE_EXC_PAD, 2, 1);
    change(*layer.mutable_pooling_param());
    return ErrorOf(layer, {{1, 2, 5, 5}});
  };
  EXPECT_EQ(error([](PaddedPool& p) { p.set_pad_l(1); }), "");
  EXPECT_EQ(error([](PaddedPool& p) {
              p.set_pad(1);
              p.set_pad_l(1);
            }),
            "Expected either pad (or pad_h and pad_w) or pad_l, pad_r, pad_t and pad_b but found "
            "both");
  EXPECT_EQ(error([](PaddedPool& p) { p.set_pad_l(2); }),
            "Expected pad_t and pad_l below the kernel size, since AVE_EXC_PAD has no average of "
            "padding alone, but found 0 and 2");
  EXPECT_EQ(error([](PaddedPool& p) {
              p.set_pad_type(1);
              p.set_pad(1);
            }),
            "Expected either a pad or pad_type: 1 but found both");
  EXPECT_EQ(error([](PaddedPool& p) {
              p.clear_kernel_size();
              p.set_global_pooling(true);
              p.set_pad_t(1);
            }),
            "Expected pad 0 and stride 1 with global_pooling but found others");
  EXPECT_EQ(error([](PaddedPool& p) {
              p.set_pool(caffe::PoolingParameter_PoolMethod_STOCHASTIC);
              p.set_pad_r(1);
            }),
            "Expected a pool of MAX or AVE with padding but found STOCHASTIC");
}

}  // namespace
}  // namespace crema::test
