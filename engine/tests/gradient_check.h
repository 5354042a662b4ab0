#ifndef CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_
#define CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_

#include "engine/tests/layer_tester.h"

namespace crema::test {

struct GradientOptions {
  double step = 1e-2;
  // Relative to 1 or to the gradients, whichever is greater.
  double threshold = 1e-3;
  // The bottoms to check; all of them if empty. The others get no gradient.
  std::vector<size_t> bottoms = {};
  // Skips input values that are about a step away from this one, where the function has a kink.
  double kink = 1e30;
};

// Compares the gradients of the layer's bottoms and parameters with finite differences of the sum
// of the tops, each value weighted by its top_diff. Also checks that the gradients of parameters
// are added to, and those of bottoms overwritten.
void CheckGradients(LayerTester& tester, const GradientOptions& options = {});

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_
