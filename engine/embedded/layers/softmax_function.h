#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_SOFTMAX_FUNCTION_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_SOFTMAX_FUNCTION_H_

#include <cstdint>

namespace crema {

// Plain memory as (outer, channels, inner). The softmax goes over the channels.
struct SoftmaxView {
  int64_t outer, channels, inner;
};

// out = exp(in) / sum of exp(in). `in` and `out` may be the same.
void SoftmaxForward(const SoftmaxView& view, const float* in, float* out);
// in_diff = (out_diff - <out_diff, out>) out. The diffs may be the same.
void SoftmaxBackward(const SoftmaxView& view, const float* out, const float* out_diff,
                     float* in_diff);

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_SOFTMAX_FUNCTION_H_
