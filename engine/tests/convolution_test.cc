#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

#include "engine/embedded/layers/gemm_convolution.h"
#include "engine/shared/parallel.h"
#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

// One convolution. kernel, stride, pad and dilation have one number per spatial axis.
struct ConvolutionCase {
  std::string name;
  Shape bottom;
  int outputs;
  std::vector<int> kernel, stride, pad, dilation;
  int groups = 1;
  bool bias = true;
  int axis = 1;
  int bottoms = 1;
};

caffe::LayerParameter ConvolutionOf(const ConvolutionCase& c) {
  caffe::LayerParameter layer = ParamOf("Convolution");
  auto& param = *layer.mutable_convolution_param();
  param.set_num_output(static_cast<uint32_t>(c.outputs));
  const auto add = [](const std::vector<int>& from, auto adder) {
    for (const int size : from) adder(static_cast<uint32_t>(size));
  };
  add(c.kernel, [&](uint32_t v) { param.add_kernel_size(v); });
  add(c.stride, [&](uint32_t v) { param.add_stride(v); });
  add(c.pad, [&](uint32_t v) { param.add_pad(v); });
  add(c.dilation, [&](uint32_t v) { param.add_dilation(v); });
  param.set_group(static_cast<uint32_t>(c.groups));
  param.set_bias_term(c.bias);
  if (c.axis != 1) param.set_axis(c.axis);
  param.mutable_weight_filler()->set_type("uniform");
  param.mutable_weight_filler()->set_min(-1);
  param.mutable_bias_filler()->set_type("uniform");
  return layer;
}

// The convolution by its definition, one product at a time.
class ConvolutionReference {
 public:
  ConvolutionReference(const ConvolutionCase& c, const Shape& bottom) : c_(c) {
    const size_t axis =
        static_cast<size_t>(c.axis < 0 ? c.axis + static_cast<int>(bottom.size()) : c.axis);
    for (size_t i = 0; i < axis; ++i) images_ *= bottom[i];
    channels_ = bottom[axis];
    in_.assign(bottom.begin() + static_cast<std::ptrdiff_t>(axis) + 1, bottom.end());
    top_.assign(bottom.begin(), bottom.begin() + static_cast<std::ptrdiff_t>(axis));
    top_.push_back(c.outputs);
    for (size_t i = 0; i < in_.size(); ++i) {
      const int reach = At(c.dilation, i, 1) * (At(c.kernel, i, 1) - 1) + 1;
      out_.push_back((in_[i] + 2 * At(c.pad, i, 0) - reach) / At(c.stride, i, 1) + 1);
      top_.push_back(out_.back());
    }
  }

  const Shape& top() const { return top_; }

  // visit(bottom index, weight index, top index) for every product.
  template <class Visit>
  void Products(const Visit& visit) const {
    Shape kernel;
    for (size_t i = 0; i < in_.size(); ++i) kernel.push_back(At(c_.kernel, i, 1));
    const int64_t group_in = channels_ / c_.groups, group_out = c_.outputs / c_.groups;
    const int64_t in = CountOf(in_), out = CountOf(out_), taps = CountOf(kernel);
    for (int64_t p = 0; p < out; ++p) {
      for (int64_t k = 0; k < taps; ++k) {
        const int64_t place = PlaceOf(p, k, kernel);
        if (place < 0) continue;
        for (int64_t n = 0; n < images_; ++n) {
          for (int64_t o = 0; o < c_.outputs; ++o) {
            for (int64_t ci = 0; ci < group_in; ++ci) {
              const int64_t channel = o / group_out * group_in + ci;
              visit((n * channels_ + channel) * in + place, (o * group_in + ci) * taps + k,
                    (n * c_.outputs + o) * out + p);
            }
          }
        }
      }
    }
  }

  int64_t ChannelOf(int64_t top_index) const { return top_index / CountOf(out_) % c_.outputs; }

 private:
  static int At(const std::vector<int>& sizes, size_t i, int otherwise) {
    return sizes.empty() ? otherwise : sizes[sizes.size() == 1 ? 0 : i];
  }

