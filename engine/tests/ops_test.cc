// Compares the kernels of the vector math with plain loops in double, for every kind of processor.
// The code above the kernels is tested through crema.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "engine/shared/ops/kernels.h"
#include "ffi/crema.h"

namespace crema::ops {
namespace {

using Values = std::vector<float>;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Numbers around 0, the same in every run. Arrays have exactly the given length, for the sanitizer.
Values Made(int64_t count, int salt) {
  Values values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 3.0f * std::sin(static_cast<float>(i * i % 1013) * 1.7f + static_cast<float>(salt));
  }
  return values;
}

void ExpectNearOp(double expected, float found, double tolerance, const std::string& where) {
  ASSERT_NEAR(expected, static_cast<double>(found), tolerance * std::max(1.0, std::fabs(expected)))
      << where;
}

// The kernels for every kind of processor that this one can run.
class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& kernels() const { return *GetParam(); }
};

constexpr int64_t kSizes[] = {0, 1, 3, 7, 8, 31, 32, 33, 64, 511, 512, 513, 545, 1500};

TEST_P(KernelsTest, MapsEachValue) {
  struct Case {
    int32_t f;
    float parameter;
    std::function<double(double)> exact;
  };
  const Case cases[] = {
      {CREMA_OPS_ABS, 0, [](double x) { return std::fabs(x); }},
      {CREMA_OPS_SIGN, 0, [](double x) { return x > 0   ? 1.0
                                                : x < 0 ? -1.0
                                                        : 0.0; }},
      {CREMA_OPS_EXP, 0, [](double x) { return std::exp(x); }},
      {CREMA_OPS_TANH, 0, [](double x) { return std::tanh(x); }},
      {CREMA_OPS_SIGMOID, 0, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {CREMA_OPS_ERF, 0, [](double x) { return std::erf(x); }},
      {CREMA_OPS_RELU, 0, [](double x) { return std::max(x, 0.0); }},
      {CREMA_OPS_RELU, 0.25f, [](double x) { return x > 0 ? x : x / 4; }},
      {CREMA_OPS_GELU, 0, [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }},
      {CREMA_OPS_POWX, 2, [](double x) { return x * x; }},
      {CREMA_OPS_POWX, 3, [](double x) { return x * x * x; }},
      {CREMA_OPS_POWX, 1, [](double x) { return x; }},
      {CREMA_OPS_POWX, 4, [](double x) { return x * x * x * x; }},
      {CREMA_OPS_ADD_SCALAR, 0.5f, [](double x) { return x + 0.5; }},
      {CREMA_OPS_SCALE, 0.5f, [](double x) { return x * 0.5; }},
  };
  for (const Case& c : cases) {
    for (const int64_t n : kSizes) {
      const Values x = Made(n, 1);
      Values y(x.size());
      kernels().map(c.f, c.parameter, n, x.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        ExpectNearOp(c.exact(static_cast<double>(x[i])), y[i], 1e-6, std::to_string(c.f));
      }
      Values in_place = x;
      kernels().map(c.f, c.parameter, n, in_place.data(), in_place.data());
      EXPECT_EQ(in_place, y);
    }
  }
}

TEST_P(KernelsTest, KeepsNaN) {
  const Values x = {NAN, kInfinity, -kInfinity, 0, -0.0f, 1e-45f, 3e38f, -3e38f, 1};
  const auto map = [&](int32_t f, float parameter) {
    Values y(x.size());
    kernels().map(f, parameter, static_cast<int64_t>(x.size()), x.data(), y.data());
    return y;
  };
  for (const int32_t f : {CREMA_OPS_ABS, CREMA_OPS_SIGN, CREMA_OPS_SQRT, CREMA_OPS_EXP,
                          CREMA_OPS_LOG, CREMA_OPS_TANH, CREMA_OPS_SIGMOID, CREMA_OPS_ERF,
                          CREMA_OPS_RELU, CREMA_OPS_GELU, CREMA_OPS_ADD_SCALAR, CREMA_OPS_SCALE}) {
    EXPECT_TRUE(std::isnan(map(f, 1)[0])) << f;
  }
  EXPECT_EQ(map(CREMA_OPS_EXP, 0)[1], kInfinity);
  EXPECT_EQ(map(CREMA_OPS_EXP, 0)[7], 0);
  EXPECT_EQ(map(CREMA_OPS_RELU, 0)[2], 0);
  EXPECT_EQ(map(CREMA_OPS_LOG, 0)[3], -kInfinity);
  EXPECT_EQ(map(CREMA_OPS_POWX, -1)[3], kInfinity);
  EXPECT_EQ(map(CREMA_OPS_POWX, 0)[0], 1);
}

TEST_P(KernelsTest, Reduces) {
  for (const int64_t n : kSizes) {
    const Values a = Made(n, 1), b = Made(n, 2);
    double sum = 0, asum = 0, squares = 0, dot = 0, distance = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      const double u = static_cast<double>(a[i]), v = static_cast<double>(b[i]);
      sum += u;
      asum += std::fabs(u);
      squares += u * u;
      dot += u * v;
      distance += (u - v) * (u - v);
    }
    const double tolerance = 2e-6 * (1 + static_cast<double>(n));
    EXPECT_NEAR(kernels().reduce(CREMA_OPS_SUM, n, a.data()), sum, tolerance);
    EXPECT_NEAR(kernels().reduce(CREMA_OPS_ASUM, n, a.data()), asum, tolerance);
    EXPECT_NEAR(kernels().reduce(CREMA_OPS_SUMSQ, n, a.data()), squares, tolerance);
    EXPECT_NEAR(kernels().dot(n, a.data(), b.data()), dot, tolerance);
    Values difference(a.size());
    EXPECT_NEAR(kernels().squared_distance(n, a.data(), b.data(), difference.data()), distance,
                tolerance);
    for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(difference[i], a[i] - b[i]);
    if (n == 0) continue;
    const auto least = std::min_element(a.begin(), a.end());
    const auto greatest = std::max_element(a.begin(), a.end());
    EXPECT_EQ(kernels().reduce(CREMA_OPS_MAX, n, a.data()), static_cast<double>(*greatest));
    EXPECT_EQ(kernels().reduce(CREMA_OPS_MIN, n, a.data()), static_cast<double>(*least));
    EXPECT_EQ(kernels().find(n, a.data(), *greatest), greatest - a.begin());
    for (const size_t at : {size_t{0}, a.size() / 2, a.size() - 1}) {
      Values holed = a;
      holed[at] = NAN;
      EXPECT_TRUE(std::isnan(kernels().reduce(CREMA_OPS_MAX, n, holed.data()))) << at;
      EXPECT_TRUE(std::isnan(kernels().reduce(CREMA_OPS_MIN, n, holed.data()))) << at;
      EXPECT_EQ(kernels().find(n, holed.data(), NAN), static_cast<int64_t>(at));
    }
  }
  const Values large(10, 1e30f), small(10, 1e-30f);
  EXPECT_NEAR(kernels().reduce(CREMA_OPS_SUMSQ, 10, large.data()), 1e61, 1e55);
  EXPECT_NEAR(kernels().reduce(CREMA_OPS_SUMSQ, 10, small.data()), 1e-59, 1e-65);
}

