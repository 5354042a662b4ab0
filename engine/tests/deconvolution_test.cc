// A deconvolution is the transpose of a convolution, so it is held against Convolution, which has
// tests against the definition.
#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

// kernel, stride, pad and dilation have one number, or one per spatial axis.
struct DeconvolutionCase {
  std::string name;
  Shape bottom;
  int outputs;
  std::vector<uint32_t> kernel, stride, pad, dilation;
  int groups = 1;
  bool bias = true;
  int axis = 1;
  int bottoms = 1;
};

caffe::LayerParameter DeconvolutionOf(const std::string& type, const DeconvolutionCase& c,
                                      int outputs, bool bias) {
  caffe::LayerParameter layer = ParamOf(type);
  auto& param = *layer.mutable_convolution_param();
  param.set_num_output(static_cast<uint32_t>(outputs));
  for (const uint32_t v : c.kernel) param.add_kernel_size(v);
  for (const uint32_t v : c.stride) param.add_stride(v);
  for (const uint32_t v : c.pad) param.add_pad(v);
  for (const uint32_t v : c.dilation) param.add_dilation(v);
  param.set_group(static_cast<uint32_t>(c.groups));
  param.set_bias_term(bias);
  if (c.axis != 1) param.set_axis(c.axis);
  for (auto* filler : {param.mutable_weight_filler(), param.mutable_bias_filler()}) {
    filler->set_type("uniform");
    filler->set_min(-1);
  }
  return layer;
}

caffe::LayerParameter DeconvolutionOf(const DeconvolutionCase& c) {
  return DeconvolutionOf("Deconvolution", c, c.outputs, c.bias);
}

std::vector<Shape> Bottoms(const DeconvolutionCase& c) {
  return std::vector<Shape>(static_cast<size_t>(c.bottoms), c.bottom);
}

const DeconvolutionCase kDeconvolutionCases[] = {
    {"plain", {2, 3, 5, 4}, 4, {3}, {}, {}, {}},
    {"strided", {2, 3, 5, 4}, 2, {4}, {2}, {1}, {}},
    {"an axis each", {2, 4, 3, 5}, 6, {3, 2}, {2, 3}, {1, 0}, {2, 1}},
    {"blocked", {2, 32, 5, 6}, 16, {4}, {2}, {1}, {}},
    {"blocked, 2x2", {2, 16, 5, 6}, 16, {2}, {2}, {}, {}},
    {"blocked groups", {2, 32, 5, 4}, 64, {3}, {2}, {1}, {}, 2},
    {"groups", {2, 6, 5, 4}, 4, {3}, {2}, {1}, {}, 2},
    {"a channel in, two out", {2, 4, 5, 4}, 8, {3}, {2}, {1}, {}, 4},
    {"two channels in, one out", {2, 8, 5, 4}, 4, {3}, {2}, {1}, {}, 4},
    {"depthwise, doubled", {2, 5, 6, 7}, 5, {4}, {2}, {1}, {}, 5},
    {"depthwise, even pad", {2, 3, 6, 7}, 3, {5}, {2}, {2}, {}, 3},
    {"depthwise, tripled", {2, 3, 4, 5}, 3, {5}, {3}, {1}, {}, 3, false},
    {"depthwise, dilated", {2, 3, 4, 5}, 3, {3, 2}, {2, 3}, {1, 2}, {3, 2}, 3},
    {"depthwise, gaps", {1, 2, 4, 5}, 2, {2}, {4}, {}, {}, 2},
    {"depthwise, blocked", {2, 16, 4, 5}, 16, {4}, {2}, {1}, {}, 16},
    {"one channel", {2, 1, 4, 5}, 1, {4}, {2}, {1}, {}},
    {"gaps", {1, 2, 3, 4}, 3, {2}, {5}, {}, {}},
    {"1x1", {2, 5, 4, 4}, 3, {1}, {}, {}, {}},
    {"no bias", {2, 5, 4, 4}, 3, {3}, {}, {}, {}, 1, false},
    {"one spatial axis", {2, 6, 9}, 5, {4}, {2}, {1}, {}},
    {"three spatial axes", {2, 4, 3, 4, 3}, 6, {3, 2, 3}, {1, 2, 1}, {1, 0, 1}, {}},
    {"four spatial axes", {2, 4, 2, 3, 2, 3}, 6, {2, 3, 2, 1}, {1, 2, 1, 2}, {1, 0, 1, 0}, {}, 2},
    {"no spatial axis", {4, 6}, 5, {}, {}, {}, {}},
    {"axis 2", {2, 3, 4, 5, 4}, 5, {3}, {}, {1}, {}, 1, true, 2},
    {"a negative axis", {2, 5, 4, 3}, 4, {3}, {}, {1}, {}, 1, true, -3},
    {"several bottoms", {2, 5, 4, 3}, 4, {3}, {}, {1}, {}, 1, true, 1, 3},
    {"several bottoms, depthwise", {2, 3, 4, 3}, 3, {4}, {2}, {1}, {}, 3, true, 1, 2},
};