  // The input position under tap k at output p; -1 in the padding.
  int64_t PlaceOf(int64_t p, int64_t k, const Shape& kernel) const {
    int64_t place = 0, stride = 1;
    for (size_t i = in_.size(); i-- > 0;) {
      const int64_t at = p % out_[i] * At(c_.stride, i, 1) - At(c_.pad, i, 0) +
                         k % kernel[i] * At(c_.dilation, i, 1);
      if (at < 0 || at >= in_[i]) return -1;
      place += at * stride;
      stride *= in_[i];
      p /= out_[i];
      k /= kernel[i];
    }
    return place;
  }

  const ConvolutionCase& c_;
  int64_t images_ = 1;
  int channels_ = 0;
  Shape in_, out_, top_;
};

Values Rounded(const std::vector<double>& values) { return Values(values.begin(), values.end()); }

// Forward, backward, and backward again, against the reference.
void CheckConvolution(LayerTester& tester, const ConvolutionCase& c) {
  const ConvolutionReference reference(c, tester.bottom().shape());
  ASSERT_EQ(tester.top().shape(), reference.top());
  const Values weights = LayerTester::ValuesOf(tester.param(0).data());
  const Values bias = c.bias ? LayerTester::ValuesOf(tester.param(1).data()) : Values();
  std::vector<double> weights_diff(weights.size()), bias_diff(bias.size());
  for (const auto& blob : tester.layer().blobs()) blob->diff().SetZero();
  tester.Forward();
  tester.Backward();
  for (size_t b = 0; b < tester.bottoms().size(); ++b) {
    const Values& in = tester.input(b);
    const Values& delta = tester.top_diff(b);
    std::vector<double> top(delta.size()), bottom_diff(in.size());
    for (size_t i = 0; i < top.size() && c.bias; ++i) {
      const auto channel = static_cast<size_t>(reference.ChannelOf(static_cast<int64_t>(i)));
      top[i] = static_cast<double>(bias[channel]);
      bias_diff[channel] += static_cast<double>(delta[i]);
    }
    reference.Products([&](int64_t from, int64_t weight, int64_t to) {
      const auto f = static_cast<size_t>(from), w = static_cast<size_t>(weight),
                 t = static_cast<size_t>(to);
      top[t] += static_cast<double>(in[f]) * static_cast<double>(weights[w]);
      bottom_diff[f] += static_cast<double>(delta[t]) * static_cast<double>(weights[w]);
      weights_diff[w] += static_cast<double>(delta[t]) * static_cast<double>(in[f]);
    });
    ExpectNear(Rounded(top), tester.TopData(b), 1e-4);
    ExpectNear(Rounded(bottom_diff), tester.BottomDiff(b), 1e-4);
  }
  for (int pass = 1; pass <= 3; ++pass) {
    SCOPED_TRACE(StrCat("backward ", pass));
    if (pass > 1) tester.Backward();
    std::vector<double> weights_sum = weights_diff, bias_sum = bias_diff;
    for (double& v : weights_sum) v *= pass;
    for (double& v : bias_sum) v *= pass;
    ExpectNear(Rounded(weights_sum), tester.ParamDiff(0), 1e-3);
    if (c.bias) ExpectNear(Rounded(bias_sum), tester.ParamDiff(1), 1e-3);
  }
}

