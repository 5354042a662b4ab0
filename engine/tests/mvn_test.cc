#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter MvnOf(bool variance, bool across) {
  caffe::LayerParameter param = ParamOf("MVN");
  param.mutable_mvn_param()->set_normalize_variance(variance);
  param.mutable_mvn_param()->set_across_channels(across);
  return param;
}

TEST(MvnTest, GivesMeanZeroAndDeviationOne) {
  for (const bool variance : {false, true}) {
    for (const bool across : {false, true}) {
      LayerTester tester(MvnOf(variance, across), {{2, 3, 40, 50}});
      tester.Forward();
      const size_t length = across ? 6000 : 2000;
      const Values found = tester.TopData();
      for (size_t begin = 0; begin < found.size(); begin += length) {
        double sum = 0, squares = 0, mean = 0;
        for (size_t i = begin; i < begin + length; ++i) {
          const double y = static_cast<double>(found[i]);
          sum += y;
          squares += y * y;
          mean += static_cast<double>(tester.input()[i]);
        }
        mean /= static_cast<double>(length);
        EXPECT_NEAR(sum / static_cast<double>(length), 0, 1e-6);
        if (variance) {
          EXPECT_NEAR(squares / static_cast<double>(length), 1, 1e-5);
        } else {
          EXPECT_NEAR(static_cast<double>(tester.input()[begin]) - mean,
                      static_cast<double>(found[begin]), 1e-6);
        }
      }
    }
  }
}

TEST(MvnTest, HasTheRightGradient) {
  for (const bool variance : {false, true}) {
    for (const bool across : {false, true}) {
      for (const bool in_place : {false, true}) {
        LayerTester tester(MvnOf(variance, across), {{2, 3, 4, 3}}, {.in_place = in_place});
        CheckGradients(tester, {.threshold = 5e-3});
      }
    }
  }
}

TEST(MvnTest, MakesATopOfFourAxes) {
  LayerTester tester(MvnOf(true, true), {{2, 5}});
  EXPECT_EQ(tester.top().shape(), (Shape{2, 5, 1, 1}));
  CheckGradients(tester, {.threshold = 5e-3});
  EXPECT_EQ(ErrorOf(MvnOf(true, true), {{1, 2, 3, 4, 5}}),
            "Expected a bottom of at most 4 axes but found shape 1 2 3 4 5 (120)");
}

TEST(MvnTest, AddsEpsToTheDeviation) {
  caffe::LayerParameter param = MvnOf(true, false);
  param.mutable_mvn_param()->set_eps(1);
  LayerTester tester(param, {{1, 1, 1, 2}});
  tester.input() = {1, 3};
  tester.Forward();
  ExpectNear({-0.5f, 0.5f}, tester.TopData());
}

TEST(MvnTest, WorksOnBlockedLayouts) { ExpectSameInBlocks(MvnOf(true, false), {{2, 19, 5, 3}}); }

}  // namespace
}  // namespace crema::test