INSTANTIATE_TEST_SUITE_P(Processors, KernelsTest, testing::ValuesIn(UsableKernels()),
                         [](const auto& info) {
                           return std::string(info.param == &BaselineKernels() ? "Baseline"
                                              : info.param == &Avx2Kernels()   ? "Avx2"
                                                                               : "Avx512");
                         });

TEST(OpsTest, SumsOfLargeArraysStayAccurate) {
  const int32_t n = 3000001;
  const Values x(n, 0.1f);
  const double exact = static_cast<double>(0.1f) * n;
  EXPECT_NEAR(crema_ops_reduce(CREMA_OPS_SUM, n, x.data()), exact, 1e-6 * exact);
  EXPECT_NEAR(crema_ops_dot(n, x.data(), x.data()), 0.1 * exact, 1e-6 * exact);
}

TEST(OpsTest, WorksOverAnyAxis) {
  const int32_t shapes[][3] = {{1, 1, 1},   {3, 5, 1},    {2, 7, 3},
                               {2, 3, 300}, {65, 300, 1}, {0, 3, 2}};
  for (const auto& [outer, axis, inner] : shapes) {
    const Values x = Made(static_cast<int64_t>(outer) * axis * inner, 3);
    const Values dy = Made(static_cast<int64_t>(outer) * axis * inner, 4);
    Values y(x.size()), dx(x.size()), log(x.size()), log_dx(x.size());
    Values sums(static_cast<size_t>(outer * inner)), vector(static_cast<size_t>(axis), 1.0f);
    crema_ops_softmax(0, outer, axis, inner, x.data(), y.data());
    crema_ops_softmax(1, outer, axis, inner, x.data(), log.data());
    crema_ops_softmax_backward(0, outer, axis, inner, y.data(), dy.data(), dx.data());
    crema_ops_softmax_backward(1, outer, axis, inner, log.data(), dy.data(), log_dx.data());
    crema_ops_reduce_axis(CREMA_OPS_SUM, outer, axis, inner, x.data(), sums.data());
    crema_ops_sum_vector(outer, axis, inner, x.data(), dy.data(), 2, vector.data());
    std::vector<double> dots(static_cast<size_t>(axis), 2.0);
    for (int32_t o = 0; o < outer; ++o) {
      for (int32_t i = 0; i < inner; ++i) {
        const auto at = [&](int32_t a) { return static_cast<size_t>((o * axis + a) * inner + i); };
        double total = 0, sum = 0, dot = 0, diffs = 0;
        for (int32_t a = 0; a < axis; ++a) {
          sum += static_cast<double>(x[at(a)]);
          total += std::exp(static_cast<double>(x[at(a)]));
          diffs += static_cast<double>(dy[at(a)]);
          dots[static_cast<size_t>(a)] += static_cast<double>(x[at(a)] * dy[at(a)]);
        }
        for (int32_t a = 0; a < axis; ++a) {
          dot += std::exp(static_cast<double>(x[at(a)])) / total * static_cast<double>(dy[at(a)]);
        }
        ExpectNearOp(sum, sums[static_cast<size_t>(o * inner + i)], 1e-5, "sum");
        for (int32_t a = 0; a < axis; ++a) {
          const double p = std::exp(static_cast<double>(x[at(a)])) / total;
          const double d = static_cast<double>(dy[at(a)]);
          ExpectNearOp(p, y[at(a)], 1e-6, "softmax");
          ExpectNearOp(std::log(p), log[at(a)], 1e-6, "logarithm");
          ExpectNearOp(p * (d - dot), dx[at(a)], 2e-6, "gradient");
          ExpectNearOp(d - p * diffs, log_dx[at(a)], 1e-5, "gradient of the logarithm");
        }
      }
    }
    for (size_t a = 0; a < vector.size(); ++a) ExpectNearOp(dots[a], vector[a], 1e-5, "vector");
  }
}

