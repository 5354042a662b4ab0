#include "engine/shared/transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/shared/error.h"

namespace crema {
namespace {

// One value of the output, by the formula.
float Expected(const crema_transform& t, const std::vector<float>& record, int c, int y, int x,
               int top, int left, bool mirror) {
  const int columns = t.crop_width == 0 ? t.width : t.crop_width;
  const int at = (c * t.height + top + y) * t.width + left + (mirror ? columns - 1 - x : x);
  float mean = 0;
  if (t.mean_count == 1) {
    mean = t.mean[0];
  } else if (t.mean_count == t.channels) {
    mean = t.mean[c];
  } else if (t.mean_count > 0) {
    mean = t.mean[at];
  }
  return (record[static_cast<size_t>(at)] - mean) * t.scale;
}

// Buffers have the exact size, so that AddressSanitizer detects any access beyond them.
void CheckBatch(int channels, int height, int width, int crop, int mean_count, bool floats,
                bool mirrored, std::mt19937& random) {
  constexpr int kNum = 3;
  const int rows = crop == 0 ? height : crop;
  const int columns = crop == 0 ? width : crop;
  const auto size = static_cast<size_t>(channels * height * width);
  const auto window = static_cast<size_t>(channels * rows * columns);
  std::vector<float> mean(static_cast<size_t>(mean_count));
  for (float& value : mean) value = static_cast<float>(random() % 256);
  crema_transform t = {channels,   height,      width,   crop,          crop,
                       mean_count, mean.data(), 0.0125F, floats ? 1 : 0};
  std::vector<std::vector<float>> records(kNum, std::vector<float>(size));
  std::vector<uint8_t> bytes;
  std::vector<float> values;
  std::vector<int32_t> offsets;
  std::vector<uint8_t> mirror;
  for (auto& record : records) {
    for (float& value : record) {
      const auto byte = static_cast<uint8_t>(random());
      value = byte;
      bytes.push_back(byte);
      values.push_back(byte);
    }
    offsets.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(height - rows + 1)));
    offsets.push_back(static_cast<int32_t>(random() % static_cast<unsigned>(width - columns + 1)));
    mirror.push_back(static_cast<uint8_t>(random() % 2));
  }
  std::vector<float> out(kNum * window);
  const auto* data = floats ? reinterpret_cast<const uint8_t*>(values.data()) : bytes.data();
  TransformBatch(t, kNum, data, crop == 0 ? nullptr : offsets.data(),
                 mirrored ? mirror.data() : nullptr, out.data());

  size_t at = 0;
  for (size_t n = 0; n < kNum; ++n) {
    const int top = crop == 0 ? 0 : offsets[2 * n];
    const int left = crop == 0 ? 0 : offsets[2 * n + 1];
    for (int c = 0; c < channels; ++c) {
      for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x, ++at) {
          ASSERT_EQ(out[at],
                    Expected(t, records[n], c, y, x, top, left, mirrored && mirror[n] != 0));
        }
      }
    }
  }
}

TEST(TransformBatch, EqualsTheFormula) {
  std::mt19937 random(1);
  for (const auto [channels, height, width] :
       {std::array{1, 1, 1}, {1, 28, 28}, {3, 7, 33}, {4, 17, 5}}) {
    for (const int crop : {0, 1, std::min(height, width)}) {
      for (const int mean : {0, 1, channels, channels * height * width}) {
        for (const int kind : {0, 1, 2, 3}) {
          CheckBatch(channels, height, width, crop, mean, (kind & 1) != 0, (kind & 2) != 0, random);
        }
      }
    }
  }
}

std::string Failure(const crema_transform& t, const int32_t* offsets = nullptr, int num = 1) {
  std::vector<uint8_t> records(48);
  std::vector<float> out(48);
  try {
    TransformBatch(t, num, records.data(), offsets, nullptr, out.data());
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(TransformBatch, RefusesWhatMakesNoSense) {
  const float mean[48] = {};
  const int32_t zero[2] = {0, 0};
  const int32_t low[2] = {3, 0};
  const int32_t negative[2] = {0, -1};
  const int32_t huge[2] = {0, std::numeric_limits<int32_t>::max()};
  constexpr int kMax = std::numeric_limits<int32_t>::max();
  EXPECT_EQ(Failure({3, 4, 4, 0, 0, 0, nullptr, 1, 0}), "no error");
  EXPECT_EQ(Failure({3, 4, 4, 2, 2, 3, mean, 1, 0}, zero), "no error");
  EXPECT_EQ(Failure({0, 4, 4, 0, 0, 0, nullptr, 1, 0}),
            "Expected records of at least 1x1x1 but found 0x4x4");
  EXPECT_NE(Failure({kMax, kMax, kMax, 0, 0, 0, nullptr, 1, 0}).find("fewer than 2^31"),
            std::string::npos);
  EXPECT_EQ(Failure({3, 4, 4, 5, 4, 0, nullptr, 1, 0}, zero),
            "Expected a crop within records of 3x4x4 but found 5x4");
  EXPECT_EQ(Failure({3, 4, 4, 2, 0, 0, nullptr, 1, 0}, zero),
            "Expected a crop within records of 3x4x4 but found 2x0");
  EXPECT_EQ(Failure({3, 4, 4, 0, 0, 2, mean, 1, 0}),
            "Expected 0, 1, 3 or 48 mean values but found 2");
  EXPECT_EQ(Failure({3, 4, 4, 0, 0, 1, nullptr, 1, 0}), "Expected mean values but found none");
  EXPECT_EQ(Failure({3, 4, 4, 2, 2, 0, nullptr, 1, 0}),
            "Expected the windows of a crop but found none");
  EXPECT_EQ(Failure({3, 4, 4, 2, 2, 0, nullptr, 1, 0}, low),
            "Expected a window within the record but found one at (3, 0)");
  EXPECT_EQ(Failure({3, 4, 4, 2, 2, 0, nullptr, 1, 0}, negative),
            "Expected a window within the record but found one at (0, -1)");
  EXPECT_NE(Failure({3, 4, 4, 2, 2, 0, nullptr, 1, 0}, huge).find("within the record"),
            std::string::npos);
  EXPECT_EQ(Failure({3, 4, 4, 0, 0, 0, nullptr, 1, 0}, nullptr, -1),
            "Expected 0 or more records but found -1");
  EXPECT_EQ(Failure({3, 4, 4, 0, 0, 0, nullptr, 1, 0}, nullptr, 0), "no error");
}

}  // namespace
}  // namespace crema
