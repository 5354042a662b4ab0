#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter CropOf(int axis, const std::vector<uint32_t>& offsets) {
  caffe::LayerParameter param = ParamOf("Crop");
  param.mutable_crop_param()->set_axis(axis);
  for (const uint32_t offset : offsets) param.mutable_crop_param()->add_offset(offset);
  return param;
}

TEST(CropTest, CutsFromTheOffsetsOn) {
  LayerTester tester(CropOf(2, {1, 2}), {{2, 3, 5, 6}, {1, 1, 3, 2}});
  tester.Forward();
  ASSERT_EQ(tester.top().shape(), (Shape{2, 3, 3, 2}));
  const Values found = tester.TopData();
  size_t at = 0;
  for (size_t n = 0; n < 6; ++n) {
    for (size_t h = 1; h < 4; ++h) {
      for (size_t w = 2; w < 4; ++w) {
        ASSERT_EQ(found[at++], tester.input()[(n * 5 + h) * 6 + w]);
      }
    }
  }
}

TEST(CropTest, TakesOneOffsetForAllAxes) {
  LayerTester tester(CropOf(0, {1}), {{3, 2}, {2, 1}});
  tester.Forward();
  ExpectNear({tester.input()[3], tester.input()[5]}, tester.TopData(), 0);
}

TEST(CropTest, HasTheRightGradient) {
  const struct {
    caffe::LayerParameter param;
    std::vector<Shape> bottoms;
  } cases[] = {{CropOf(2, {1, 2}), {{2, 3, 5, 6}, {2, 3, 3, 2}}},
               {CropOf(-1, {}), {{2, 3, 5}, {2, 3, 2}}},
               {CropOf(1, {1, 0, 0}), {{2, 3, 2, 4}, {2, 2, 2, 4}}},
               {CropOf(0, {0, 1, 1, 0, 2}), {{2, 3, 3, 2, 4}, {2, 2, 1, 2, 2}}},
               {CropOf(0, {}), {{4}, {4}}}};
  for (const auto& c : cases) {
    LayerTester tester(c.param, c.bottoms);
    CheckGradients(tester);
  }
}

TEST(CropTest, RefusesWhatDoesNotFit) {
  EXPECT_EQ(ErrorOf(CropOf(1, {2}), {{2, 3}, {2, 2}}),
            "Expected a crop within the 3 of axis 1 but found 2 from 2 on");
  EXPECT_EQ(ErrorOf(CropOf(1, {1, 1}), {{2, 3}, {2, 2}}),
            "Expected no offset, one, or one per axis from 1 on (1), but found 2");
  EXPECT_NE(ErrorOf(CropOf(2, {}), {{2, 3, 4}, {2, 3}}), "");
  EXPECT_NE(ErrorOf(CropOf(2, {}), {{2, 3}, {2, 3}}), "");
}

}  // namespace
}  // namespace crema::test
