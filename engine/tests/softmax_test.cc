#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

// By the definition, in double.
Values SoftmaxReference(const Values& in, int64_t outer, int64_t channels, int64_t inner) {
  Values out(in.size());
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      double sum = 0;
      const auto at = [&](int64_t c) {
        return static_cast<size_t>((o * channels + c) * inner + i);
      };
      for (int64_t c = 0; c < channels; ++c) sum += std::exp(static_cast<double>(in[at(c)]));
      for (int64_t c = 0; c < channels; ++c) {
        out[at(c)] = static_cast<float>(std::exp(static_cast<double>(in[at(c)])) / sum);
      }
    }
  }
  return out;
}

caffe::LayerParameter SoftmaxOf(int axis) {
  caffe::LayerParameter param = ParamOf("Softmax");
  param.mutable_softmax_param()->set_axis(axis);
  return param;
}

TEST(SoftmaxTest, WorksAlongAnyAxis) {
  const Shape shape = {3, 5, 13, 17};
  for (const int axis : {0, 1, 2, 3, -1, -3}) {
    LayerTester tester(SoftmaxOf(axis), {shape});
    tester.Forward();
    const int a = tester.bottom().CanonicalAxis(axis);
    ExpectNear(SoftmaxReference(tester.input(), tester.bottom().count(0, a),
                                shape[static_cast<size_t>(a)], tester.bottom().count(a + 1)),
               tester.TopData(), 1e-6);
  }
}

TEST(SoftmaxTest, DoesNotOverflow) {
  LayerTester tester(ParamOf("Softmax"), {{2, 2}});
  tester.input() = {1000, 1000, -1000, 1000};
  tester.Forward();
  ExpectNear({0.5f, 0.5f, 0, 1}, tester.TopData());
}

TEST(SoftmaxTest, HasTheRightGradient) {
  for (const int axis : {1, 2, -1}) {
    for (const bool in_place : {false, true}) {
      LayerTester tester(SoftmaxOf(axis), {{2, 4, 3}}, {.in_place = in_place});
      CheckGradients(tester);
    }
  }
}

TEST(SoftmaxTest, WorksInParallel) {
  LayerTester tester(ParamOf("Softmax"), {{4, 21, 40, 50}});
  tester.Forward();
  ExpectNear(SoftmaxReference(tester.input(), 4, 21, 2000), tester.TopData(), 1e-6);
}

TEST(SoftmaxTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(ParamOf("Softmax"), {{2, 19, 5, 3}});
}

TEST(SoftmaxTest, RefusesAMissingAxis) { EXPECT_NE(ErrorOf(SoftmaxOf(4), {{2, 3}}), ""); }

}  // namespace
}  // namespace crema::test
