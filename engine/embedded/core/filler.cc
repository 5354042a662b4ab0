#include "engine/embedded/core/filler.h"

#include <algorithm>
#include <cmath>

#include "engine/shared/error.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The n of the xavier and msra formulas: the number of values that feed one unit (fan in) or that
// it feeds (fan out).
double FanOf(const caffe::FillerParameter& filler, const Blob& blob) {
  const double count = static_cast<double>(blob.count());
  const double fan_in = blob.num_axes() > 0 ? count / blob.shape(0) : count;
  // As in Caffe: with fewer than two axes, the fan out is the number of all values.
  const double fan_out = blob.num_axes() > 1 ? count / blob.shape(1) : count;
  switch (filler.variance_norm()) {
    case caffe::FillerParameter_VarianceNorm_FAN_OUT:
      return fan_out;
    case caffe::FillerParameter_VarianceNorm_AVERAGE:
      return (fan_in + fan_out) / 2;
    default:
      return fan_in;
  }
}

// Sets the values in blocks: of_block(words, values) makes four values from four random words. The
// result does not depend on the number of threads.
template <class OfBlock>
void FillBlocks(Blob& blob, Random& random, const OfBlock& of_block) {
  float* data = blob.data().Write();
  const int64_t count = blob.count(), blocks = (count + 3) / 4;
  const uint64_t first = random.Take(static_cast<uint64_t>(blocks));
  ParallelFor(blocks, kCostlyGrain / 4, [&](int64_t begin, int64_t end) {
    constexpr int64_t kBlocks = 64;
    uint32_t words[4 * kBlocks];
    for (int64_t block = begin; block < end; block += kBlocks) {
      const int64_t here = std::min(kBlocks, end - block);
      random.Blocks(first + static_cast<uint64_t>(block), here, words);
      for (int64_t i = 0; i < here; ++i) {
        float values[4];
        of_block(words + 4 * i, values);
        const int64_t at = 4 * (block + i);
        std::copy_n(values, std::min<int64_t>(4, count - at), data + at);
      }
    }
  });
}

void FillUniform(float low, float high, Blob& blob, Random& random) {
  Require(low <= high, "Expected a uniform filler's min to be at most its max but found ", low,
          " and ", high);
  FillBlocks(blob, random, [low, high](const uint32_t* words, float* values) {
    for (int i = 0; i < 4; ++i) values[i] = low + (high - low) * Random::Uniform(words[i]);
  });
}

void FillGaussian(double mean, double std, Blob& blob, Random& random) {
  Require(std > 0, "Expected a gaussian filler's std to be above 0 but found ", std,
          ": for equal values, use a constant filler");
  FillBlocks(blob, random, [mean, std](const uint32_t* words, float* values) {
    for (int i = 0; i < 4; i += 2) {
      const auto [a, b] = Random::Gaussians(words[i], words[i + 1]);
      values[i] = static_cast<float>(mean + std * a);
      values[i + 1] = static_cast<float>(mean + std * b);
    }
  });
}

// Keeps each value with probability sparse / fan out (the length of axis 0), as Caffe does.
void MakeSparse(int sparse, Blob& blob, Random& random) {
  Require(blob.num_axes() >= 1,
          "Expected a sparse filler's blob to have an axis but found a scalar");
  Require(sparse <= blob.shape(0),
          "Expected sparse, the mean number of weights that are not 0, to be at most ",
          blob.shape(0), ", the number of outputs, but found ", sparse);
  const float keep = static_cast<float>(sparse) / static_cast<float>(blob.shape(0));
  float* data = blob.data().ReadWrite();
  for (int64_t i = 0; i < blob.count(); ++i) {
    if (random.NextUniform() >= keep) data[i] = 0.0f;
  }
}

void FillPositiveUnitBall(Blob& blob, Random& random) {
  FillUniform(0, 1, blob, random);
  Require(blob.num_axes() >= 1 && blob.shape(0) > 0,
          "Expected a positive_unitball filler's blob to have rows but found shape ",
          ShapeString(blob.shape()));
  const int64_t row = blob.count() / blob.shape(0);
  float* data = blob.data().ReadWrite();
  for (int i = 0; i < blob.shape(0); ++i, data += row) {
    double sum = 0;
    for (int64_t j = 0; j < row; ++j) sum += data[j];
    for (int64_t j = 0; j < row; ++j) data[j] = static_cast<float>(data[j] / sum);
  }
}

// The weights of a deconvolution that upsamples by bilinear interpolation.
void FillBilinear(Blob& blob) {
  Require(blob.num_axes() == 4 && blob.shape(2) == blob.shape(3),
          "Expected a bilinear filler's blob to have 4 axes, the last two of the same length, but "
          "found "
          "shape ",
          ShapeString(blob.shape()));
  const int size = blob.shape(3);
  const int factor = (size + 1) / 2;
  const double center = (size - 1) / (2.0 * factor);
  float* data = blob.data().Write();
  for (int64_t i = 0; i < blob.count(); ++i) {
    const double x = static_cast<double>(i % size), y = static_cast<double>(i / size % size);
    data[i] = static_cast<float>((1 - std::fabs(x / factor - center)) *
                                 (1 - std::fabs(y / factor - center)));
  }
}

}  // namespace

void Fill(const caffe::FillerParameter& filler, Blob& blob, Random& random) {
  const std::string& type = filler.type();
  Require(filler.sparse() >= -1, "Expected sparse to be -1, for none, or more but found ",
          filler.sparse());
  Require(filler.sparse() == -1 || type == "gaussian",
          "Expected sparse only in a gaussian filler but found it in '", type, "'");
  if (type == "constant") {
    float* data = blob.data().Write();
    std::fill_n(data, blob.count(), filler.value());
  } else if (type == "uniform") {
    FillUniform(filler.min(), filler.max(), blob, random);
  } else if (type == "gaussian") {
    FillGaussian(filler.mean(), filler.std(), blob, random);
    if (filler.sparse() >= 0) MakeSparse(filler.sparse(), blob, random);
  } else if (type == "positive_unitball") {
    FillPositiveUnitBall(blob, random);
  } else if (type == "xavier") {
    const float scale = static_cast<float>(std::sqrt(3.0 / FanOf(filler, blob)));
    FillUniform(-scale, scale, blob, random);
  } else if (type == "msra") {
    FillGaussian(0, std::sqrt(2.0 / FanOf(filler, blob)), blob, random);
  } else if (type == "bilinear") {
    FillBilinear(blob);
  } else {
    throw Error(
        StrCat("Expected a filler type (constant, uniform, gaussian, positive_unitball, xavier, "
               "msra, bilinear)"
               " but found '",
               type, "'"));
  }
}

}  // namespace crema
