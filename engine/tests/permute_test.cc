#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter PermuteOf(const std::vector<uint32_t>& order) {
  caffe::LayerParameter param = ParamOf("Permute");
  for (const uint32_t axis : order) param.mutable_permute_param()->add_order(axis);
  return param;
}

TEST(PermuteTest, MovesChannelsLast) {
  LayerTester tester(PermuteOf({0, 2, 3, 1}), {{2, 3, 4, 5}});
  tester.Forward();
  ASSERT_EQ(tester.top().shape(), (Shape{2, 4, 5, 3}));
  const Values found = tester.TopData();
  size_t at = 0;
  for (size_t n = 0; n < 2; ++n) {
    for (size_t p = 0; p < 20; ++p) {
      for (size_t c = 0; c < 3; ++c) {
        ASSERT_EQ(found[at++], tester.input()[(n * 3 + c) * 20 + p]);
      }
    }
  }
}

TEST(PermuteTest, AppendsTheAxesThatAreLeftOut) {
  LayerTester tester(PermuteOf({2}), {{2, 3, 4}});
  tester.Forward();
  ASSERT_EQ(tester.top().shape(), (Shape{4, 2, 3}));
  EXPECT_EQ(tester.TopData()[7], tester.input()[(0 * 3 + 1) * 4 + 1]);
}

TEST(PermuteTest, HasTheRightGradient) {
  for (const auto& order : {std::vector<uint32_t>{0, 2, 3, 1}, {3, 1, 0, 2}, {}, {1}, {0, 1, 3}}) {
    LayerTester tester(PermuteOf(order), {{2, 3, 1, 4}});
    CheckGradients(tester);
  }
}

TEST(PermuteTest, RefusesWrongOrders) {
  EXPECT_EQ(ErrorOf(PermuteOf({0, 2}), {{2, 3}}),
            "Expected order to name axes of the bottom, 2 3 (6), but found 2");
  EXPECT_EQ(ErrorOf(PermuteOf({1, 1}), {{2, 3}}),
            "Expected order to name each axis once but found 1 twice");
  EXPECT_NE(ErrorOf(PermuteOf({1}), {{2, 2}}, {.in_place = true}), "");
}

}  // namespace
}  // namespace crema::test
