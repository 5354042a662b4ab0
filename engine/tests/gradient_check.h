#ifndef CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_
#define CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_

#include "engine/tests/layer_tester.h"

namespace crema::test {

struct GradientOptions {
  double step = 1e-2;
  // Relative to the greater of 1 and the gradients.
  double threshold = 1e-3;
  // The bottoms to check; empty: all. Others get no gradient.
  std::vector<size_t> bottoms = {};
  // Input values as near to this as a step and a bit, where the function has a kink, are left out.
  double kink = 1e30;
};

// Compares the layer's gradients, of its bottoms and parameters, with finite differences of the sum
// of the tops, each value weighted by its top_diff. Checks too that parameters' gradients are added
// to, and bottoms' overwritten.
void CheckGradients(LayerTester& tester, const GradientOptions& options = {});

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_GRADIENT_CHECK_H_