// <conv(image), map> = <image, deconv(map)>, for each value by itself: what a convolution with the
// same weights gives as the gradient of an image is what a deconvolution gives as its top.
void ExpectTransposed(const DeconvolutionCase& c, LayerTester& tester) {
  const size_t axis = static_cast<size_t>(c.axis < 0 ? c.axis + 4 : c.axis);
  const auto inputs = tester.bottom().shape(static_cast<int>(axis));
  const int64_t after = tester.top().count(static_cast<int>(axis) + 1);
  LayerTester convolution(DeconvolutionOf("Convolution", c, inputs, false),
                          std::vector<Shape>(tester.bottoms().size(), tester.top().shape()),
                          {.tops = static_cast<int>(tester.tops().size())});
  ASSERT_EQ(convolution.top().shape(), tester.bottom().shape());
  const Values weights = LayerTester::ValuesOf(tester.param(0).data());
  std::copy(weights.begin(), weights.end(), convolution.param(0).data().Write());
  const Values bias = c.bias ? LayerTester::ValuesOf(tester.param(1).data()) : Values();
  for (size_t i = 0; i < tester.tops().size(); ++i) {
    convolution.input(i) = tester.top_diff(i);
    convolution.top_diff(i) = tester.input(i);
  }
  for (const auto& blob : tester.layer().blobs()) blob->diff().SetZero();
  convolution.param(0).diff().SetZero();
  tester.Forward();
  tester.Backward();
  convolution.Forward();
  convolution.Backward();
  Values bias_diff(bias.size());
  for (size_t i = 0; i < tester.tops().size(); ++i) {
    Values expected = convolution.BottomDiff(i);
    for (size_t j = 0; j < expected.size() && c.bias; ++j) {
      const size_t channel = j / static_cast<size_t>(after) % bias.size();
      expected[j] += bias[channel];
      bias_diff[channel] += tester.top_diff(i)[j];
    }
    ExpectNear(expected, tester.TopData(i), 1e-4);
    ExpectNear(convolution.TopData(i), tester.BottomDiff(i), 1e-4);
  }
  ExpectNear(convolution.ParamDiff(0), tester.ParamDiff(0), 1e-3);
  if (c.bias) ExpectNear(bias_diff, tester.ParamDiff(1), 1e-3);
}

TEST(DeconvolutionTest, IsTheTransposeOfAConvolution) {
  for (const DeconvolutionCase& c : kDeconvolutionCases) {
    SCOPED_TRACE(c.name);
    for (const int block : {1, 8, 16}) {
      LayerTester tester(DeconvolutionOf(c), Bottoms(c), {.tops = c.bottoms, .block = block});
      ExpectTransposed(c, tester);
    }
  }
}

TEST(DeconvolutionTest, WorksOnPinnedBlobs) {
  for (const DeconvolutionCase& c : kDeconvolutionCases) {
    SCOPED_TRACE(c.name);
    LayerTester tester(DeconvolutionOf(c), Bottoms(c), {.tops = c.bottoms});
    tester.bottom().PinData();
    tester.top().PinDiff();
    ExpectTransposed(c, tester);
    tester.bottom().PinDiff();
    tester.top().PinData();
    for (const auto& blob : tester.layer().blobs()) {
      blob->PinData();
      blob->PinDiff();
    }
    ExpectTransposed(c, tester);
  }
}

TEST(DeconvolutionTest, TakesOtherShapes) {
  for (const DeconvolutionCase& c : kDeconvolutionCases) {
    if (c.bottoms > 1 || c.axis != 1) continue;
    SCOPED_TRACE(c.name);
    LayerTester tester(DeconvolutionOf(c), Bottoms(c));
    for (const int batch : {3, 1}) {
      Shape shape = c.bottom;
      shape[0] = batch;
      shape.back() += shape.size() > 2 ? batch : 0;
      tester.ReshapeBottom(0, shape);
      ExpectTransposed(c, tester);
    }
  }
}

