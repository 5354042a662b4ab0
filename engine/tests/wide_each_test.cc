#include "engine/embedded/core/wide_each.h"

#include <cmath>

#include "engine/shared/vector_math.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

// Compiled for the oldest processors, as this file is.
float Mixed(float x, float y) { return VectorSigmoid(x) * y + VectorTanh(y) / (x * x + 1.0f); }

TEST(WideEachTest, GivesTheSameBitsAsOneValueAtATime) {
  const Values x = RandomValues(1003, 1), y = RandomValues(1003, 2);
  for (const int64_t n : {0, 1, 3, 8, 17, 1003}) {
    Values found(x.size(), 7.0f);
    const float *a = x.data(), *b = y.data();
    WideEach(n, found.data(), [=](int64_t i) {
      return VectorSigmoid(a[i]) * b[i] + VectorTanh(b[i]) / (a[i] * a[i] + 1.0f);
    });
    for (size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(found[i], static_cast<int64_t>(i) < n ? Mixed(x[i], y[i]) : 7.0f) << i;
    }
  }
}

}  // namespace
}  // namespace crema::test
