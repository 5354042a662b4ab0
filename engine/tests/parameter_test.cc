#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ParameterOf(const Shape& shape) {
  caffe::LayerParameter param = ParamOf("Parameter");
  for (const int dim : shape) param.mutable_parameter_param()->mutable_shape()->add_dim(dim);
  return param;
}

TEST(ParameterTest, HasATopOfItsShapeThatStartsAtZero) {
  LayerTester tester(ParameterOf({2, 3}), {});
  tester.Forward();
  EXPECT_EQ(tester.top().shape(), (Shape{2, 3}));
  ExpectNear(Values(6, 0.0f), tester.TopData(), 0);
  LayerTester scalar(ParamOf("Parameter"), {});
  EXPECT_EQ(scalar.top().count(), 1);
}

TEST(ParameterTest, HasTheRightGradient) {
  LayerTester tester(ParameterOf({2, 3}), {});
  std::fill_n(tester.param(0).data().Write(), 6, 0.5f);
  CheckGradients(tester);
  tester.Forward();
  ExpectNear(Values(6, 0.5f), tester.TopData());
}

TEST(ParameterTest, RefusesLengthsThatNoBlobHas) {
  EXPECT_EQ(ErrorOf(ParameterOf({-1}), {}),
            "Expected parameter_param to have lengths from 0 to 2147483647 but found -1");
}

}  // namespace
}  // namespace crema::test
