#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(DepthwiseConvolutionTest, IsAConvolutionOfAsManyGroupsAsOutputs) {
  for (const char* type : {"DepthwiseConvolution", "ConvolutionDepthwise"}) {
    caffe::LayerParameter param = ParamOf(type);
    auto& convolution = *param.mutable_convolution_param();
    convolution.set_num_output(3);
    convolution.add_kernel_size(3);
    convolution.add_pad(1);
    convolution.mutable_weight_filler()->set_type("gaussian");
    LayerTester tester(param, {{2, 3, 4, 5}});
    EXPECT_EQ(tester.param(0).shape(), (Shape{3, 1, 3, 3}));
    CheckGradients(tester, {.threshold = 5e-3});
  }
}

}  // namespace
}  // namespace crema::test
