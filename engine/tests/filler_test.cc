#include "engine/embedded/core/filler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "engine/shared/error.h"
#include "engine/shared/parallel.h"
#include "engine/shared/vector_random.h"

namespace crema {
namespace {

constexpr double kRootThree = 1.7320508075688772;

caffe::FillerParameter FillerOf(const std::string& type) {
  caffe::FillerParameter filler;
  filler.set_type(type);
  return filler;
}

struct Moments {
  double mean = 0, deviation = 0, least = 1e30, most = -1e30;
};

Moments MomentsOf(Blob& blob) {
  Moments m;
  const float* data = blob.data().Read();
  const auto count = static_cast<double>(blob.count());
  for (int64_t i = 0; i < blob.count(); ++i) {
    const auto value = static_cast<double>(data[i]);
    m.mean += value / count;
    m.least = std::min(m.least, value);
    m.most = std::max(m.most, value);
  }
  for (int64_t i = 0; i < blob.count(); ++i) {
    const double d = static_cast<double>(data[i]) - m.mean;
    m.deviation += d * d / count;
  }
  m.deviation = std::sqrt(m.deviation);
  return m;
}

Moments Filled(const caffe::FillerParameter& filler, const Shape& shape) {
  Blob blob(shape);
  Random random(1701, 0);
  Fill(filler, blob, random);
  return MomentsOf(blob);
}

std::string FillerError(const caffe::FillerParameter& filler, const Shape& shape) {
  try {
    Filled(filler, shape);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// The bounds are five standard deviations of the estimate, over a million draws.
constexpr double kDraws = 1e6;
const Shape kMillion = {1000, 1000};

void ExpectUniform(const Moments& m, double low, double high) {
  const double width = high - low, deviation = width / std::sqrt(12.0);
  EXPECT_NEAR(m.mean, (low + high) / 2, 5 * deviation / std::sqrt(kDraws));
  EXPECT_NEAR(m.deviation, deviation, 5 * deviation / std::sqrt(kDraws));
  EXPECT_GE(m.least, low - 1e-6 * width);
  EXPECT_LE(m.most, high + 1e-6 * width);
  EXPECT_LT(m.least, low + 1e-4 * width);
  EXPECT_GT(m.most, high - 1e-4 * width);
}

void ExpectGaussian(const Moments& m, double mean, double deviation) {
  EXPECT_NEAR(m.mean, mean, 5 * deviation / std::sqrt(kDraws));
  EXPECT_NEAR(m.deviation, deviation, 5 * deviation / std::sqrt(2 * kDraws));
  // The largest of a million draws is about 4.9 standard deviations away.
  EXPECT_GT(m.most, mean + 4 * deviation);
  EXPECT_LT(m.most, mean + 6.7 * deviation);
  EXPECT_LT(m.least, mean - 4 * deviation);
}

TEST(FillerTest, Constant) {
  caffe::FillerParameter filler = FillerOf("constant");
  EXPECT_EQ(Filled(filler, {7}).most, 0);
  filler.set_value(-2.5f);
  const Moments m = Filled(filler, {3, 5});
  EXPECT_EQ(m.least, -2.5);
  EXPECT_EQ(m.most, -2.5);
  EXPECT_EQ(Filled(caffe::FillerParameter(), {3}).most, 0);  // The default.
}

TEST(FillerTest, Uniform) {
  caffe::FillerParameter filler = FillerOf("uniform");
  ExpectUniform(Filled(filler, kMillion), 0, 1);
  filler.set_min(-3);
  filler.set_max(5);
  ExpectUniform(Filled(filler, kMillion), -3, 5);
  filler.set_max(-3);
  EXPECT_EQ(Filled(filler, {9}).most, -3);
}

TEST(FillerTest, Gaussian) {
  caffe::FillerParameter filler = FillerOf("gaussian");
  ExpectGaussian(Filled(filler, kMillion), 0, 1);
  filler.set_mean(10);
  filler.set_std(0.01f);
  ExpectGaussian(Filled(filler, kMillion), 10, 0.01);
}

TEST(FillerTest, GaussianHasItsShapeAndIndependentValues) {
  Blob blob(kMillion);
  Random random(7, 3);
  Fill(FillerOf("gaussian"), blob, random);
  const float* data = blob.data().Read();
  // The shares of a normal distribution beyond so many standard deviations, on either side.
  const double beyond[] = {0.158655254, 0.022750132, 0.001349898, 0.0000316712};
  for (int sigmas = 1; sigmas <= 4; ++sigmas) {
    double above = 0, below = 0;
    for (int64_t i = 0; i < blob.count(); ++i) {
      above += data[i] > static_cast<float>(sigmas);
      below += data[i] < static_cast<float>(-sigmas);
    }
    const double share = beyond[sigmas - 1], error = 5 * std::sqrt(share * kDraws);
    EXPECT_NEAR(above, share * kDraws, error) << sigmas;
    EXPECT_NEAR(below, share * kDraws, error) << sigmas;
  }
  // Neither neighbours nor their squares go together: the two of a pair have one radius.
  for (int apart = 1; apart <= 4; ++apart) {
    double product = 0, squares = 0;
    for (int64_t i = 0; i + apart < blob.count(); ++i) {
      const double a = static_cast<double>(data[i]), b = static_cast<double>(data[i + apart]);
      product += a * b / kDraws;
      squares += (a * a - 1) * (b * b - 1) / kDraws;
    }
    EXPECT_NEAR(product, 0, 5 / std::sqrt(kDraws)) << apart;
    EXPECT_NEAR(squares, 0, 5 * 2 / std::sqrt(kDraws)) << apart;
  }
}

// This file is compiled for the oldest processors.
TEST(FillerTest, GivesTheSameBitsOnEveryProcessor) {
  Blob gaussian({1001}), uniform({1001});
  caffe::FillerParameter filler = FillerOf("gaussian");
  filler.set_mean(0.5f);
  filler.set_std(0.1f);
  Random random(5, 6);
  Fill(filler, gaussian, random);
  filler = FillerOf("uniform");
  filler.set_min(-2);
  filler.set_max(5);
  random.set_counter(0);
  Fill(filler, uniform, random);
  for (int64_t i = 0; i < 1001; ++i) {
    const auto words = random.Block(static_cast<uint64_t>(i) / 4);
    const size_t at = static_cast<size_t>(i) % 4, even = at / 2 * 2;
    const GaussianPair pair = VectorGaussians(words[even], words[even + 1]);
    EXPECT_EQ(gaussian.data().Read()[i], 0.5f + 0.1f * (at == even ? pair.first : pair.second));
    EXPECT_EQ(uniform.data().Read()[i], -2 + 7 * Random::Uniform(words[at]));
  }
}

TEST(FillerTest, ContinuesFromASavedCounter) {
  for (const int sparse : {-1, 2}) {
    caffe::FillerParameter filler = FillerOf("gaussian");
    filler.set_sparse(sparse);
    Blob first({5, 7}), second({5, 7}), resumed({5, 7});
    Random random(1, 2), other(1, 2);
    Fill(filler, first, random);
    const uint64_t counter = random.counter();
    // A block per four values; twice as many to choose those that stay.
    EXPECT_EQ(counter, sparse < 0 ? 9u : 18u);
    Fill(filler, second, random);
    other.set_counter(counter);
    Fill(filler, resumed, other);
    EXPECT_TRUE(std::equal(second.data().Read(), second.data().Read() + 35, resumed.data().Read()));
    EXPECT_FALSE(std::equal(first.data().Read(), first.data().Read() + 35, resumed.data().Read()));
  }
}

TEST(FillerTest, SparseGaussian) {
  caffe::FillerParameter filler = FillerOf("gaussian");
  filler.set_sparse(100);
  Blob blob(kMillion);
  Random random(1, 2);
  Fill(filler, blob, random);
  const float* data = blob.data().Read();
  const auto kept = static_cast<double>(blob.count() - std::count(data, data + blob.count(), 0.0f));
  // 100 of the 1000 outputs.
  EXPECT_NEAR(kept / kDraws, 0.1, 5 * 0.3 / std::sqrt(kDraws));
  EXPECT_NEAR(MomentsOf(blob).deviation, std::sqrt(0.1), 0.003);
}

TEST(FillerTest, XavierByFanInFanOutAndAverage) {
  const Shape shape = {50, 200, 10, 10};
  caffe::FillerParameter filler = FillerOf("xavier");
  const auto bounds = [&](double n) {
    const double bound = kRootThree / std::sqrt(n);
    ExpectUniform(Filled(filler, shape), -bound, bound);
  };
  bounds(20000);
  filler.set_variance_norm(caffe::FillerParameter_VarianceNorm_FAN_OUT);
  bounds(5000);
  filler.set_variance_norm(caffe::FillerParameter_VarianceNorm_AVERAGE);
  bounds(12500);
}

TEST(FillerTest, MsraByFanInFanOutAndAverage) {
  const Shape shape = {50, 200, 10, 10};
  caffe::FillerParameter filler = FillerOf("msra");
  ExpectGaussian(Filled(filler, shape), 0, std::sqrt(2.0 / 20000));
  filler.set_variance_norm(caffe::FillerParameter_VarianceNorm_FAN_OUT);
  ExpectGaussian(Filled(filler, shape), 0, std::sqrt(2.0 / 5000));
  filler.set_variance_norm(caffe::FillerParameter_VarianceNorm_AVERAGE);
  ExpectGaussian(Filled(filler, shape), 0, std::sqrt(2.0 / 12500));
}

TEST(FillerTest, PositiveUnitBallRowsSumToOne) {
  Blob blob({5, 4, 3});
  Random random(1, 2);
  Fill(FillerOf("positive_unitball"), blob, random);
  const float* data = blob.data().Read();
  for (int row = 0; row < 5; ++row) {
    double sum = 0;
    for (int i = 0; i < 12; ++i) {
      EXPECT_GE(data[row * 12 + i], 0);
      sum += static_cast<double>(data[row * 12 + i]);
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST(FillerTest, BilinearUpsamples) {
  Blob blob({2, 1, 4, 4});
  Random random(1, 2);
  Fill(FillerOf("bilinear"), blob, random);
  const float* data = blob.data().Read();
  const double line[] = {0.25, 0.75, 0.75, 0.25};  // Upsampling by two.
  for (int i = 0; i < 32; ++i) {
    EXPECT_NEAR(static_cast<double>(data[i]), line[i % 4] * line[i / 4 % 4], 1e-6);
  }
  Blob odd({1, 1, 3, 3});
  Fill(FillerOf("bilinear"), odd, random);
  const double odd_line[] = {0.5, 1, 0.5};
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(static_cast<double>(odd.data().Read()[i]), odd_line[i % 3] * odd_line[i / 3], 1e-6);
  }
}

TEST(FillerTest, TheSameSeedGivesTheSameValuesOnAnyNumberOfThreads) {
  for (const char* type : {"uniform", "gaussian", "xavier", "msra"}) {
    const Shape shape = {301, 333};
    Blob one(shape), two(shape), other(shape);
    const int threads = omp_get_max_threads();
    Random a(5, 6), b(5, 6), c(5, 7);
    omp_set_num_threads(1);
    Fill(FillerOf(type), one, a);
    omp_set_num_threads(3);
    Fill(FillerOf(type), two, b);
    omp_set_num_threads(threads);
    Fill(FillerOf(type), other, c);
    EXPECT_EQ(a.counter(), b.counter());
    int same = 0;
    for (int64_t i = 0; i < one.count(); ++i) {
      ASSERT_EQ(one.data().Read()[i], two.data().Read()[i]);
      same += one.data().Read()[i] == other.data().Read()[i];
    }
    EXPECT_LT(same, 300) << type;
  }
}

TEST(FillerTest, EmptyBlobsAndScalars) {
  for (const char* type : {"constant", "uniform", "gaussian", "xavier", "msra"}) {
    EXPECT_EQ(FillerError(FillerOf(type), {}), "") << type;
    EXPECT_EQ(FillerError(FillerOf(type), {3, 0}), "") << type;
  }
}

TEST(FillerTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(FillerError(FillerOf("gausian"), {2}),
            "Expected a filler type (constant, uniform, gaussian, positive_unitball, xavier, msra, "
            "bilinear) but found 'gausian'");
  caffe::FillerParameter filler = FillerOf("uniform");
  filler.set_min(2);
  EXPECT_EQ(FillerError(filler, {2}),
            "Expected a uniform filler's min to be at most its max but found 2 and 1");
  filler = FillerOf("gaussian");
  filler.set_std(0);
  EXPECT_EQ(FillerError(filler, {2}),
            "Expected a gaussian filler's std to be above 0 but found 0: for equal values, use a "
            "constant filler");
  filler = FillerOf("xavier");
  filler.set_sparse(3);
  EXPECT_NE(FillerError(filler, {2}).find("sparse only in a gaussian filler"), std::string::npos);
  filler = FillerOf("gaussian");
  filler.set_sparse(3);
  EXPECT_NE(FillerError(filler, {}), "");
  EXPECT_EQ(FillerError(filler, {3}), "");
  EXPECT_NE(FillerError(filler, {2, 9}).find("at most 2, the number of outputs, but found 3"),
            std::string::npos);
  filler.set_sparse(-2);
  EXPECT_NE(FillerError(filler, {3}).find("sparse to be -1, for none, or more but found -2"),
            std::string::npos);
  EXPECT_NE(FillerError(FillerOf("bilinear"), {1, 1, 3, 4}).find("1 1 3 4 (12)"),
            std::string::npos);
  EXPECT_NE(FillerError(FillerOf("bilinear"), {3, 3}), "");
  EXPECT_NE(FillerError(FillerOf("positive_unitball"), {}), "");
  EXPECT_NE(FillerError(FillerOf("positive_unitball"), {0, 3}), "");
}

}  // namespace
}  // namespace crema
