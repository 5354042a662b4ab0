// Vector math: images to columns and back.
#include <algorithm>

#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "engine/shared/ops/pieces.h"
#include "ffi/crema.h"

namespace {

using crema::Require;
using crema::ops::InParallel;
using crema::ops::kCheap;

// The sizes of a window and of its output, checked.
struct Way {
  explicit Way(const crema_window& w) : window(w) {
    Require(w.channels >= 0 && w.height >= 0 && w.width >= 0,
            "Expected an image with sizes of 0 or more but found ", w.channels, "x", w.height, "x",
            w.width);
    Require(w.kernel_height >= 1 && w.kernel_width >= 1 && w.stride_height >= 1 &&
                w.stride_width >= 1 && w.dilation_height >= 1 && w.dilation_width >= 1,
            "Expected kernel, stride and dilation to be 1 or more but found less");
    Require(w.pad_height >= 0 && w.pad_width >= 0, "Expected padding of 0 or more but found less");
    const auto out = [](int64_t size, int64_t kernel, int64_t stride, int64_t pad,
                        int64_t dilation) {
      const int64_t room = size + 2 * pad - (dilation * (kernel - 1) + 1);
      return room < 0 ? 0 : room / stride + 1;
    };
    out_height = out(w.height, w.kernel_height, w.stride_height, w.pad_height, w.dilation_height);
    out_width = out(w.width, w.kernel_width, w.stride_width, w.pad_width, w.dilation_width);
  }

  int64_t taps() const { return static_cast<int64_t>(window.kernel_height) * window.kernel_width; }
  int64_t column() const { return out_height * out_width; }

  crema_window window;
  int64_t out_height, out_width;
};

// The output columns first..last-1 whose tap `kx` lies within the image.
struct Run {
  int64_t first, last;
};

Run RunOf(const Way& way, int64_t kx) {
  const int64_t stride = way.window.stride_width;
  const int64_t shift = kx * way.window.dilation_width - way.window.pad_width;
  const int64_t first = shift < 0 ? (-shift + stride - 1) / stride : 0;
  const int64_t room = way.window.width - shift;
  const int64_t last = room <= 0 ? 0 : (room + stride - 1) / stride;
  return {std::min(first, way.out_width),
          std::clamp(last, std::min(first, way.out_width), way.out_width)};
}

// Calls body(offset in the columns, offset of the image row or -1 if outside, x shift, run) for
// each tap and output row of one channel.
template <class Body>
void OverRows(const Way& way, const Body& body) {
  const crema_window& w = way.window;
  for (int64_t ky = 0; ky < w.kernel_height; ++ky) {
    for (int64_t kx = 0; kx < w.kernel_width; ++kx) {
      const Run run = RunOf(way, kx);
      const int64_t tap = ky * w.kernel_width + kx;
      for (int64_t y = 0; y < way.out_height; ++y) {
        const int64_t row = y * w.stride_height + ky * w.dilation_height - w.pad_height;
        const bool inside = row >= 0 && row < w.height;
        body(tap * way.column() + y * way.out_width, inside ? row * w.width : -1,
             kx * w.dilation_width - w.pad_width, run);
      }
    }
  }
}

template <class Body>
crema_status OverChannels(const crema_window* window, const Body& body) {
  return crema::border::Guard([&] {
    const Way way(*window);
    InParallel(way.window.channels, way.taps() * way.column(), kCheap,
               [&](int64_t begin, int64_t end) {
                 for (int64_t c = begin; c < end; ++c) body(way, c);
               });
  });
}

}  // namespace

extern "C" {

crema_status crema_ops_im2col(const crema_window* window, const float* image, float* columns) {
  return OverChannels(window, [=](const Way& way, int64_t c) {
    const int64_t stride = way.window.stride_width;
    const float* from = image + c * way.window.height * way.window.width;
    float* to = columns + c * way.taps() * way.column();
    OverRows(way, [&](int64_t at, int64_t row, int64_t shift, Run run) {
      float* line = to + at;
      if (row < 0) {
        std::fill_n(line, way.out_width, 0.0f);
        return;
      }
      std::fill(line, line + run.first, 0.0f);
      const float* source = from + row;
      if (stride == 1) {
        std::copy(source + (run.first + shift), source + (run.last + shift), line + run.first);
      } else {
        for (int64_t x = run.first; x < run.last; ++x) line[x] = source[x * stride + shift];
      }
      std::fill(line + run.last, line + way.out_width, 0.0f);
    });
  });
}

crema_status crema_ops_col2im(const crema_window* window, const float* columns, float* image) {
  return OverChannels(window, [=](const Way& way, int64_t c) {
    const int64_t stride = way.window.stride_width;
    const int64_t size = static_cast<int64_t>(way.window.height) * way.window.width;
    float* to = image + c * size;
    const float* from = columns + c * way.taps() * way.column();
    std::fill_n(to, size, 0.0f);
    OverRows(way, [&](int64_t at, int64_t row, int64_t shift, Run run) {
      if (row < 0) return;
      const float* line = from + at;
      float* target = to + row;
      if (stride == 1) {
#pragma omp simd
        for (int64_t x = run.first; x < run.last; ++x) target[x + shift] += line[x];
      } else {
        for (int64_t x = run.first; x < run.last; ++x) target[x * stride + shift] += line[x];
      }
    });
  });
}

}  // extern "C"