std::vector<ConvolutionCase> Cases() {
  return {
      // Channels that fill vectors.
      {"blocked", {2, 32, 9, 7}, 64, {3}, {1}, {1}, {}},
      {"blocked_1x1", {2, 32, 5, 5}, 48, {1}, {}, {}, {}},
      {"blocked_strided", {2, 16, 11, 9}, 32, {3}, {2}, {1}, {}},
      {"blocked_dilated", {1, 16, 12, 13}, 16, {3}, {1}, {2}, {2}},
      {"blocked_groups", {2, 64, 6, 6}, 32, {3}, {}, {1}, {}, 2},
      {"blocked_no_bias", {2, 32, 6, 5}, 32, {3}, {}, {}, {}, 1, false},
      {"depthwise", {2, 32, 7, 7}, 32, {3}, {}, {1}, {}, 32},
      {"odd_outputs", {2, 16, 6, 6}, 17, {3}, {}, {}, {}},
      // Channels that do not fill vectors.
      {"lenet_1", {3, 1, 28, 28}, 20, {5}, {}, {}, {}},
      {"lenet_2", {3, 20, 12, 12}, 50, {5}, {}, {}, {}},
      {"caffenet_1", {2, 3, 35, 35}, 96, {11}, {4}, {}, {}},
      {"gemm_padded", {2, 20, 7, 5}, 50, {3}, {}, {2}, {}},
      {"gemm_strided", {3, 5, 13, 11}, 7, {3}, {2}, {1}, {}},
      {"gemm_dilated", {2, 5, 17, 15}, 6, {3}, {2}, {3}, {3}},
      {"gemm_groups", {2, 20, 8, 8}, 12, {3}, {}, {1}, {}, 4},
      {"gemm_no_bias", {2, 9, 6, 6}, 10, {3}, {}, {}, {}, 1, false},
      {"gemm_1x1", {2, 5, 6, 6}, 3, {1}, {}, {}, {}},
      {"gemm_1x1_strided", {2, 5, 7, 7}, 3, {1}, {3}, {}, {}},
      {"gemm_tiles", {2, 20, 41, 40}, 5, {5}, {}, {2}, {}},
      {"stride_past_the_end", {1, 2, 5, 5}, 3, {2}, {4}, {}, {}},
      {"pad_beyond_the_kernel", {1, 2, 3, 3}, 3, {2}, {1}, {4}, {}},
      {"kernel_is_the_input", {2, 7, 4, 6}, 9, {4, 6}, {}, {}, {}},
      // Kernel shapes.
      {"an_axis_each", {2, 6, 11, 14}, 5, {3, 5}, {2, 3}, {0, 2}, {2, 1}},
      {"an_axis_each_blocked", {2, 16, 9, 12}, 16, {3, 1}, {1, 2}, {1, 0}, {}},
      {"one_spatial_axis", {2, 6, 23}, 5, {4}, {2}, {1}, {}},
      {"one_spatial_axis_blocked", {2, 32, 23}, 32, {3}, {1}, {1}, {}},
      {"three_spatial_axes", {2, 4, 5, 6, 7}, 6, {3, 2, 3}, {1, 2, 1}, {1, 0, 1}, {}},
      {"three_spatial_axes_blocked", {1, 16, 4, 5, 5}, 16, {3}, {}, {1}, {}},
      {"four_spatial_axes", {2, 4, 3, 4, 5, 3}, 6, {2, 3, 2, 1}, {1, 2, 1, 2}, {1, 0, 1, 0}, {}, 2},
      {"five_spatial_axes", {1, 2, 3, 3, 2, 3, 2}, 3, {2}, {}, {1}, {1, 2, 1, 1, 1}},
      {"kernel_longer_by_less_than_the_stride", {2, 3, 4, 3}, 5, {6, 5}, {3, 4}, {}, {}},
      {"kernel_longer_blocked", {2, 16, 4, 3}, 16, {7, 6}, {4}, {1, 0}, {}},
      {"no_spatial_axis", {4, 6}, 5, {}, {}, {}, {}},
      {"axis_2", {2, 3, 4, 7, 6}, 5, {3}, {}, {1}, {}, 1, true, 2},
      {"axis_0", {5, 7, 6}, 4, {3}, {}, {1}, {}, 1, true, 0},
      {"negative_axis", {2, 5, 7, 6}, 4, {3}, {}, {1}, {}, 1, true, -3},
      {"several_bottoms", {2, 5, 7, 6}, 4, {3}, {}, {1}, {}, 1, true, 1, 3},
      {"several_bottoms_blocked", {2, 16, 7, 6}, 16, {3}, {}, {1}, {}, 1, true, 1, 2},
  };
}

