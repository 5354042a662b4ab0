#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::InterpParameter Settings(int height, int width) {
  caffe::InterpParameter interp;
  interp.set_height(height);
  interp.set_width(width);
  return interp;
}

caffe::LayerParameter InterpOf(const caffe::InterpParameter& interp) {
  caffe::LayerParameter param = ParamOf("Interp");
  *param.mutable_interp_param() = interp;
  return param;
}

TEST(InterpTest, PutsCornersOnCorners) {
  LayerTester tester(InterpOf(Settings(3, 5)), {{1, 1, 2, 3}});
  tester.input() = {0, 2, 4, 10, 12, 14};
  tester.Forward();
  ExpectNear({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, tester.TopData());
}

TEST(InterpTest, ComputesTheTopsSize) {
  const auto shape = [](const auto& set) {
    caffe::InterpParameter interp;
    set(interp);
    return LayerTester(InterpOf(interp), {{2, 3, 9, 6}}).top().shape();
  };
  EXPECT_EQ(shape([](auto& p) { p.set_zoom_factor(8); }), (Shape{2, 3, 65, 41}));
  EXPECT_EQ(shape([](auto& p) { p.set_shrink_factor(2); }), (Shape{2, 3, 5, 3}));
  EXPECT_EQ(shape([](auto& p) { p.set_shrink_factor(2), p.set_zoom_factor(3); }),
            (Shape{2, 3, 13, 7}));
  EXPECT_EQ(shape([](auto& p) { p.set_zoom_factor(2), p.set_pad_beg(-1), p.set_pad_end(-2); }),
            (Shape{2, 3, 11, 5}));
  EXPECT_EQ(shape([](auto& p) { p.set_full_zoom_factor(2); }), (Shape{2, 3, 18, 12}));
}

TEST(InterpTest, CropsFirst) {
  caffe::InterpParameter interp = Settings(2, 3);
  interp.set_pad_beg(-1);
  interp.set_pad_end(-1);
  LayerTester tester(InterpOf(interp), {{1, 1, 4, 5}});
  tester.Forward();
  const Values& in = tester.input();
  ExpectNear({in[6], in[7], in[8], in[11], in[12], in[13]}, tester.TopData());
}

TEST(InterpTest, HasTheRightGradient) {
  for (const auto& [height, width] : {std::pair{7, 5}, {2, 2}, {1, 4}, {4, 3}}) {
    for (const int pad : {0, -1}) {
      caffe::InterpParameter interp = Settings(height, width);
      interp.set_pad_beg(pad);
      LayerTester tester(InterpOf(interp), {{2, 2, 4, 3}});
      CheckGradients(tester);
    }
  }
}

TEST(InterpTest, RefusesWhatItCannotDo) {
  EXPECT_NE(ErrorOf(InterpOf({}), {{1, 1, 4, 4}}), "");
  EXPECT_NE(ErrorOf(InterpOf(Settings(0, 3)), {{1, 1, 4, 4}}), "");
  EXPECT_NE(ErrorOf(InterpOf(Settings(3, 3)), {{4, 4}}), "");
  caffe::InterpParameter padded = Settings(3, 3);
  padded.set_pad_beg(1);
  EXPECT_NE(ErrorOf(InterpOf(padded), {{1, 1, 4, 4}}), "");
  padded.set_pad_beg(-4);
  EXPECT_NE(ErrorOf(InterpOf(padded), {{1, 1, 4, 4}}), "");
}

}  // namespace
}  // namespace crema::test
