// Padding as Synopsys' Caffe has it: another one at each edge, or as much as TensorFlow's "SAME".
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_EDGE_PADS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_EDGE_PADS_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "engine/shared/error.h"

namespace crema {

// The padding before and behind one axis.
struct EdgePads {
  int before, behind;
};

// The padding of the rows and of the columns by pad_t and pad_b, pad_l and pad_r; nothing if they
// are all 0, since then `pad` holds. `padded`: whether pad, pad_h or pad_w says something. Throws
// Error if that is so too, or if a pad is negative or larger than `most`.
template <class Param>
std::optional<std::array<EdgePads, 2>> EdgePadsOf(const Param& param, bool padded, int most) {
  const std::array<int64_t, 4> pads = {param.pad_t(), param.pad_b(), param.pad_l(), param.pad_r()};
  if (std::all_of(pads.begin(), pads.end(), [](int64_t pad) { return pad == 0; })) return {};
  Require(!padded,
          "Expected either pad (or pad_h and pad_w) or pad_l, pad_r, pad_t and pad_b but found "
          "both");
  for (const int64_t pad : pads) {
    Require(pad >= 0 && pad <= most, "Expected pad_l, pad_r, pad_t and pad_b from 0 to ", most,
            " but found ", pad);
  }
  const auto at = [&](size_t i) { return static_cast<int>(pads[i]); };
  return std::array<EdgePads, 2>{{{at(0), at(1)}, {at(2), at(3)}}};
}

// Whether pad_type asks for the "SAME" padding. `padded`: whether another field gives the padding.
// Throws Error if that is so too, or if there is no such type.
template <class Param>
bool PadsToSame(const Param& param, bool padded) {
  Require(param.pad_type() <= 1,
          "Expected a pad_type of 0 (by pad) or 1 (as much as the stride "
          "needs) but found ",
          param.pad_type());
  Require(param.pad_type() == 0 || !padded, "Expected either a pad or pad_type: 1 but found both");
  return param.pad_type() == 1;
}

// The length of an axis after "SAME" padding: one position for each stride that begins.
inline int SameLength(int input, int stride) { return (input + stride - 1) / stride; }

// The padding that gives it, the odd one behind. A dilation does not count in it.
inline EdgePads SamePads(int input, int kernel, int stride) {
  const int rest = input % stride;
  const int along = std::max(kernel - (rest == 0 ? stride : rest), 0);
  return {along / 2, along - along / 2};
}

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_EDGE_PADS_H_
