#include <algorithm>
#include <cmath>

#include "engine/tests/gradient_check.h"
#include "ffi/crema.h"

namespace crema::test {
namespace {

caffe::LayerParameter InnerProductOf(int outputs, bool transpose = false, bool bias = true,
                                     int axis = 1) {
  caffe::LayerParameter layer = ParamOf("InnerProduct");
  auto& param = *layer.mutable_inner_product_param();
  param.set_num_output(static_cast<uint32_t>(outputs));
  param.set_transpose(transpose);
  param.set_bias_term(bias);
  if (axis != 1) param.set_axis(axis);
  param.mutable_weight_filler()->set_type("uniform");
  param.mutable_weight_filler()->set_min(-1);
  param.mutable_bias_filler()->set_type("uniform");
  return layer;
}

// Forward by the formula: from rows of `inputs` values to rows of `outputs` values.
void CheckForward(LayerTester& tester, size_t inputs, size_t outputs, bool transpose, bool bias) {
  tester.Forward();
  const Values weights = LayerTester::ValuesOf(tester.param(0).data());
  Values expected(tester.input().size() / inputs * outputs);
  for (size_t i = 0; i < expected.size(); ++i) {
    const size_t row = i / outputs, o = i % outputs;
    double sum = bias ? static_cast<double>(LayerTester::ValuesOf(tester.param(1).data())[o]) : 0;
    for (size_t k = 0; k < inputs; ++k) {
      sum += static_cast<double>(tester.input()[row * inputs + k]) *
             static_cast<double>(weights[transpose ? k * outputs + o : o * inputs + k]);
    }
    expected[i] = static_cast<float>(sum);
  }
  ExpectNear(expected, tester.TopData(), 1e-4);
}

// Small products run on the calling thread alone, which must have its threads back afterwards.
TEST(InnerProductTest, KeepsTheNumberOfThreads) {
  const int32_t before = crema_threads();
  ASSERT_EQ(crema_set_threads(3), CREMA_OK);
  LayerTester tester(InnerProductOf(7), {{3, 2, 4, 5}});
  CheckForward(tester, 40, 7, false, true);
  tester.Backward();
  EXPECT_EQ(crema_threads(), 3);
  crema_set_threads(before);
}

TEST(InnerProductTest, EqualsTheFormula) {
  for (const bool transpose : {false, true}) {
    for (const bool bias : {false, true}) {
      LayerTester tester(InnerProductOf(7, transpose, bias), {{3, 2, 4, 5}});
      EXPECT_EQ(tester.top().shape(), Shape({3, 7}));
      EXPECT_EQ(tester.param(0).shape(), transpose ? Shape({40, 7}) : Shape({7, 40}));
      EXPECT_EQ(tester.layer().blobs().size(), bias ? 2u : 1u);
      CheckForward(tester, 40, 7, transpose, bias);
    }
  }
}

// Which FewRowsProduct computes: batches that are not small enough for it give the same.
TEST(InnerProductTest, HasTheSameGradientForFewRowsOfALargeLayer) {
  for (const bool transpose : {false, true}) {
    LayerTester few(InnerProductOf(1024, transpose, false), {{8, 1100}});
    LayerTester many(InnerProductOf(1024, transpose, false), {{32, 1100}});
    const Values weights = LayerTester::ValuesOf(few.param(0).data());
    std::copy(weights.begin(), weights.end(), many.param(0).data().Write());
    for (size_t i = 0; i < many.input().size(); ++i) {
      many.input()[i] = few.input()[i % few.input().size()];
    }
    for (size_t i = 0; i < many.top_diff().size(); ++i) {
      many.top_diff()[i] = few.top_diff()[i % few.top_diff().size()];
    }
    few.Forward();
    few.Backward();
    many.Forward();
    many.Backward();
    Values top = many.TopData(), diff = many.BottomDiff();
    top.resize(few.TopData().size());
    diff.resize(few.BottomDiff().size());
    ExpectNear(top, few.TopData(), 1e-3);
    ExpectNear(diff, few.BottomDiff(), 1e-3);
  }
}

TEST(InnerProductTest, ScalesItsWeightsToLengthOneWithNormalize) {
  caffe::LayerParameter layer = InnerProductOf(3);
  layer.mutable_inner_product_param()->set_normalize(true);
  LayerTester tester(layer, {{2, 5}});
  CheckForward(tester, 5, 3, false, true);  // forward has scaled the weights that it compares with
  const Values weights = LayerTester::ValuesOf(tester.param(0).data());
  for (size_t row = 0; row < 3; ++row) {
    double square = 0;
    for (size_t i = 0; i < 5; ++i) square += std::pow(static_cast<double>(weights[5 * row + i]), 2);
    EXPECT_NEAR(square, 1, 1e-5);
  }
}

TEST(InnerProductTest, StartsAtAnyAxis) {
  LayerTester second(InnerProductOf(3, false, true, 2), {{3, 2, 4, 5}});
  EXPECT_EQ(second.top().shape(), Shape({3, 2, 3}));
  CheckForward(second, 20, 3, false, true);
  LayerTester last(InnerProductOf(3, false, true, -1), {{3, 2, 4, 5}});
  EXPECT_EQ(last.top().shape(), Shape({3, 2, 4, 3}));
  CheckForward(last, 5, 3, false, true);
  LayerTester first(InnerProductOf(3, false, true, 0), {{4, 5}});
  EXPECT_EQ(first.top().shape(), Shape({3}));
  CheckForward(first, 20, 3, false, true);
}

TEST(InnerProductTest, HasTheRightGradient) {
  for (const bool transpose : {false, true}) {
    for (const bool bias : {false, true}) {
      LayerTester tester(InnerProductOf(4, transpose, bias), {{3, 2, 2, 3}});
      CheckGradients(tester);
    }
  }
  LayerTester axis(InnerProductOf(4, true, true, 2), {{3, 2, 2, 3}});
  CheckGradients(axis);
}

TEST(InnerProductTest, ComputesOnlyTheGradientsThatAreWanted) {
  LayerTester all(InnerProductOf(4), {{3, 5}});
  all.Forward();
  all.Backward();
  for (const int wanted : {0, 1, 2, 3}) {
    LayerTester some(InnerProductOf(4), {{3, 5}});
    some.layer().set_param_propagate_down(0, (wanted & 1) != 0);
    some.layer().set_param_propagate_down(1, (wanted & 2) != 0);
    some.Forward();
    some.Backward({false});
    EXPECT_EQ(some.BottomDiff()[0], 123);  // Unchanged.
    for (const size_t i : {0u, 1u}) {
      if (wanted & 1 << i) {
        ExpectNear(all.ParamDiff(i), some.ParamDiff(i));
      } else {
        EXPECT_TRUE(some.param(i).diff().zero());
      }
    }
  }
}

TEST(InnerProductTest, WorksOnBlockedLayouts) {
  ExpectSameInBlocks(InnerProductOf(7), {{3, 19, 4, 5}}, {}, 1e-4);
}

TEST(InnerProductTest, WorksWithPinnedBlobs) {
  LayerTester plain(InnerProductOf(7), {{3, 20}}), pinned(InnerProductOf(7), {{3, 20}});
  for (Blob* blob : {&pinned.bottom(), &pinned.top(), &pinned.param(0), &pinned.param(1)}) {
    blob->PinData();
    blob->PinDiff();
  }
  pinned.top_diff() = plain.top_diff();
  for (LayerTester* tester : {&plain, &pinned}) {
    for (const auto& blob : tester->layer().blobs()) blob->diff().SetZero();
    tester->Forward();
    tester->Backward();
    tester->Backward();
  }
  ExpectNear(plain.TopData(), pinned.TopData());
  ExpectNear(plain.BottomDiff(), pinned.BottomDiff());
  ExpectNear(plain.ParamDiff(0), pinned.ParamDiff(0));
  ExpectNear(plain.ParamDiff(1), pinned.ParamDiff(1));
}

TEST(InnerProductTest, TakesAnotherBatchSizeAndAnEmptyOne) {
  LayerTester tester(InnerProductOf(7), {{3, 20}});
  for (const int batch : {8, 0, 1}) {
    tester.ReshapeBottom(0, {batch, 4, 5});
    CheckForward(tester, 20, 7, false, true);
    tester.Backward();
    EXPECT_EQ(tester.BottomDiff().size(), static_cast<size_t>(batch) * 20);
  }
}

TEST(InnerProductTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(ErrorOf(InnerProductOf(0), {{2, 3}}), "Expected a num_output of 1 or more but found 0");
  EXPECT_EQ(ErrorOf(InnerProductOf(-1), {{2, 3}}),
            "Expected a num_output of 1 or more but found -1");
  EXPECT_NE(ErrorOf(InnerProductOf(3, false, true, 2), {{2, 3}}).find("Expected an axis"),
            std::string::npos);
  EXPECT_NE(ErrorOf(InnerProductOf(3), {{2, 0}}), "");
  EXPECT_NE(ErrorOf(InnerProductOf(2147483647), {{2, 3}}).find("at most 2147483647 values"),
            std::string::npos);
  EXPECT_NE(ErrorOf(InnerProductOf(3), {{2, 3}}, {.in_place = true}).find("in place"),
            std::string::npos);
  LayerTester tester(InnerProductOf(3), {{2, 6}});
  EXPECT_THROW(tester.ReshapeBottom(0, {2, 7}), Error);
  EXPECT_THROW(tester.ReshapeBottom(0, {6}), Error);
  tester.ReshapeBottom(0, {5, 2, 3});
  CheckForward(tester, 6, 3, false, true);
}

}  // namespace
}  // namespace crema::test
