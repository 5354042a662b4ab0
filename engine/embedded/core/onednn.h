// One set of names for oneDNN 2.x and 3.x: only this file and onednn.cc know which of them is in
// use.
#ifndef CREMA_ENGINE_EMBEDDED_CORE_ONEDNN_H_
#define CREMA_ENGINE_EMBEDDED_CORE_ONEDNN_H_

#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <string>
#include <vector>

namespace crema::onednn {

using Dims = dnnl::memory::dims;
using Desc = dnnl::memory::desc;

// The CPU, which has no state.
const dnnl::engine& Cpu();
// The calling thread's stream.
dnnl::stream& Stream();

// f32, contiguous, last axis fastest.
Desc PlainDesc(const Dims& dims);
// f32, nC..Bc: channels (axis 1) in blocks of 8 or 16, padded with zeros. Null for other block
// sizes, or unless there are 3 to 5 axes.
std::optional<Desc> BlockedDesc(const Dims& dims, int block);
// f32, in whatever layout the primitive chooses.
Desc AnyDesc(const Dims& dims);
// Whether `desc` is contiguous, last axis fastest, without padding.
bool IsPlain(const Desc& desc);
// The block size of channels (axis 1) in nC..Bc layouts: 8, 16, ...; 1 for the plain layout, 0 for
// all others.
int ChannelBlock(const Desc& desc);
Dims DimsOf(const Desc& desc);
// The number of floats in memory of this layout, including padding.
int64_t PaddedCount(const Desc& desc);

// Copies `from`, whose layout is from_desc, to `to`, whose layout is to_desc, and adds the number
// of values to ReorderedValues.
void Reorder(const Desc& from_desc, const float* from, const Desc& to_desc, float* to);

// The values that the calling thread has reordered.
int64_t& ReorderedValues();

struct ConvolutionShape {
  Dims src, weights, bias, dst;                          // bias empty: none
  Dims strides, dilations, padding_left, padding_right;  // dilation 1: dense
};

// The three passes. A layout that is AnyDesc is chosen by the primitive; any other must be used as
// it is. They throw dnnl::error.
dnnl::convolution_forward::primitive_desc ConvolutionForward(const ConvolutionShape& shape,
                                                             const Desc& src, const Desc& weights,
                                                             const Desc& dst);
dnnl::convolution_backward_data::primitive_desc ConvolutionBackwardData(
    const ConvolutionShape& shape, const Desc& diff_src, const Desc& weights, const Desc& diff_dst,
    const dnnl::convolution_forward::primitive_desc& hint);
dnnl::convolution_backward_weights::primitive_desc ConvolutionBackwardWeights(
    const ConvolutionShape& shape, const Desc& src, const Desc& diff_weights, const Desc& diff_dst,
    const dnnl::convolution_forward::primitive_desc& hint);

// "2.6.3"
std::string Version();
// The widest instruction set that oneDNN uses here, such as "AVX2".
std::string InstructionSet();
// The number of floats in the widest vector that oneDNN uses here, which is the size of the channel
// blocks that it prefers.
int VectorLanes();

// C = alpha * op(A) * op(B) + beta * C, row-major; A is m x k, B is k x n after op. Throws Error.
void Gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
          int64_t ldc);

}  // namespace crema::onednn

#endif  // CREMA_ENGINE_EMBEDDED_CORE_ONEDNN_H_
