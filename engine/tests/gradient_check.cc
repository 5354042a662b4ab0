#include "engine/tests/gradient_check.h"

#include <algorithm>
#include <cmath>

namespace crema::test {

namespace {

// Runs forward as if for the first time: random layers draw the same numbers.
double Objective(LayerTester& tester, uint64_t counter) {
  tester.layer().random().set_counter(counter);
  tester.Forward();
  double sum = 0;
  for (size_t i = 0; i < tester.tops().size(); ++i) {
    const Values data = tester.TopData(i);
    for (size_t j = 0; j < data.size(); ++j) {
      sum += static_cast<double>(data[j]) * static_cast<double>(tester.top_diff(i)[j]);
    }
  }
  return sum;
}

void Compare(double estimate, double found, double threshold) {
  const double scale = std::max({1.0, std::fabs(estimate), std::fabs(found)});
  EXPECT_NEAR(estimate, found, threshold * scale);
}

}  // namespace

void CheckGradients(LayerTester& tester, const GradientOptions& options) {
  const uint64_t counter = tester.layer().random().counter();
  const size_t bottoms = tester.bottoms().size();
  Flags propagate(bottoms, options.bottoms.empty());
  for (const size_t i : options.bottoms) propagate[i] = true;

  const auto& params = tester.layer().blobs();
  for (const auto& p : params) p->diff().SetZero();
  Objective(tester, counter);
  tester.Backward(propagate);
  std::vector<Values> bottom_diffs, param_diffs;
  for (size_t i = 0; i < bottoms; ++i) bottom_diffs.push_back(tester.BottomDiff(i));
  for (size_t i = 0; i < params.size(); ++i) param_diffs.push_back(tester.ParamDiff(i));

  // Once more: the gradients of bottoms stay the same, those of parameters double.
  Objective(tester, counter);
  tester.Backward(propagate);
  for (size_t i = 0; i < bottoms; ++i) ExpectNear(bottom_diffs[i], tester.BottomDiff(i));
  for (size_t i = 0; i < params.size(); ++i) {
    if (!tester.layer().param_propagate_down(i) || !tester.layer().LearnsParam(i)) continue;
    Values twice = param_diffs[i];
    for (float& v : twice) v *= 2;
    ExpectNear(twice, tester.ParamDiff(i), 1e-4);
  }

  const float step = static_cast<float>(options.step);
  for (size_t i = 0; i < bottoms; ++i) {
    if (!propagate[i]) continue;
    for (size_t j = 0; j < tester.input(i).size(); ++j) {
      float& value = tester.input(i)[j];
      const float before = value;
      if (std::fabs(static_cast<double>(before) - options.kink) < 2 * options.step) continue;
      SCOPED_TRACE(StrCat("bottom ", i, ", value ", j, " = ", before));
      value = before + step;
      const double above = Objective(tester, counter);
      value = before - step;
      const double below = Objective(tester, counter);
      value = before;
      Compare((above - below) / (2 * options.step), static_cast<double>(bottom_diffs[i][j]),
              options.threshold);
    }
  }
  for (size_t i = 0; i < params.size(); ++i) {
    if (!tester.layer().param_propagate_down(i) || !tester.layer().LearnsParam(i)) continue;
    for (int64_t j = 0; j < params[i]->count(); ++j) {
      SCOPED_TRACE(StrCat("parameter ", i, ", value ", j));
      const float before = params[i]->data().Read()[j];
      params[i]->data().ReadWrite()[j] = before + step;
      const double above = Objective(tester, counter);
      params[i]->data().ReadWrite()[j] = before - step;
      const double below = Objective(tester, counter);
      params[i]->data().ReadWrite()[j] = before;
      Compare((above - below) / (2 * options.step),
              static_cast<double>(param_diffs[i][static_cast<size_t>(j)]), options.threshold);
    }
  }
}

}  // namespace crema::test