class ConvolutionTest : public testing::TestWithParam<ConvolutionCase> {
 protected:
  static std::vector<Shape> Bottoms(const ConvolutionCase& c) {
    return std::vector<Shape>(static_cast<size_t>(c.bottoms), c.bottom);
  }
};

TEST_P(ConvolutionTest, EqualsTheDefinition) {
  const ConvolutionCase& c = GetParam();
  LayerTester tester(ConvolutionOf(c), Bottoms(c), {.tops = c.bottoms});
  CheckConvolution(tester, c);
}

// Blocks hold channels of axis 1.
class BlockedConvolutionTest : public ConvolutionTest {};

TEST_P(BlockedConvolutionTest, EqualsTheDefinition) {
  const ConvolutionCase& c = GetParam();
  for (const int block : {8, 16}) {
    LayerTester tester(ConvolutionOf(c), Bottoms(c), {.tops = c.bottoms, .block = block});
    CheckConvolution(tester, c);
  }
}

TEST_P(ConvolutionTest, EqualsTheDefinitionWithPinnedBlobs) {
  const ConvolutionCase& c = GetParam();
  LayerTester tester(ConvolutionOf(c), Bottoms(c), {.tops = c.bottoms});
  tester.bottom().PinData();
  tester.top().PinDiff();
  CheckConvolution(tester, c);
  tester.bottom().PinDiff();
  tester.top().PinData();
  for (const auto& blob : tester.layer().blobs()) {
    blob->PinData();
    blob->PinDiff();
  }
  CheckConvolution(tester, c);
}

// One bottom, and an axis before the channels.
class BatchConvolutionTest : public ConvolutionTest {};

TEST_P(BatchConvolutionTest, TakesAnotherBatchSize) {
  const ConvolutionCase& c = GetParam();
  LayerTester tester(ConvolutionOf(c), Bottoms(c));
  for (const int batch : {3, 1}) {
    Shape shape = c.bottom;
    shape[0] = batch;
    tester.ReshapeBottom(0, shape);
    CheckConvolution(tester, c);
  }
}

TEST_P(ConvolutionTest, GivesTheSameBitsTwice) {
  const ConvolutionCase& c = GetParam();
  Values weights_diff, top;
  for (int run = 0; run < 2; ++run) {
    LayerTester tester(ConvolutionOf(c), Bottoms(c), {.tops = c.bottoms});
    tester.Forward();
    tester.Backward();
    if (run == 0) {
      top = tester.TopData();
      weights_diff = tester.ParamDiff(0);
    } else {
      EXPECT_EQ(top, tester.TopData());
      EXPECT_EQ(weights_diff, tester.ParamDiff(0));
    }
  }
}

std::vector<ConvolutionCase> CasesWhere(bool (*suits)(const ConvolutionCase&)) {
  std::vector<ConvolutionCase> cases = Cases();
  std::erase_if(cases, [suits](const ConvolutionCase& c) { return !suits(c); });
  return cases;
}

std::string CaseName(const testing::TestParamInfo<ConvolutionCase>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionTest, testing::ValuesIn(Cases()), CaseName);
INSTANTIATE_TEST_SUITE_P(
    Shapes, BlockedConvolutionTest,
    testing::ValuesIn(CasesWhere([](const ConvolutionCase& c) { return c.axis == 1; })), CaseName);
INSTANTIATE_TEST_SUITE_P(Shapes, BatchConvolutionTest,
                         testing::ValuesIn(CasesWhere([](const ConvolutionCase& c) {
                           return c.bottoms == 1 && c.axis != 0;
                         })),
                         CaseName);

