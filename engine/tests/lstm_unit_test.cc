#include "engine/tests/recurrent_reference.h"

namespace crema::test {
namespace {

TEST(LstmUnitTest, EqualsTheDefinition) {
  const int streams = 3, units = 5;
  LayerTester tester(ParamOf("LSTMUnit"),
                     {{1, streams, units}, {1, streams, 4 * units}, {1, streams}}, {.tops = 2});
  tester.input(2) = {0, 1, 0.5f};
  Values cells, hidden;
  for (int n = 0; n < streams; ++n) {
    for (int u = 0; u < units; ++u) {
      const auto a = [&](int gate) {
        return static_cast<double>(
            tester.input(1)[static_cast<size_t>((n * 4 + gate) * units + u)]);
      };
      const double f = static_cast<double>(tester.input(2)[static_cast<size_t>(n)]) * Squash(a(1));
      const double c =
          f * static_cast<double>(tester.input(0)[static_cast<size_t>(n * units + u)]) +
          Squash(a(0)) * std::tanh(a(3));
      cells.push_back(static_cast<float>(c));
      hidden.push_back(static_cast<float>(Squash(a(2)) * std::tanh(c)));
    }
  }
  tester.Forward();
  ExpectNear(cells, tester.TopData(0));
  ExpectNear(hidden, tester.TopData(1));
}

TEST(LstmUnitTest, HasTheRightGradient) {
  LayerTester tester(ParamOf("LSTMUnit"), {{1, 4, 3}, {1, 4, 12}, {1, 4}}, {.tops = 2});
  tester.input(2) = {0, 1, 1, 0};
  CheckGradients(tester, {.bottoms = {0, 1}});
  CheckGradients(tester, {.bottoms = {0}});
  CheckGradients(tester, {.bottoms = {1}});
}

TEST(LstmUnitTest, RefusesWhatItCannotDo) {
  const auto param = ParamOf("LSTMUnit");
  const auto error = [&](const std::vector<Shape>& bottoms) {
    return ErrorOf(param, bottoms, {.tops = 2});
  };
  EXPECT_NE(error({{2, 4, 3}, {2, 4, 12}, {2, 4}}).find("(1, streams, units)"), std::string::npos);
  EXPECT_NE(error({{1, 4, 3}, {1, 4, 9}, {1, 4}}).find("1 4 12 (48)"), std::string::npos);
  EXPECT_NE(error({{1, 4, 3}, {1, 4, 12}, {4}}).find("1 4 (4)"), std::string::npos);
  EXPECT_NE(ErrorOf(param, {{1, 4, 3}, {1, 4, 12}, {1, 4}}, {.tops = 2, .in_place = true})
                .find("in place"),
            std::string::npos);
}

}  // namespace
}  // namespace crema::test
