#include <cmath>

#include "engine/tests/gradient_check.h"

namespace crema::test {
namespace {

caffe::LayerParameter EmbedOf(uint32_t outputs, uint32_t inputs, bool bias) {
  caffe::LayerParameter param = ParamOf("Embed");
  auto& embed = *param.mutable_embed_param();
  embed.set_num_output(outputs);
  embed.set_input_dim(inputs);
  embed.set_bias_term(bias);
  embed.mutable_weight_filler()->set_type("gaussian");
  embed.mutable_bias_filler()->set_type("gaussian");
  return param;
}

void SetRows(LayerTester& tester, int rows) {
  for (size_t i = 0; i < tester.input().size(); ++i) {
    tester.input()[i] = static_cast<float>(i * i % static_cast<size_t>(rows));
  }
}

TEST(EmbedTest, TakesTheNumberedRows) {
  for (const bool bias : {false, true}) {
    LayerTester tester(EmbedOf(4, 3, bias), {{2, 3}});
    SetRows(tester, 3);
    tester.Forward();
    EXPECT_EQ(tester.top().shape(), (Shape{2, 3, 4}));
    const Values weights = LayerTester::ValuesOf(tester.param(0).data());
    Values expected;
    for (const float row : tester.input()) {
      for (size_t i = 0; i < 4; ++i) {
        expected.push_back(weights[static_cast<size_t>(row) * 4 + i] +
                           (bias ? tester.param(1).data().Read()[i] : 0));
      }
    }
    ExpectNear(expected, tester.TopData(), 1e-6);
  }
}

// Several items number the same row, whose gradients add up.
TEST(EmbedTest, HasTheRightGradient) {
  for (const bool bias : {false, true}) {
    LayerTester tester(EmbedOf(5, 3, bias), {{2, 4}});
    SetRows(tester, 3);
    tester.Forward();
    tester.Backward({false});
    Values weights(15, 0.0f), biases(5, 0.0f);
    for (size_t n = 0; n < 8; ++n) {
      for (size_t i = 0; i < 5; ++i) {
        weights[static_cast<size_t>(tester.input()[n]) * 5 + i] += tester.top_diff()[n * 5 + i];
        biases[i] += tester.top_diff()[n * 5 + i];
      }
    }
    ExpectNear(weights, tester.ParamDiff(0));
    if (bias) ExpectNear(biases, tester.ParamDiff(1));
    tester.Backward({false});
    for (float& v : weights) v *= 2;
    ExpectNear(weights, tester.ParamDiff(0));
  }
}

TEST(EmbedTest, AddsUpManyItemsInParallel) {
  LayerTester tester(EmbedOf(64, 10, true), {{5000}});
  SetRows(tester, 10);
  for (float& v : tester.top_diff()) v = 1;
  tester.Forward();
  tester.Backward({false});
  Values rows(10, 0.0f);
  for (const float row : tester.input()) ++rows[static_cast<size_t>(row)];
  const Values found = tester.ParamDiff(0);
  for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], rows[i / 64]);
  ExpectNear(Values(64, 5000.0f), tester.ParamDiff(1), 0);
}

TEST(EmbedTest, RefusesWhatItCannotDo) {
  LayerTester tester(EmbedOf(4, 3, true), {{1}});
  for (const float row : {-1.0f, 3.0f, NAN}) {
    tester.input() = {row};
    EXPECT_THROW(tester.Forward(), Error);
  }
  tester.input() = {2};
  tester.Forward();
  EXPECT_THROW(tester.Backward({true}), Error);
  EXPECT_EQ(ErrorOf(EmbedOf(0, 3, true), {{1}}), "Expected a num_output of 1 or more but found 0");
  EXPECT_EQ(ErrorOf(EmbedOf(3, 0, true), {{1}}), "Expected an input_dim of 1 or more but found 0");
}

}  // namespace
}  // namespace crema::test
