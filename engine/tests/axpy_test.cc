#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(AxpyTest, ScalesChannelsAndAdds) {
  for (const Shape& factors : {Shape{2, 3}, Shape{2, 3, 1, 1}}) {
    LayerTester tester(ParamOf("Axpy"), {factors, {2, 3, 2, 5}, {2, 3, 2, 5}});
    tester.Forward();
    Values expected = tester.input(2);
    for (size_t i = 0; i < expected.size(); ++i) {
      expected[i] += tester.input(0)[i / 10] * tester.input(1)[i];
    }
    ExpectNear(expected, tester.TopData(), 1e-6);
  }
}

TEST(AxpyTest, HasTheRightGradient) {
  LayerTester tester(ParamOf("Axpy"), {{2, 3, 1, 1}, {2, 3, 2, 4}, {2, 3, 2, 4}});
  CheckGradients(tester);
}

TEST(AxpyTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(ParamOf("Axpy"), {{2, 3, 1, 2}, {2, 3, 4}, {2, 3, 4}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Axpy"), {{2, 4}, {2, 3, 4}, {2, 3, 4}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Axpy"), {{2, 3}, {2, 3, 4}, {2, 3, 5}}), "");
}

}  // namespace
}  // namespace crema::test
