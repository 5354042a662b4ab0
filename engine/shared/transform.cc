#include "engine/shared/transform.h"

#include <cstddef>
#include <limits>
#include <string>

#include "engine/shared/error.h"

namespace crema {
namespace {

// The sizes of a record and of the window that is cut out of it.
struct Geometry {
  size_t channels, height, width;  // of a record
  size_t rows, columns;            // of the window

  size_t record() const { return channels * height * width; }
  size_t window() const { return channels * rows * columns; }
};

[[noreturn]] void Fail(const std::string& message) { throw Error(message); }

std::string Shape(int channels, int height, int width) {
  return std::to_string(channels) + "x" + std::to_string(height) + "x" + std::to_string(width);
}

Geometry Check(const crema_transform& t) {
  const std::string shape = Shape(t.channels, t.height, t.width);
  if (t.channels < 1 || t.height < 1 || t.width < 1) {
    Fail("Expected records of at least 1x1x1 but found " + shape);
  }
  const int64_t plane = int64_t{t.height} * t.width;
  if (plane > std::numeric_limits<int32_t>::max() / t.channels) {
    Fail("Expected records of fewer than 2^31 values but found " + shape);
  }
  const bool whole = t.crop_height == 0 && t.crop_width == 0;
  if (!whole && (t.crop_height < 1 || t.crop_width < 1 || t.crop_height > t.height ||
                 t.crop_width > t.width)) {
    Fail("Expected a crop within records of " + shape + " but found " +
         std::to_string(t.crop_height) + "x" + std::to_string(t.crop_width));
  }
  if (t.mean_count != 0 && t.mean_count != 1 && t.mean_count != t.channels &&
      t.mean_count != plane * t.channels) {
    Fail("Expected 0, 1, " + std::to_string(t.channels) + " or " +
         std::to_string(plane * t.channels) + " mean values but found " +
         std::to_string(t.mean_count));
  }
  if (t.mean_count != 0 && t.mean == nullptr) Fail("Expected mean values but found none");
  return Geometry{static_cast<size_t>(t.channels), static_cast<size_t>(t.height),
                  static_cast<size_t>(t.width),
                  static_cast<size_t>(whole ? t.height : t.crop_height),
                  static_cast<size_t>(whole ? t.width : t.crop_width)};
}

// The loops below are simple enough for the compiler to vectorize.

template <typename T>
void Row(const T* __restrict in, float mean, float scale, size_t count, float* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = (static_cast<float>(in[i]) - mean) * scale;
}

template <typename T>
void Row(const T* __restrict in, const float* __restrict mean, float scale, size_t count,
         float* __restrict out) {
  for (size_t i = 0; i < count; ++i) out[i] = (static_cast<float>(in[i]) - mean[i]) * scale;
}

template <typename T>
void MirroredRow(const T* __restrict in, float mean, float scale, size_t count,
                 float* __restrict out) {
  for (size_t i = 0; i < count; ++i) {
    out[i] = (static_cast<float>(in[count - 1 - i]) - mean) * scale;
  }
}

template <typename T>
void MirroredRow(const T* __restrict in, const float* __restrict mean, float scale, size_t count,
                 float* __restrict out) {
  for (size_t i = 0; i < count; ++i) {
    out[i] = (static_cast<float>(in[count - 1 - i]) - mean[count - 1 - i]) * scale;
  }
}

// One record: every row of the window, minus the mean of its channel or of each pixel.
template <typename T>
void Record(const crema_transform& t, const Geometry& g, const T* in, size_t top, size_t left,
            bool mirror, float* out) {
  const bool image_mean = t.mean_count > 1 && t.mean_count != t.channels;
  // A whole record that is not mirrored has one long row per channel.
  const bool plane = !mirror && g.rows == g.height && g.columns == g.width;
  const size_t rows = plane ? 1 : g.rows;
  const size_t count = plane ? g.rows * g.columns : g.columns;
  for (size_t c = 0; c < g.channels; ++c) {
    const float mean = t.mean_count == 0 ? 0.0F : t.mean[t.mean_count == 1 ? 0 : c];
    for (size_t y = 0; y < rows; ++y, out += count) {
      const size_t at = (c * g.height + top + y) * g.width + left;
      if (image_mean) {
        mirror ? MirroredRow(in + at, t.mean + at, t.scale, count, out)
               : Row(in + at, t.mean + at, t.scale, count, out);
      } else {
        mirror ? MirroredRow(in + at, mean, t.scale, count, out)
               : Row(in + at, mean, t.scale, count, out);
      }
    }
  }
}

template <typename T>
void Batch(const crema_transform& t, const Geometry& g, int num, const T* records,
           const int32_t* offsets, const uint8_t* mirror, float* out) {
  for (int n = 0; n < num; ++n) {
    const auto top = offsets == nullptr ? 0 : static_cast<size_t>(offsets[2 * n]);
    const auto left = offsets == nullptr ? 0 : static_cast<size_t>(offsets[2 * n + 1]);
    const auto at = static_cast<size_t>(n);
    Record(t, g, records + at * g.record(), top, left, mirror != nullptr && mirror[n] != 0,
           out + at * g.window());
  }
}

}  // namespace

void TransformBatch(const crema_transform& transform, int num, const uint8_t* records,
                    const int32_t* offsets, const uint8_t* mirror, float* out) {
  const Geometry g = Check(transform);
  if (num < 0) Fail("Expected 0 or more records but found " + std::to_string(num));
  if (num > 0 && (records == nullptr || out == nullptr)) {
    Fail("Expected records and room for the batch but found a null pointer");
  }
  const bool crop = g.rows != g.height || g.columns != g.width;
  if (crop && offsets == nullptr) Fail("Expected the windows of a crop but found none");
  for (int n = 0; offsets != nullptr && n < num; ++n) {
    const int64_t top = offsets[2 * n];
    const int64_t left = offsets[2 * n + 1];
    if (top < 0 || left < 0 || top + static_cast<int64_t>(g.rows) > transform.height ||
        left + static_cast<int64_t>(g.columns) > transform.width) {
      Fail("Expected a window within the record but found one at (" + std::to_string(top) + ", " +
           std::to_string(left) + ")");
    }
  }
  if (transform.floats != 0) {
    Batch(transform, g, num, reinterpret_cast<const float*>(records), offsets, mirror, out);
  } else {
    Batch(transform, g, num, records, offsets, mirror, out);
  }
}

}  // namespace crema