TEST(OpsTest, NormalizesRows) {
  const int32_t rows = 70, n = 45;
  const Values x = Made(rows * n, 1), dy = Made(rows * n, 2), gamma = Made(n, 3), beta = Made(n, 4);
  Values y(x.size()), dx(x.size()), mean(rows), rstd(rows), dgamma(n, 1.0f), dbeta(n, 2.0f);
  crema_ops_normalize(rows, n, x.data(), gamma.data(), beta.data(), 1e-5f, y.data(), mean.data(),
                      rstd.data());
  ASSERT_EQ(crema_ops_normalize_backward(rows, n, x.data(), dy.data(), gamma.data(), mean.data(),
                                         rstd.data(), dx.data(), dgamma.data(), dbeta.data()),
            CREMA_OK);
  std::vector<double> gammas(n, 1.0), betas(n, 2.0);
  for (size_t r = 0; r < rows; ++r) {
    double center = 0, variance = 0;
    for (size_t i = 0; i < n; ++i) center += static_cast<double>(x[r * n + i]) / n;
    for (size_t i = 0; i < n; ++i) {
      variance += std::pow(static_cast<double>(x[r * n + i]) - center, 2) / n;
    }
    for (size_t i = 0; i < n; ++i) {
      const double hat = (static_cast<double>(x[r * n + i]) - center) / std::sqrt(variance + 1e-5);
      gammas[i] += hat * static_cast<double>(dy[r * n + i]);
      betas[i] += static_cast<double>(dy[r * n + i]);
      ExpectNearOp(hat * static_cast<double>(gamma[i]) + static_cast<double>(beta[i]), y[r * n + i],
                   1e-5, "y");
    }
  }
  for (size_t i = 0; i < n; ++i) {
    ExpectNearOp(gammas[i], dgamma[i], 1e-5, "gamma");
    ExpectNearOp(betas[i], dbeta[i], 1e-5, "beta");
  }
}

TEST(OpsTest, RefusesWhatMakesNoSense) {
  Values a(4, 1.0f), c(4);
  EXPECT_EQ(crema_ops_gemm(0, 0, 2, 2, 2, 1, a.data(), 1, a.data(), 2, 0, c.data(), 2),
            CREMA_INVALID);
  EXPECT_STREQ(crema_last_error(), "Expected lda to be 2 or more but found 1");
  crema_window window{1, 2, 2, 1, 1, 0, 1, 0, 0, 1, 1};
  EXPECT_EQ(crema_ops_im2col(&window, a.data(), c.data()), CREMA_INVALID);
  // This does nothing, without harm.
  crema_ops_map(CREMA_OPS_EXP, 0, -5, nullptr, nullptr);
  crema_ops_softmax(0, 0, -1, 2, nullptr, nullptr);
  crema_ops_random(CREMA_OPS_UNIFORM, 0, 1, 1, 0, 0, nullptr);
  EXPECT_EQ(crema_ops_reduce(CREMA_OPS_MAX, 0, nullptr), 0);
  EXPECT_EQ(crema_ops_argmax(0, nullptr), -1);
}

TEST(OpsTest, RandomNumbersDependOnlyOnTheirPlace) {
  for (const int32_t f : {CREMA_OPS_UNIFORM, CREMA_OPS_GAUSSIAN, CREMA_OPS_BERNOULLI}) {
    Values whole(5000), parts(5000);
    crema_ops_random(f, 0.25f, 1, 7, 3, 5000, whole.data());
    for (int32_t at = 0, size = 1; at < 5000;
         at += size, size = std::min(2 * size + 1, 5000 - at)) {
      crema_ops_random(f, 0.25f, 1, 7, 3 + static_cast<uint64_t>(at), size, parts.data() + at);
    }
    EXPECT_EQ(whole, parts) << f;
  }
}

}  // namespace
}  // namespace crema::ops
