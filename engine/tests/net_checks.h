#ifndef CREMA_ENGINE_TESTS_NET_CHECKS_H_
#define CREMA_ENGINE_TESTS_NET_CHECKS_H_

#include <algorithm>
#include <cmath>

#include "engine/embedded/net/net.h"
#include "engine/tests/net_builder.h"

namespace crema::test {

inline void ExpectClose(const Values& expected, const Values& found, double tolerance = 1e-5) {
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const auto e = static_cast<double>(expected[i]);
    ASSERT_NEAR(e, static_cast<double>(found[i]), tolerance * std::max(1.0, std::fabs(e))) << i;
  }
}

inline void ClearAndRun(Net& net) {
  net.ClearDiffs();
  net.Forward();
  net.Backward();
}

// Compares the gradients of all learnable parameters with finite differences of the loss.
inline void CheckGradients(Net& net, float step = 1e-2f, double threshold = 2e-3) {
  ClearAndRun(net);
  for (const Learnable& learnable : net.learnables()) {
    const Values diffs = Copy(learnable.blob->diff());
    for (size_t i = 0; i < diffs.size(); ++i) {
      const float before = learnable.blob->data().Read()[i];
      learnable.blob->data().ReadWrite()[i] = before + step;
      const float above = net.Forward();
      learnable.blob->data().ReadWrite()[i] = before - step;
      const float below = net.Forward();
      learnable.blob->data().ReadWrite()[i] = before;
      const double estimate = static_cast<double>((above - below) / (2 * step));
      const double scale = std::max({1.0, std::fabs(estimate)});
      ASSERT_NEAR(estimate, static_cast<double>(diffs[i]), threshold * scale) << i;
    }
  }
}

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_NET_CHECKS_H_
