#include "engine/embedded/core/tuning.h"

#include "engine/embedded/core/options.h"
#include "engine/embedded/layers/convolution_choice.h"
#include "engine/embedded/layers/winograd_convolution.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

TEST(TuningTest, KeepsTheFirstWayAndWritesALineForEach) {
  Tuning tuning;
  tuning.AddText("b, 2: fast\n\na, 1: slow, fast\n");
  tuning.Add("b, 2", "slow");
  EXPECT_EQ(tuning.Find("b, 2"), "fast");
  EXPECT_EQ(tuning.Find("c"), std::nullopt);
  EXPECT_EQ(tuning.Text(), "a, 1: slow, fast\nb, 2: fast\n");
}

TEST(TuningTest, TakesNothingOfATextWithABadLine) {
  for (const char* bad : {"a", "a:", "a: ", ": fast", "a fast"}) {
    Tuning tuning;
    EXPECT_THROW(tuning.AddText(StrCat("b: fast\n", bad)), Error) << bad;
    EXPECT_EQ(tuning.Text(), "");
  }
}

TEST(TuningTest, ReadsTheChoicesOfAConvolution) {
  for (const char* text : {"patches", "direct, direct, direct", "winograd, direct, direct",
                           "direct, winograd, direct", "direct, winograd, winograd"}) {
    const auto choice = ConvolutionChoice::Parse(text);
    ASSERT_TRUE(choice.has_value()) << text;
    EXPECT_EQ(choice->Text(), text);
  }
  for (const char* text : {"", "patch", "direct, direct", "direct, direct, direct, direct"}) {
    EXPECT_EQ(ConvolutionChoice::Parse(text), std::nullopt) << text;
  }
}

caffe::LayerParameter TunedLayerOf(const std::string& type) {
  caffe::LayerParameter layer = ParamOf(type);
  auto& param = *layer.mutable_convolution_param();
  param.set_num_output(24);
  param.add_kernel_size(3);
  param.add_pad(1);
  param.mutable_weight_filler()->set_type("uniform");
  param.mutable_weight_filler()->set_min(-1);
  return layer;
}

// The values of the top, and the gradients of the bottom and of the weights.
std::vector<Values> PassesOf(LayerTester& tester) {
  tester.Forward();
  tester.Backward();
  return {tester.TopData(), tester.BottomDiff(), tester.ParamDiff(0)};
}

TEST(TuningTest, ComputesTheSameInWhicheverWayIsChosen) {
  for (const char* type : {"Convolution", "Deconvolution"}) {
    std::vector<Values> right;
    {
      LayerTester tester(TunedLayerOf(type), {{2, 20, 9, 11}});
      right = PassesOf(tester);
    }
    const std::string what = [&] {
      const WithOptions fast({.tune = Tune::kFast});
      LayerTester tester(TunedLayerOf(type), {{2, 20, 9, 11}});
      const auto values = PassesOf(tester);
      for (size_t i = 0; i < right.size(); ++i) ExpectNear(right[i], values[i], 1e-3);
      Tuning tuned;
      tester.layer().AddTuned(tuned);
      const std::string text = tuned.Text();
      EXPECT_NE(text.find("2 images, 1 groups, "), std::string::npos) << text;
      const std::string name = text.substr(0, text.find(": "));
      EXPECT_TRUE(Tuning::Shared().Find(name).has_value());
      return name;
    }();
    std::vector<std::string> ways = {"direct, direct, direct", "patches"};
    if (WinogradConvolution::Lanes() != 0) ways.push_back("winograd, direct, winograd");
    for (const std::string& way : ways) {
      SCOPED_TRACE(StrCat(type, ", ", way));
      const auto tuning = std::make_shared<Tuning>();
      tuning->Add(what, way);
      LayerTester tester(TunedLayerOf(type), {{2, 20, 9, 11}});
      tester.layer().set_tuning(tuning);
      tester.layer().Reshape(tester.bottoms(), tester.tops());
      const auto algorithm = tester.layer().Algorithms()[0].second;
      EXPECT_EQ(algorithm == "patches", way == "patches");
      EXPECT_EQ(algorithm.starts_with("winograd"), way.starts_with("winograd"));
      const auto values = PassesOf(tester);
      for (size_t i = 0; i < right.size(); ++i) ExpectNear(right[i], values[i], 1e-3);
      Tuning kept;
      tester.layer().AddTuned(kept);
      EXPECT_EQ(kept.Text(), StrCat(what, ": ", way, "\n"));
    }
  }
}

TEST(TuningTest, MeasuresNothingThatTheUserHasDecided) {
  const WithOptions with({.winograd = WinogradUse::kNever, .tune = Tune::kFast});
  LayerTester tester(TunedLayerOf("Convolution"), {{2, 16, 10, 10}});
  Tuning tuned;
  tester.layer().AddTuned(tuned);
  EXPECT_EQ(tuned.Text(), "");
}

TEST(TuningTest, IgnoresAWayThatIsNotPossible) {
  const auto tuning = std::make_shared<Tuning>();
  caffe::LayerParameter strided = TunedLayerOf("Convolution");
  strided.mutable_convolution_param()->add_stride(2);
  Tuning names;
  {
    const WithOptions fast({.tune = Tune::kFast});
    LayerTester tester(strided, {{2, 20, 9, 11}});
    tester.layer().AddTuned(names);
  }
  const std::string text = names.Text();
  if (text.empty()) GTEST_SKIP() << "There is one way only with these vectors.";
  tuning->Add(text.substr(0, text.find(": ")), "winograd, winograd, winograd");
  LayerTester tester(strided, {{2, 20, 9, 11}});
  tester.layer().set_tuning(tuning);
  tester.layer().Reshape(tester.bottoms(), tester.tops());
  EXPECT_NO_THROW(PassesOf(tester));
  EXPECT_EQ(tester.layer().Algorithms()[0].second.find("winograd"), std::string::npos);
}

}  // namespace
}  // namespace crema::test
