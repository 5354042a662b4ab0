#include <omp.h>

#include "engine/tests/recurrent_reference.h"

namespace crema::test {
namespace {

struct LstmStates {
  std::vector<double> h, c;
};

// The top and the states after the last step, by the definition, from given states.
Values LstmByDefinition(LayerTester& tester, const RecurrentCase& c,
                        std::vector<LstmStates>& states) {
  Values top;
  for (int t = 0; t < c.steps; ++t) {
    for (int n = 0; n < c.streams; ++n) {
      LstmStates& s = states[static_cast<size_t>(n)];
      const std::vector<double> a = RecurrentInput(tester, c, t, n, 4 * c.units, s.h);
      const auto cont =
          static_cast<double>(tester.input(1)[static_cast<size_t>(t * c.streams + n)]);
      for (size_t u = 0; u < static_cast<size_t>(c.units); ++u) {
        const size_t units = static_cast<size_t>(c.units);
        const double i = Squash(a[u]), f = cont * Squash(a[units + u]),
                     o = Squash(a[2 * units + u]), g = std::tanh(a[3 * units + u]);
        s.c[u] = f * s.c[u] + i * g;
        s.h[u] = o * std::tanh(s.c[u]);
        top.push_back(static_cast<float>(s.h[u]));
      }
    }
  }
  return top;
}

std::vector<LstmStates> NoStates(const RecurrentCase& c) {
  const std::vector<double> zeros(static_cast<size_t>(c.units));
  return std::vector<LstmStates>(static_cast<size_t>(c.streams), {zeros, zeros});
}

const RecurrentCase kLstmCases[] = {{1, 1, 3, 2},          {4, 3, 5, 2},          {3, 2, 1, 7, 4},
                                    {5, 9, 2, 3, 0, true}, {2, 4, 3, 5, 2, true}, {3, 17, 4, 9}};

TEST(LstmTest, EqualsTheDefinitionAndCarriesItsStateOn) {
  for (const RecurrentCase& c : kLstmCases) {
    if (c.expose) continue;
    SCOPED_TRACE(StrCat(c.steps, " steps of ", c.streams));
    LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
    std::vector<LstmStates> states = NoStates(c);
    for (int pass = 0; pass < 3; ++pass) {
      SetCont(tester, c);
      if (pass == 1) std::fill(tester.input(1).begin(), tester.input(1).end(), 1.0f);
      const Values expected = LstmByDefinition(tester, c, states);
      tester.Forward();
      ExpectNear(expected, tester.TopData());
    }
  }
}

TEST(LstmTest, TakesAndGivesTheStatesThatAreExposed) {
  for (const RecurrentCase& c : kLstmCases) {
    if (!c.expose) continue;
    LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2), {.tops = 3});
    const size_t first = c.fixed > 0 ? 3 : 2;
    for (int pass = 0; pass < 2; ++pass) {
      std::fill(tester.input(1).begin(), tester.input(1).end(), 1.0f);
      std::vector<LstmStates> states = NoStates(c);
      for (size_t i = 0; i < tester.input(first).size(); ++i) {
        const size_t n = i / static_cast<size_t>(c.units), u = i % static_cast<size_t>(c.units);
        states[n].h[u] = static_cast<double>(tester.input(first)[i]);
        states[n].c[u] = static_cast<double>(tester.input(first + 1)[i]);
      }
      const Values expected = LstmByDefinition(tester, c, states);
      tester.Forward();
      ExpectNear(expected, tester.TopData());
      Values h, cells;
      for (const LstmStates& s : states) {
        h.insert(h.end(), s.h.begin(), s.h.end());
        cells.insert(cells.end(), s.c.begin(), s.c.end());
      }
      ExpectNear(h, tester.TopData(1));
      ExpectNear(cells, tester.TopData(2));
    }
  }
}

TEST(LstmTest, HasTheRightGradient) {
  for (const RecurrentCase& c : {kLstmCases[1], kLstmCases[2]}) {
    LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
    SetCont(tester, c);
    CheckGradients(tester,
                   {.bottoms = c.fixed > 0 ? std::vector<size_t>{0, 2} : std::vector<size_t>{0}});
  }
}

// As in Caffe, whose unrolled net has inputs there that need none.
TEST(LstmTest, GivesNoGradientToTheStatesBeforeTheFirstStep) {
  const RecurrentCase c = kLstmCases[4];
  LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2), {.tops = 3});
  SetCont(tester, c);
  tester.Forward();
  tester.Backward({true, false, true, true, true});
  const Values zeros(static_cast<size_t>(c.streams * c.units));
  EXPECT_EQ(zeros, tester.BottomDiff(3));
  EXPECT_EQ(zeros, tester.BottomDiff(4));
}