TEST(DeconvolutionTest, HasTheRightGradient) {
  for (const size_t i : {size_t{1}, size_t{9}, size_t{12}}) {
    SCOPED_TRACE(kDeconvolutionCases[i].name);
    LayerTester tester(DeconvolutionOf(kDeconvolutionCases[i]), Bottoms(kDeconvolutionCases[i]));
    CheckGradients(tester);
  }
}

TEST(DeconvolutionTest, ComputesOnlyTheGradientsThatAreWanted) {
  for (const size_t i : {size_t{0}, size_t{3}, size_t{9}}) {
    const DeconvolutionCase& c = kDeconvolutionCases[i];
    LayerTester all(DeconvolutionOf(c), Bottoms(c));
    all.Forward();
    all.Backward();
    for (const int wanted : {0, 1, 2, 3}) {
      LayerTester some(DeconvolutionOf(c), Bottoms(c));
      some.layer().set_param_propagate_down(0, (wanted & 1) != 0);
      some.layer().set_param_propagate_down(1, (wanted & 2) != 0);
      some.Forward();
      some.Backward({false});
      const auto expected = [&](size_t p) {
        return (wanted >> p & 1) != 0 ? all.ParamDiff(p) : Values(all.ParamDiff(p).size());
      };
      EXPECT_EQ(expected(0), some.ParamDiff(0));
      EXPECT_EQ(expected(1), some.ParamDiff(1));
    }
  }
}

// What upsampling nets use it for: between the values, straight lines.
TEST(DeconvolutionTest, InterpolatesWithTheBilinearFiller) {
  DeconvolutionCase c = {"", {1, 3, 5, 6}, 3, {4}, {2}, {1}, {}, 3, false};
  caffe::LayerParameter param = DeconvolutionOf(c);
  param.mutable_convolution_param()->mutable_weight_filler()->set_type("bilinear");
  LayerTester tester(param, {c.bottom});
  for (size_t i = 0; i < tester.input().size(); ++i) {
    const size_t x = i % 6, y = i / 6 % 5, channel = i / 30;
    tester.input()[i] = static_cast<float>(channel + 1) * static_cast<float>(x + 10 * y);
  }
  tester.Forward();
  ASSERT_EQ(tester.top().shape(), (Shape{1, 3, 10, 12}));
  const Values top = tester.TopData();
  for (size_t i = 0; i < top.size(); ++i) {
    const size_t x = i % 12, y = i / 12 % 10, channel = i / 120;
    if (x == 0 || x == 11 || y == 0 || y == 9) continue;
    const float at_x = (static_cast<float>(x) - 0.5f) / 2,
                at_y = (static_cast<float>(y) - 0.5f) / 2;
    EXPECT_NEAR(top[i], static_cast<float>(channel + 1) * (at_x + 10 * at_y), 1e-3f);
  }
}

TEST(DeconvolutionTest, RefusesWhatItCannotDo) {
  EXPECT_NE(ErrorOf(DeconvolutionOf({"", {}, 1, {2}, {}, {1}, {}}), {{1, 1, 1, 1}})
                .find("pad that leaves"),
            std::string::npos);
  EXPECT_NE(ErrorOf(DeconvolutionOf({"", {}, 3, {2}, {}, {}, {}, 2}), {{1, 4, 3, 3}}).find("group"),
            std::string::npos);
  EXPECT_NE(ErrorOf(DeconvolutionOf({"", {}, 4, {2}, {}, {}, {}, 2}), {{1, 3, 3, 3}}).find("group"),
            std::string::npos);
  EXPECT_NE(ErrorOf(DeconvolutionOf({"", {}, 2, {2}, {16777216}, {}, {}}), {{1, 1, 300, 300}})
                .find("padded top"),
            std::string::npos);
  EXPECT_NE(
      ErrorOf(DeconvolutionOf({"", {}, 3, {1}, {}, {}, {}}), {{1, 3, 3, 3}}, {.in_place = true})
          .find("Deconvolution in place"),
      std::string::npos);
}

}  // namespace
}  // namespace crema::test
