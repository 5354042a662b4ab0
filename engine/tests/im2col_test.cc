#include "engine/embedded/layers/convolution_geometry.h"
#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

struct Im2colCase {
  std::string name;
  Shape bottom;
  std::vector<uint32_t> kernel, stride, pad, dilation;
  int axis = 1;
};

caffe::LayerParameter Im2colOf(const Im2colCase& c) {
  caffe::LayerParameter layer = ParamOf("Im2col");
  auto& param = *layer.mutable_convolution_param();
  for (const uint32_t v : c.kernel) param.add_kernel_size(v);
  for (const uint32_t v : c.stride) param.add_stride(v);
  for (const uint32_t v : c.pad) param.add_pad(v);
  for (const uint32_t v : c.dilation) param.add_dilation(v);
  if (c.axis != 1) param.set_axis(c.axis);
  return layer;
}

const Im2colCase kIm2colCases[] = {
    {"plain", {2, 3, 5, 6}, {3}, {}, {}, {}},
    {"one axis", {2, 3, 7}, {4}, {2}, {1}, {}},
    {"three axes", {1, 2, 4, 3, 5}, {2, 3, 2}, {1, 2, 1}, {1, 0, 1}, {}},
    {"dilated", {2, 2, 7, 6}, {3, 2}, {1, 2}, {2, 0}, {2, 3}},
    {"a channel axis of 2", {2, 2, 3, 5, 4}, {2}, {}, {}, {}, 2},
    {"a negative axis", {2, 3, 5, 4}, {2}, {}, {}, {}, -3},
    {"pad beyond the kernel", {1, 1, 3, 3}, {2}, {}, {4}, {}},
    {"longer than the image by less than the stride", {1, 2, 4, 3}, {6, 5}, {3, 4}, {}, {}},
};

// Every value of the top from the place that the geometry gives for it.
TEST(Im2colTest, EqualsTheDefinition) {
  for (const Im2colCase& c : kIm2colCases) {
    SCOPED_TRACE(c.name);
    for (const int block : {1, 8}) {
      LayerTester tester(Im2colOf(c), {c.bottom}, {.block = block});
      const ConvolutionGeometry geometry(tester.layer().param().convolution_param(),
                                         tester.bottom());
      const auto spatial = [&](const Blob& blob) {
        return Shape(blob.shape().begin() + geometry.channel_axis + 1, blob.shape().end());
      };
      const std::vector<int64_t> places =
          geometry.Places(spatial(tester.bottom()), spatial(tester.top()));
      const auto plane = static_cast<size_t>(CountOf(spatial(tester.bottom())));
      ASSERT_EQ(tester.bottom().count() / static_cast<int64_t>(plane) *
                    static_cast<int64_t>(places.size()),
                tester.top().count());
      Values expected;
      for (size_t channel = 0; channel < tester.input().size(); channel += plane) {
        for (const int64_t place : places) {
          expected.push_back(place < 0 ? 0.0f
                                       : tester.input()[channel + static_cast<size_t>(place)]);
        }
      }
      tester.Forward();
      EXPECT_EQ(expected, tester.TopData());
    }
  }
}

TEST(Im2colTest, HasTheRightGradient) {
  for (const Im2colCase& c : kIm2colCases) {
    SCOPED_TRACE(c.name);
    LayerTester tester(Im2colOf(c), {c.bottom});
    CheckGradients(tester);
  }
}

TEST(Im2colTest, RefusesWhatItCannotDo) {
  EXPECT_NE(ErrorOf(Im2colOf({"", {}, {3}, {}, {}, {}}), {{2, 3}}).find("spatial axes"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Im2colOf({"", {}, {7}, {}, {}, {}}), {{2, 3, 5, 5}}).find("to fit"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Im2colOf({"", {}, {}, {}, {}, {}}), {{2, 3, 5, 5}}).find("kernel_size"),
            std::string::npos);
  EXPECT_NE(ErrorOf(Im2colOf(kIm2colCases[0]), {{2, 3, 5, 5}}, {.in_place = true}).find("in place"),
            std::string::npos);
}

}  // namespace
}  // namespace crema::test