TEST(LstmTest, TakesOtherBatchesAndLengths) {
  const RecurrentCase c = {3, 4, 5, 2};
  LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
  for (const auto& [steps, streams] : {std::pair{3, 2}, {1, 7}, {6, 4}}) {
    RecurrentCase other = c;
    other.steps = steps;
    other.streams = streams;
    // Both at once, as a net does.
    tester.bottom(1).Reshape({steps, streams});
    tester.ReshapeBottom(0, {steps, streams, c.inputs});
    tester.input(1).assign(static_cast<size_t>(steps * streams), 0.0f);
    std::vector<LstmStates> states = NoStates(other);
    tester.Forward();
    ExpectNear(LstmByDefinition(tester, other, states), tester.TopData());
    tester.Backward({true, false});
  }
}

// Caffe's blobs keep their memory when they shrink, and are zero when they grow.
TEST(LstmTest, KeepsTheStatesOfFewerStreams) {
  const RecurrentCase c = {2, 3, 2, 2};
  LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
  std::fill(tester.input(1).begin(), tester.input(1).end(), 1.0f);
  std::vector<LstmStates> states = NoStates(c);
  LstmByDefinition(tester, c, states);
  tester.Forward();
  RecurrentCase fewer = c;
  fewer.streams = 2;
  tester.bottom(1).Reshape({2, 2});
  tester.ReshapeBottom(0, {2, 2, 2});
  tester.input(1).assign(4, 1.0f);
  const Values expected = LstmByDefinition(tester, fewer, states);
  tester.Forward();
  ExpectNear(expected, tester.TopData());
  RecurrentCase more = c;
  more.streams = 5;
  tester.bottom(1).Reshape({2, 5});
  tester.ReshapeBottom(0, {2, 5, 2});
  tester.input(1).assign(10, 1.0f);
  states = NoStates(more);
  const Values fresh = LstmByDefinition(tester, more, states);
  tester.Forward();
  ExpectNear(fresh, tester.TopData());
}

TEST(LstmTest, GivesTheSameValuesHoweverTheStreamsAreDivided) {
  const RecurrentCase c = {5, 24, 8, 16, 3};
  Values top, weights, bottom;
  const int before = omp_get_max_threads();
  for (const int threads : {1, 2, 4, 16}) {
    omp_set_num_threads(threads);
    LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
    SetCont(tester, c);
    tester.Forward();
    tester.Backward({true, false, true});
    if (threads == 1) {
      top = tester.TopData();
      weights = tester.ParamDiff(3);
      bottom = tester.BottomDiff(0);
      continue;
    }
    ExpectNear(top, tester.TopData());
    ExpectNear(weights, tester.ParamDiff(3), 1e-4);
    ExpectNear(bottom, tester.BottomDiff(0));
  }
  omp_set_num_threads(before);
}

TEST(LstmTest, HasTheParametersOfCaffe) {
  const RecurrentCase c = {2, 3, 5, 4, 6};
  LayerTester tester(RecurrentOf("LSTM", c), RecurrentBottoms(c, 2));
  const std::vector<Shape> shapes = {{16, 5}, {16}, {16, 6}, {16, 4}};
  ASSERT_EQ(tester.layer().blobs().size(), shapes.size());
  for (size_t i = 0; i < shapes.size(); ++i) EXPECT_EQ(tester.param(i).shape(), shapes[i]);
}

TEST(LstmTest, RefusesWhatItCannotDo) {
  const RecurrentCase c = {2, 3, 5, 4};
  const auto param = RecurrentOf("LSTM", c);
  EXPECT_NE(ErrorOf(param, {{2, 3}, {2, 3}}).find("3 or more axes"), std::string::npos);
  EXPECT_NE(ErrorOf(param, {{2, 3, 5}, {3, 2}}).find("shape 2 3 (6)"), std::string::npos);
  EXPECT_NE(ErrorOf(param, {{2, 3, 5}, {2, 3}, {2, 5}}).find("3 streams"), std::string::npos);
  EXPECT_NE(ErrorOf(param, {{2, 3, 5}, {2, 3}, {3}}).find("2 or more axes"), std::string::npos);
  EXPECT_NE(ErrorOf(param, {{2, 3, 5}, {2, 3}}, {.in_place = true}).find("in place"),
            std::string::npos);
  auto none = param;
  none.mutable_recurrent_param()->clear_num_output();
  EXPECT_NE(ErrorOf(none, {{2, 3, 5}, {2, 3}}).find("num_output"), std::string::npos);
  auto exposed = param;
  exposed.mutable_recurrent_param()->set_expose_hidden(true);
  EXPECT_NE(
      ErrorOf(exposed, {{2, 3, 5}, {2, 3}, {1, 3, 4}, {1, 3, 3}}, {.tops = 3}).find("1 3 4 (12)"),
      std::string::npos);
  LayerTester tester(param, {{2, 3, 5}, {2, 3}});
  tester.Forward();
  EXPECT_THROW(tester.Backward(), Error);
}

}  // namespace
}  // namespace crema::test
