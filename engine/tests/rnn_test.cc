#include "engine/tests/recurrent_reference.h"

namespace crema::test {
namespace {

using Hidden = std::vector<std::vector<double>>;

Values RnnByDefinition(LayerTester& tester, const RecurrentCase& c, Hidden& hidden) {
  const size_t first = c.fixed > 0 ? 4 : 3;
  const Values w_o = LayerTester::ValuesOf(tester.param(first).data()),
               b_o = LayerTester::ValuesOf(tester.param(first + 1).data());
  const auto units = static_cast<size_t>(c.units);
  Values top;
  for (int t = 0; t < c.steps; ++t) {
    for (int n = 0; n < c.streams; ++n) {
      std::vector<double>& h = hidden[static_cast<size_t>(n)];
      const std::vector<double> a = RecurrentInput(tester, c, t, n, c.units, h);
      for (size_t u = 0; u < units; ++u) h[u] = std::tanh(a[u]);
      for (size_t u = 0; u < units; ++u) {
        double sum = static_cast<double>(b_o[u]);
        for (size_t k = 0; k < units; ++k) sum += static_cast<double>(w_o[u * units + k]) * h[k];
        top.push_back(static_cast<float>(std::tanh(sum)));
      }
    }
  }
  return top;
}

Hidden NoHidden(const RecurrentCase& c) {
  return Hidden(static_cast<size_t>(c.streams), std::vector<double>(static_cast<size_t>(c.units)));
}

const RecurrentCase kRnnCases[] = {
    {1, 1, 3, 2}, {4, 3, 5, 2}, {3, 2, 1, 7, 4}, {2, 4, 3, 5, 2, true}, {3, 17, 4, 9}};

TEST(RnnTest, EqualsTheDefinitionAndCarriesItsStateOn) {
  for (const RecurrentCase& c : kRnnCases) {
    SCOPED_TRACE(StrCat(c.steps, " steps of ", c.streams));
    LayerTester tester(RecurrentOf("RNN", c), RecurrentBottoms(c, 1), {.tops = c.expose ? 2 : 1});
    Hidden hidden = NoHidden(c);
    for (int pass = 0; pass < 3; ++pass) {
      SetCont(tester, c);
      if (pass == 1) std::fill(tester.input(1).begin(), tester.input(1).end(), 1.0f);
      if (c.expose) {
        const Values& given = tester.input(c.fixed > 0 ? 3 : 2);
        for (size_t i = 0; i < given.size(); ++i) {
          const auto units = static_cast<size_t>(c.units);
          hidden[i / units][i % units] = static_cast<double>(given[i]);
        }
      }
      const Values expected = RnnByDefinition(tester, c, hidden);
      tester.Forward();
      ExpectNear(expected, tester.TopData());
      if (!c.expose) continue;
      Values last;
      for (const auto& h : hidden) last.insert(last.end(), h.begin(), h.end());
      ExpectNear(last, tester.TopData(1));
    }
  }
}

TEST(RnnTest, HasTheRightGradient) {
  for (const RecurrentCase& c : {kRnnCases[1], kRnnCases[2]}) {
    LayerTester tester(RecurrentOf("RNN", c), RecurrentBottoms(c, 1));
    SetCont(tester, c);
    CheckGradients(tester,
                   {.bottoms = c.fixed > 0 ? std::vector<size_t>{0, 2} : std::vector<size_t>{0}});
  }
}

TEST(RnnTest, HasTheParametersOfCaffe) {
  const RecurrentCase c = {2, 3, 5, 4, 6};
  LayerTester tester(RecurrentOf("RNN", c), RecurrentBottoms(c, 1));
  const std::vector<Shape> shapes = {{4, 5}, {4}, {4, 6}, {4, 4}, {4, 4}, {4}};
  ASSERT_EQ(tester.layer().blobs().size(), shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) EXPECT_EQ(tester.param(i).shape(), shapes[i]);
}

}  // namespace
}  // namespace crema::test
