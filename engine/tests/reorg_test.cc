#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter ReorgOf(uint32_t stride, bool reverse) {
  caffe::LayerParameter param = ParamOf("Reorg");
  param.mutable_reorg_param()->set_stride(stride);
  param.mutable_reorg_param()->set_reverse(reverse);
  return param;
}

// The loops of Darknet: which value of the larger image belongs to a value of the smaller one.
std::vector<size_t> DarknetPlaces(size_t n, size_t c, size_t h, size_t w, size_t s) {
  std::vector<size_t> places;
  const size_t few = c / (s * s);
  for (size_t b = 0; b < n; ++b) {
    for (size_t k = 0; k < c; ++k) {
      for (size_t j = 0; j < h; ++j) {
        for (size_t i = 0; i < w; ++i) {
          const size_t block = k / few, x = i * s + block % s, y = j * s + block / s;
          places.push_back(x + w * s * (y + h * s * (k % few + few * b)));
        }
      }
    }
  }
  return places;
}

TEST(ReorgTest, OrdersValuesAsDarknet) {
  for (const bool reverse : {false, true}) {
    LayerTester tester(ReorgOf(2, reverse), {{2, 8, 4, 6}});
    EXPECT_EQ(tester.top().shape(), reverse ? (Shape{2, 2, 8, 12}) : (Shape{2, 32, 2, 3}));
    tester.Forward();
    const Values found = tester.TopData();
    const std::vector<size_t> places = DarknetPlaces(2, 8, 4, 6, 2);
    for (size_t i = 0; i < places.size(); ++i) {
      ASSERT_EQ(reverse ? found[places[i]] : found[i],
                reverse ? tester.input()[i] : tester.input()[places[i]]);
    }
  }
}

TEST(ReorgTest, HasTheRightGradient) {
  for (const bool reverse : {false, true}) {
    LayerTester tester(ReorgOf(2, reverse), {{2, 4, 2, 4}});
    CheckGradients(tester);
  }
}

TEST(ReorgTest, RefusesSizesThatTheStrideDoesNotDivide) {
  EXPECT_NE(ErrorOf(ReorgOf(2, false), {{1, 4, 3, 4}}), "");
  EXPECT_NE(ErrorOf(ReorgOf(2, false), {{1, 3, 4, 4}}), "");
  EXPECT_NE(ErrorOf(ReorgOf(0, true), {{1, 4, 4, 4}}), "");
  EXPECT_NE(ErrorOf(ParamOf("Reorg"), {{1, 4, 4, 4}}), "");
}

}  // namespace
}  // namespace crema::test