TEST(ConvolutionLayerTest, HasTheRightGradient) {
  const ConvolutionCase few = {"", {2, 3, 5, 4}, 4, {3}, {2}, {1}, {}};
  LayerTester gemm(ConvolutionOf(few), {few.bottom});
  CheckGradients(gemm);
  const ConvolutionCase many = {"", {1, 16, 3, 3}, 16, {2}, {1}, {}, {}};
  LayerTester blocked(ConvolutionOf(many), {many.bottom});
  CheckGradients(blocked, {.threshold = 5e-3});
}

TEST(ConvolutionLayerTest, TakesSeparateHeightsAndWidths) {
  const ConvolutionCase c = {"", {2, 6, 11, 14}, 5, {3, 5}, {2, 3}, {0, 2}, {}};
  caffe::LayerParameter layer = ConvolutionOf(c);
  auto& param = *layer.mutable_convolution_param();
  param.clear_kernel_size();
  param.clear_stride();
  param.clear_pad();
  param.set_kernel_h(3);
  param.set_kernel_w(5);
  param.set_stride_h(2);
  param.set_stride_w(3);
  param.set_pad_h(0);
  param.set_pad_w(2);
  LayerTester tester(layer, {c.bottom});
  CheckConvolution(tester, c);
}

TEST(ConvolutionLayerTest, ComputesOnlyTheGradientsThatAreWanted) {
  for (const Shape& bottom : {Shape{2, 3, 5, 4}, Shape{2, 32, 5, 4}}) {
    const ConvolutionCase c = {"", bottom, 32, {3}, {}, {}, {}};
    LayerTester all(ConvolutionOf(c), {bottom});
    all.Forward();
    all.Backward();
    for (const int wanted : {0, 1, 2, 3}) {
      LayerTester some(ConvolutionOf(c), {bottom});
      some.layer().set_param_propagate_down(0, (wanted & 1) != 0);
      some.layer().set_param_propagate_down(1, (wanted & 2) != 0);
      some.Forward();
      some.Backward({false});
      EXPECT_EQ(some.BottomDiff()[0], 123);  // Unchanged.
      for (const size_t i : {0u, 1u}) {
        if (wanted & 1 << i) {
          ExpectNear(all.ParamDiff(i), some.ParamDiff(i));
        } else {
          EXPECT_TRUE(some.param(i).diff().zero());
        }
      }
    }
  }
}

TEST(ConvolutionLayerTest, WorksOnOneThreadAndOnMany) {
  const ConvolutionCase c = {"", {5, 20, 12, 12}, 50, {5}, {}, {}, {}};
  const int threads = omp_get_max_threads();
  LayerTester tester(ConvolutionOf(c), {c.bottom});
  for (const int n : {1, 4, 2, 7}) {
    omp_set_num_threads(n);
    CheckConvolution(tester, c);
  }
  omp_set_num_threads(threads);
}

TEST(ConvolutionLayerTest, TakesAnEmptyBatch) {
  for (const int channels : {3, 32}) {
    const ConvolutionCase c = {"", {0, channels, 5, 5}, 32, {3}, {}, {}, {}};
    LayerTester tester(ConvolutionOf(c), {c.bottom});
    tester.Forward();
    tester.Backward();
    EXPECT_EQ(tester.top().shape(), Shape({0, 32, 3, 3}));
    tester.ReshapeBottom(0, {2, channels, 5, 5});
    CheckConvolution(tester, c);
  }
}

TEST(ConvolutionLayerTest, RecoversFromAShapeThatDoesNotFit) {
  const ConvolutionCase c = {"", {2, 32, 5, 5}, 32, {3}, {}, {}, {}};
  LayerTester tester(ConvolutionOf(c), {c.bottom});
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 32, 2, 5}), Error);
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 31, 5, 5}), Error);
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 32, 5}), Error);
  tester.ReshapeBottom(0, c.bottom);
  CheckConvolution(tester, c);
}

// The messages for invalid settings.

std::string ConvolutionErrorWith(const std::function<void(caffe::ConvolutionParameter&)>& change,
                                 const Shape& bottom = {2, 6, 5, 5}) {
  caffe::LayerParameter layer = ConvolutionOf({"", bottom, 4, {3}, {}, {}, {}});
  change(*layer.mutable_convolution_param());
  return ErrorOf(layer, {bottom});
}

