#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

TEST(EuclideanLossTest, Computes) {
  // A small one, and one that is cut into pieces and shared among threads.
  for (const Shape& shape : {Shape{5, 2, 3}, Shape{64, 64, 17, 3}}) {
    LayerTester tester(ParamOf("EuclideanLoss"), {shape, shape});
    tester.Forward();
    double sum = 0;
    for (size_t i = 0; i < tester.input().size(); ++i) {
      const double d =
          static_cast<double>(tester.input(0)[i]) - static_cast<double>(tester.input(1)[i]);
      sum += d * d;
    }
    EXPECT_EQ(tester.top().shape(), Shape({}));
    ExpectNear({static_cast<float>(sum / shape[0] / 2)}, tester.TopData(), 1e-6);
  }
}

TEST(EuclideanLossTest, HasTheRightGradient) {
  LayerTester tester(ParamOf("EuclideanLoss"), {{5, 2, 3}, {5, 6}});
  CheckGradients(tester);
  CheckGradients(tester, {.bottoms = {1}});
  EXPECT_EQ(tester.layer().DefaultLossWeight(0), 1.0f);
}

TEST(EuclideanLossTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("EuclideanLoss"), {{2, 19, 5, 3}, {2, 19, 5, 3}});
}

TEST(EuclideanLossTest, RefusesShapesThatDoNotFit) {
  EXPECT_NE(ErrorOf(ParamOf("EuclideanLoss"), {{2, 3}, {2, 4}}), "");
  EXPECT_NE(ErrorOf(ParamOf("EuclideanLoss"), {{2, 3}, {3, 2}}), "");
}

}  // namespace
}  // namespace crema::test
