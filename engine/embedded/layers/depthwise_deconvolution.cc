#include "engine/embedded/layers/depthwise_deconvolution.h"

#include <algorithm>

#include "engine/shared/parallel.h"

namespace crema {

namespace {

// to[i] += factor * from[i].
void AddScaled(int64_t n, float factor, const float* __restrict from, float* __restrict to) {
#pragma omp simd
  for (int64_t i = 0; i < n; ++i) to[i] += factor * from[i];
}

float Dot(int64_t n, const float* a, const float* b) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

int ThreadNumber() { return omp_in_parallel() ? omp_get_thread_num() : 0; }

}  // namespace

bool DepthwiseDeconvolution::Suits(const ConvolutionGeometry& geometry, const Blob& bottom,
                                   const Blob& top) {
  return geometry.kernel.size() == 2 && geometry.groups == bottom.shape(geometry.channel_axis) &&
         geometry.groups == top.shape(geometry.channel_axis);
}

DepthwiseDeconvolution::DepthwiseDeconvolution(const ConvolutionGeometry& g, const Blob& bottom,
                                               const Blob& top)
    : images_(static_cast<int>(bottom.count(0, g.channel_axis))),
      channels_(g.groups),
      in_h_(bottom.shape(g.channel_axis + 1)),
      in_w_(bottom.shape(g.channel_axis + 2)),
      out_h_(top.shape(g.channel_axis + 1)),
      out_w_(top.shape(g.channel_axis + 2)),
      kernel_h_(g.kernel[0]),
      kernel_w_(g.kernel[1]),
      stride_h_(g.stride[0]),
      stride_w_(g.stride[1]),
      pad_h_(g.pad[0]),
      pad_w_(g.pad[1]),
      dilation_h_(g.dilation[0]),
      dilation_w_(g.dilation[1]),
      phase_w_(in_w_ + dilation_w_ * (kernel_w_ - 1) / stride_w_) {}

void DepthwiseDeconvolution::Prepare(int64_t floats) {
  scratch_size_ = (floats + 15) / 16 * 16;
  scratch_.Reserve(scratch_size_ * (omp_in_parallel() ? 1 : omp_get_max_threads()));
}

void DepthwiseDeconvolution::TakeApart(const float* row, float* phases) const {
  for (int r = 0; r < stride_w_; ++r, phases += phase_w_) {
    // Column q of the phase is column q * stride + first of the row.
    const int first = r - pad_w_;
    const int begin = first >= 0 ? 0 : std::min((-first + stride_w_ - 1) / stride_w_, phase_w_);
    const int end =
        first >= out_w_ ? begin : std::clamp((out_w_ - 1 - first) / stride_w_ + 1, begin, phase_w_);
    std::fill_n(phases, begin, 0.0f);
    for (int q = begin; q < end; ++q) phases[q] = row[q * stride_w_ + first];
    std::fill(phases + end, phases + phase_w_, 0.0f);
  }
}

void DepthwiseDeconvolution::PutTogether(const float* phases, float* row) const {
  if (stride_w_ == 2) {
    // Two phases side by side, which the compiler can interleave.
    const float *even = phases, *odd = phases + phase_w_;
    const int shift = pad_w_ / 2;
    int x = 0;
    if (pad_w_ % 2 == 1) row[x++] = odd[shift];
    const int start = x == 0 ? shift : shift + 1;
    const int pairs = (out_w_ - x) / 2;
#pragma omp simd
    for (int i = 0; i < pairs; ++i) {
      row[x + 2 * i] = even[start + i];
      row[x + 2 * i + 1] = odd[start + i];
    }
    if ((out_w_ - x) % 2 == 1) row[out_w_ - 1] = even[start + pairs];
    return;
  }
  int q = pad_w_ / stride_w_, r = pad_w_ % stride_w_;
  for (int x = 0; x < out_w_; ++x) {
    row[x] = phases[static_cast<int64_t>(r) * phase_w_ + q];
    if (++r == stride_w_) {
      r = 0;
      ++q;
    }
  }
}

void DepthwiseDeconvolution::Forward(const float* in, const float* weights, float* out) {
  Prepare(row_size());
  ParallelFor(int64_t{images_} * channels_, std::max<int64_t>(1, kCheapGrain / out_plane()),
              [&](int64_t first, int64_t last) {
                float* phases = Scratch(ThreadNumber());
                for (int64_t plane = first; plane < last; ++plane) {
                  const float* from = in + plane * in_plane();
                  const float* kernel = weights + plane % channels_ * taps();
                  float* to = out + plane * out_plane();
                  for (int row = 0; row < out_h_; ++row, to += out_w_) {
                    std::fill_n(phases, row_size(), 0.0f);
                    for (int ky = 0; ky < kernel_h_; ++ky) {
                      // The row of the small plane from which this tap reaches the row, if any.
                      const int distance = row + pad_h_ - ky * dilation_h_;
                      if (distance < 0 || distance % stride_h_ != 0) continue;
                      const int y = distance / stride_h_;
                      if (y >= in_h_) continue;
                      for (int kx = 0; kx < kernel_w_; ++kx) {
                        AddScaled(in_w_, kernel[ky * kernel_w_ + kx],
                                  from + static_cast<int64_t>(y) * in_w_, phases + ColumnAt(kx));
                      }
                    }
                    PutTogether(phases, to);
                  }
                }
              });
}

void DepthwiseDeconvolution::BackwardData(const float* out_diff, const float* weights,
                                          float* in_diff) {
  Prepare(row_size() * out_h_);
  ParallelFor(int64_t{images_} * channels_, std::max<int64_t>(1, kCheapGrain / out_plane()),
              [&](int64_t first, int64_t last) {
                float* phases = Scratch(ThreadNumber());
                for (int64_t plane = first; plane < last; ++plane) {
                  const float* from = out_diff + plane * out_plane();
                  for (int row = 0; row < out_h_; ++row) {
                    TakeApart(from + static_cast<int64_t>(row) * out_w_, phases + row * row_size());
                  }
                  const float* kernel = weights + plane % channels_ * taps();
                  float* to = in_diff + plane * in_plane();
                  std::fill_n(to, in_plane(), 0.0f);
                  for (int y = 0; y < in_h_; ++y, to += in_w_) {
                    for (int ky = 0; ky < kernel_h_; ++ky) {
                      const int row = RowAt(y, ky);
                      if (row < 0 || row >= out_h_) continue;
                      for (int kx = 0; kx < kernel_w_; ++kx) {
                        AddScaled(in_w_, kernel[ky * kernel_w_ + kx],
                                  phases + row * row_size() + ColumnAt(kx), to);
                      }
                    }
                  }
                }
              });
}

void DepthwiseDeconvolution::BackwardWeights(const float* in, const float* out_diff,
                                             float* weights_diff) {
  Prepare(row_size() * out_h_);
  // One channel is the work of one thread, so that its sums do not depend on the threads.
  ParallelFor(channels_, 1, [&](int64_t first, int64_t last) {
    float* phases = Scratch(ThreadNumber());
    for (int64_t channel = first; channel < last; ++channel) {
      float* sums = weights_diff + channel * taps();
      for (int64_t image = 0; image < images_; ++image) {
        const int64_t plane = image * channels_ + channel;
        const float* from = out_diff + plane * out_plane();
        for (int row = 0; row < out_h_; ++row) {
          TakeApart(from + static_cast<int64_t>(row) * out_w_, phases + row * row_size());
        }
        const float* values = in + plane * in_plane();
        for (int ky = 0; ky < kernel_h_; ++ky) {
          for (int kx = 0; kx < kernel_w_; ++kx) {
            float sum = 0;
            for (int y = 0; y < in_h_; ++y) {
              const int row = RowAt(y, ky);
              if (row < 0 || row >= out_h_) continue;
              sum += Dot(in_w_, values + static_cast<int64_t>(y) * in_w_,
                         phases + row * row_size() + ColumnAt(kx));
            }
            sums[ky * kernel_w_ + kx] += sum;
          }
        }
      }
    }
  });
}

}  // namespace crema