TEST(ConvolutionLayerTest, RefusesWhatMakesNoSense) {
  using P = caffe::ConvolutionParameter;
  EXPECT_EQ(ConvolutionErrorWith([](P&) {}), "");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.clear_num_output(); }),
            "Expected a num_output of 1 or more but found 0");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_num_output(4294967295u); }),
            "Expected a num_output of 1 or more but found -1");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.clear_kernel_size(); }),
            "Expected kernel_size (or kernel_h and kernel_w) but found neither");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_kernel_h(3); }),
            "Expected both kernel_h and kernel_w but found one of them");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) {
              p.set_kernel_h(3);
              p.set_kernel_w(3);
            }),
            "Expected either kernel or kernel_h and kernel_w but found both");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_kernel_size(0, 0); }),
            "Expected a kernel of 1 or more but found 0");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_kernel_size(0, 6); }),
            "Expected the kernel, 6 long on spatial axis 0, to fit into the padded bottom of 5");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) {
              p.set_kernel_size(0, 8);
              p.add_stride(3);
            }),
            "Expected the kernel, 8 long on spatial axis 0, to fit into the padded bottom of 5");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.add_stride(0); }),
            "Expected a stride of 1 or more but found 0");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.add_dilation(0); }),
            "Expected a dilation of 1 or more but found 0");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) {
              for (int i = 0; i < 3; ++i) p.add_stride(1);
            }),
            "Expected stride once, or once for each of the 2 spatial axes, but found it 3 times");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_group(0); }),
            "Expected a group of 1 or more but found 0");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_group(4); }),
            "Expected the bottom's channels to be a multiple of group, 4, but found 6");
  EXPECT_EQ(ConvolutionErrorWith([](P& p) { p.set_group(3); }),
            "Expected num_output to be a multiple of group, 3, but found 4");
  EXPECT_NE(ConvolutionErrorWith([](P& p) { p.set_axis(4); }).find("Expected an axis"),
            std::string::npos);
  EXPECT_NE(ConvolutionErrorWith([](P&) {}, {2, 0, 5, 5}).find("with channels"), std::string::npos);
  EXPECT_NE(ConvolutionErrorWith(
                [](P& p) {
                  p.set_pad_h(1);
                  p.set_kernel_size(0, 3);
                },
                {2, 6, 5})
                .find("only for two spatial axes"),
            std::string::npos);
}

// Numbers for which a computation would leave the range of int.
TEST(ConvolutionLayerTest, RefusesHugeNumbers) {
  using P = caffe::ConvolutionParameter;
  for (const uint32_t huge : {1u << 25, 2147483647u, 2147483648u, 4294967295u}) {
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.set_kernel_size(0, huge); }), "");
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.add_stride(huge); }), "");
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.add_pad(huge); }), "");
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.add_dilation(huge); }), "");
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.set_group(huge); }), "");
    EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.set_num_output(huge); }, {2, 600, 5, 5}), "");
  }
  EXPECT_NE(ConvolutionErrorWith([&](P& p) { p.add_pad(1 << 24); }), "");  // Too many values.
  EXPECT_EQ(ConvolutionErrorWith([&](P& p) { p.add_stride(1 << 24); }), "");
}

TEST(ConvolutionLayerTest, RefusesBottomsOfDifferentShapesAndWorkInPlace) {
  const caffe::LayerParameter param = ConvolutionOf({"", {}, 6, {1}, {}, {}, {}});
  EXPECT_EQ(ErrorOf(param, {{2, 6, 5, 5}, {2, 6, 5, 4}}, {.tops = 2}),
            "Expected all bottoms to have shape 2 6 5 5 (300) but found 2 6 5 4 (240)");
  EXPECT_NE(ErrorOf(param, {{2, 6, 5, 5}}, {.in_place = true}).find("in place"), std::string::npos);
}

}  // namespace
}  // namespace crema::test
