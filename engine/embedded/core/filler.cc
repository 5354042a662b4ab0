#include "engine/embedded/core/filler.h"

#include <algorithm>
#include <cmath>

#include "engine/embedded/core/wide_each.h"
#include "engine/shared/error.h"
#include "engine/shared/parallel.h"
#include "engine/shared/vector_random.h"

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

// Sets the values in pieces: of_words(count, words, values) makes so many values from as many
// random words, where count is a multiple of 4. It may read the values before. The result does not
// depend on the number of threads.
template <class OfWords>
void FillFromWords(int64_t count, float* data, Random& random, const OfWords& of_words) {
  const int64_t blocks = (count + 3) / 4;
  const uint64_t first = random.Take(static_cast<uint64_t>(blocks));
  ParallelFor(blocks, kCheapGrain / 4, [&](int64_t begin, int64_t end) {
    constexpr int64_t kBlocks = 256;
    uint32_t words[4 * kBlocks];
    float values[4 * kBlocks];
    for (int64_t block = begin; block < end; block += kBlocks) {
      const int64_t here = std::min(kBlocks, end - block), at = 4 * block;
      random.Blocks(first + static_cast<uint64_t>(block), here, words);
      if (at + 4 * here <= count) {
        of_words(4 * here, words, data + at);
      } else {
        std::copy(data + at, data + count, values);
        std::fill(values + (count - at), values + 4 * here, 0.0f);
        of_words(4 * here, words, values);
        std::copy_n(values, count - at, data + at);
      }
    }
  });
}

void FillUniform(float low, float high, Blob& blob, Random& random) {
  Require(low <= high, "Expected a uniform filler's min to be at most its max but found ", low,
          " and ", high);
  const float range = high - low;
  FillFromWords(blob.count(), blob.data().Write(), random,
                [low, range](int64_t count, const uint32_t* words, float* values) {
                  WideEach(count, values,
                           [=](int64_t i) { return low + range * VectorUniform(words[i]); });
                });
}

CREMA_FOR_ALL_PROCESSORS void Gaussians(int64_t count, const uint32_t* words, float mean, float std,
                                        float* values) {
#pragma omp simd
  for (int64_t i = 0; i < count / 2; ++i) {
    const GaussianPair pair = VectorGaussians(words[2 * i], words[2 * i + 1]);
    values[2 * i] = mean + std * pair.first;
    values[2 * i + 1] = mean + std * pair.second;
  }
}

void FillGaussian(double mean, double std, Blob& blob, Random& random) {
  Require(std > 0, "Expected a gaussian filler's std to be above 0 but found ", std,
          ": for equal values, use a constant filler");
  const auto center = static_cast<float>(mean), deviation = static_cast<float>(std);
  FillFromWords(blob.count(), blob.data().Write(), random,
                [=](int64_t count, const uint32_t* words, float* values) {
                  Gaussians(count, words, center, deviation, values);
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
  FillFromWords(blob.count(), blob.data().ReadWrite(), random,
                [keep](int64_t count, const uint32_t* words, float* values) {
                  WideEach(count, values, [=](int64_t i) {
                    return VectorUniform(words[i]) >= keep ? 0.0f : values[i];
                  });
                });
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
