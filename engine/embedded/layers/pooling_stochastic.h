// Stochastic pooling of one plane in the plain layout. There is no padding.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_STOCHASTIC_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_STOCHASTIC_H_

#include <cstdint>

#include "engine/embedded/layers/pooling_planes.h"
#include "engine/shared/random.h"

namespace crema::pooling {

// Calls body(rows, columns) for each window, in the order of the outputs.
template <class Body>
void OverWindows(const Planes& p, const Body& body) {
  for (int y = 0; y < p.out_h; ++y) {
    const Span rows = p.RowsAt(y);
    for (int x = 0; x < p.out_w; ++x) {
      body(rows, p.ColumnsAt(x));
    }
  }
}

// Calls body(position) for each position of a window, row by row, until it returns true.
template <class Body>
void OverPositions(const Planes& p, const Span& rows, const Span& columns, const Body& body) {
  for (int h = rows.begin; h < rows.end; ++h) {
    for (int w = columns.begin; w < columns.end; ++w) {
      if (body(h * p.in_w + w)) return;
    }
  }
}

// `words` has one random word per output; `where` gets the position that was drawn: the first one
// up to which the values add up to the random part of their sum. If none does, as some are negative
// or not numbers, it is the last.
inline void DrawForward(const Planes& p, const float* in, const uint32_t* words, float* out,
                        int* where) {
  OverWindows(p, [&](const Span& rows, const Span& columns) {
    float sum = 0;
    OverPositions(p, rows, columns, [&](int at) {
      sum += in[at];
      return false;
    });
    // Above 0, so that no value of 0 is drawn before one that is more.
    const float threshold = (1.0f - Random::Uniform(*words++)) * sum;
    float so_far = 0;
    int drawn = 0;
    OverPositions(p, rows, columns, [&](int at) {
      so_far += in[at];
      drawn = at;
      return so_far >= threshold;
    });
    *where++ = drawn;
    *out++ = in[drawn];
  });
}

// The sum of x^2, divided by that of x; 0 if the latter is not above 0.
inline void WeightedForward(const Planes& p, const float* in, float* out) {
  OverWindows(p, [&](const Span& rows, const Span& columns) {
    float sum = 0, squares = 0;
    OverPositions(p, rows, columns, [&](int at) {
      sum += in[at];
      squares += in[at] * in[at];
      return false;
    });
    *out++ = sum > 0 ? squares / sum : 0.0f;
  });
}

// Adds to the gradient of the input: y = Q / S has the slope (2 x - y) / S.
inline void WeightedBackward(const Planes& p, const float* in, const float* out_diff,
                             float* in_diff) {
  OverWindows(p, [&](const Span& rows, const Span& columns) {
    const float diff = *out_diff++;
    float sum = 0, squares = 0;
    OverPositions(p, rows, columns, [&](int at) {
      sum += in[at];
      squares += in[at] * in[at];
      return false;
    });
    if (!(sum > 0)) return;
    const float y = squares / sum, scale = diff / sum;
    OverPositions(p, rows, columns, [&](int at) {
      in_diff[at] += scale * (2.0f * in[at] - y);
      return false;
    });
  });
}

}  // namespace crema::pooling

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_POOLING_STOCHASTIC_H_
