#include "engine/embedded/core/onednn.h"

#include <omp.h>

#include <optional>

#include "engine/shared/error.h"

namespace crema::onednn {

namespace {

struct Blocking {
  Dims strides;
  std::vector<int64_t> inner_blocks, inner_axes;
};

#if DNNL_VERSION_MAJOR >= 3
bool IsBlocked(const Desc& desc) {
  return desc.get_format_kind() == dnnl::memory::format_kind::blocked;
}
Dims PaddedDims(const Desc& desc) { return desc.get_padded_dims(); }
Blocking BlockingOf(const Desc& desc) {
  return {desc.get_strides(), desc.get_inner_blks(), desc.get_inner_idxs()};
}
#else
bool IsBlocked(const Desc& desc) { return desc.data.format_kind == dnnl_blocked; }
Dims PaddedDims(const Desc& desc) {
  return Dims(desc.data.padded_dims, desc.data.padded_dims + desc.data.ndims);
}
Blocking BlockingOf(const Desc& desc) {
  const auto& b = desc.data.format_desc.blocking;
  return {Dims(b.strides, b.strides + desc.data.ndims),
          std::vector<int64_t>(b.inner_blks, b.inner_blks + b.inner_nblks),
          std::vector<int64_t>(b.inner_idxs, b.inner_idxs + b.inner_nblks)};
}
#endif

// A product of fewer steps runs on the calling thread alone. It takes about 50 microseconds, of
// which a second thread would save half at best, and a sleeping thread takes at least as long to
// wake.
constexpr int64_t kSmallProduct = 3 << 19;

// A multiplication with an addition is one step. Reading a float counts as four, since products
// with a single row are bound by memory.
bool IsSmall(int64_t m, int64_t n, int64_t k) {
  return m * n * k + 4 * (m * k + k * n + m * n) < kSmallProduct;
}

// Makes the calling thread compute alone during its lifetime.
class OneThread {
 public:
  OneThread() : threads_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneThread() { omp_set_num_threads(threads_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int threads_;
};

// oneDNN counts the holes between taps; Caffe counts the distance between them.
Dims Holes(const Dims& dilations) {
  Dims holes = dilations;
  for (auto& d : holes) d -= 1;
  return holes;
}

Desc BiasDesc(const ConvolutionShape& shape) {
  return shape.bias.empty() ? Desc() : PlainDesc(shape.bias);
}

}  // namespace

const dnnl::engine& Cpu() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

dnnl::stream& Stream() {
  thread_local dnnl::stream stream(Cpu());
  return stream;
}

Desc PlainDesc(const Dims& dims) {
  Dims strides(dims.size());
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    strides[i] = stride;
    stride *= dims[i];
  }
  return Desc(dims, dnnl::memory::data_type::f32, strides);
}

std::optional<Desc> BlockedDesc(const Dims& dims, int block) {
  using Tag = dnnl::memory::format_tag;
  if (block != 8 && block != 16) return std::nullopt;
  const bool eight = block == 8;
  Tag tag;
  switch (dims.size()) {
    case 3:
      tag = eight ? Tag::aBc8b : Tag::aBc16b;
      break;
    case 4:
      tag = eight ? Tag::aBcd8b : Tag::aBcd16b;
      break;
    case 5:
      tag = eight ? Tag::aBcde8b : Tag::aBcde16b;
      break;
    default:
      return std::nullopt;
  }
  return Desc(dims, dnnl::memory::data_type::f32, tag);
}

Desc AnyDesc(const Dims& dims) {
  return Desc(dims, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any);
}

Dims DimsOf(const Desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
  return desc.get_dims();
#else
  return desc.dims();
#endif
}

bool IsPlain(const Desc& desc) {
  if (!IsBlocked(desc)) return false;
  const Blocking blocking = BlockingOf(desc);
  const Dims dims = DimsOf(desc);
  if (!blocking.inner_blocks.empty() || PaddedDims(desc) != dims) return false;
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0;) {
    if (dims[i] != 1 && blocking.strides[i] != stride) return false;
    stride *= dims[i];
  }
  return true;
}

int ChannelBlock(const Desc& desc) {
  if (IsPlain(desc)) return 1;
  if (!IsBlocked(desc)) return 0;
  const Blocking blocking = BlockingOf(desc);
  if (blocking.inner_blocks.size() != 1 || blocking.inner_axes[0] != 1) return 0;
  const Dims padded = PaddedDims(desc);
  const Dims dims = DimsOf(desc);
  const int64_t block = blocking.inner_blocks[0];
  int64_t stride = block;
  for (size_t i = dims.size(); i-- > 0;) {
    if (i != 1 && padded[i] != dims[i]) return 0;
    if (blocking.strides[i] != stride && padded[i] != 1) return 0;
    stride *= i == 1 ? padded[i] / block : padded[i];
  }
  return static_cast<int>(block);
}

int64_t PaddedCount(const Desc& desc) {
  return static_cast<int64_t>(desc.get_size() / sizeof(float));
}

int64_t& ReorderedValues() {
  thread_local int64_t values = 0;
  return values;
}

void Reorder(const Desc& from_desc, const float* from, const Desc& to_desc, float* to) {
  ReorderedValues() += PaddedCount(to_desc);
  // oneDNN has no const memory, but a reorder only reads its source.
  dnnl::memory source(from_desc, Cpu(), const_cast<float*>(from));
  dnnl::memory target(to_desc, Cpu(), to);
  dnnl::reorder(source, target).execute(Stream(), source, target);
  Stream().wait();
}

dnnl::convolution_forward::primitive_desc ConvolutionForward(const ConvolutionShape& shape,
                                                             const Desc& src, const Desc& weights,
                                                             const Desc& dst) {
  const auto kind = dnnl::prop_kind::forward_training;
  const auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {Cpu(),
          kind,
          algorithm,
          src,
          weights,
          BiasDesc(shape),
          dst,
          shape.strides,
          Holes(shape.dilations),
          shape.padding_left,
          shape.padding_right};
#else
  return {{kind, algorithm, src, weights, BiasDesc(shape), dst, shape.strides,
           Holes(shape.dilations), shape.padding_left, shape.padding_right},
          Cpu()};
#endif
}

dnnl::convolution_backward_data::primitive_desc ConvolutionBackwardData(
    const ConvolutionShape& shape, const Desc& diff_src, const Desc& weights, const Desc& diff_dst,
    const dnnl::convolution_forward::primitive_desc& hint) {
  const auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {Cpu(),
          algorithm,
          diff_src,
          weights,
          diff_dst,
          shape.strides,
          Holes(shape.dilations),
          shape.padding_left,
          shape.padding_right,
          hint};
#else
  return {{algorithm, diff_src, weights, diff_dst, shape.strides, Holes(shape.dilations),
           shape.padding_left, shape.padding_right},
          Cpu(),
          hint};
#endif
}

dnnl::convolution_backward_weights::primitive_desc ConvolutionBackwardWeights(
    const ConvolutionShape& shape, const Desc& src, const Desc& diff_weights, const Desc& diff_dst,
    const dnnl::convolution_forward::primitive_desc& hint) {
  const auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {Cpu(),
          algorithm,
          src,
          diff_weights,
          BiasDesc(shape),
          diff_dst,
          shape.strides,
          Holes(shape.dilations),
          shape.padding_left,
          shape.padding_right,
          hint};
#else
  return {{algorithm, src, diff_weights, BiasDesc(shape), diff_dst, shape.strides,
           Holes(shape.dilations), shape.padding_left, shape.padding_right},
          Cpu(),
          hint};
#endif
}

std::string Version() {
  const dnnl_version_t* v = dnnl_version();
  return StrCat(v->major, ".", v->minor, ".", v->patch);
}

std::string InstructionSet() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "SSE4.1";
    case dnnl::cpu_isa::avx:
      return "AVX";
    case dnnl::cpu_isa::avx2:
      return "AVX2";
    case dnnl::cpu_isa::avx2_vnni:
      return "AVX2-VNNI";
    case dnnl::cpu_isa::avx512_core:
      return "AVX512";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "AVX512-VNNI";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "AVX512-BF16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "AMX";
    default:
      return "generic";
  }
}

int VectorLanes() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return 4;
    case dnnl::cpu_isa::avx:
    case dnnl::cpu_isa::avx2:
    case dnnl::cpu_isa::avx2_vnni:
      return 8;
    default:
      return 16;
  }
}

void Gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k, float alpha,
          const float* a, int64_t lda, const float* b, int64_t ldb, float beta, float* c,
          int64_t ldc) {
  std::optional<OneThread> alone;
  if (IsSmall(m, n, k)) alone.emplace();
  const dnnl_status_t status = dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k,
                                          alpha, a, lda, b, ldb, beta, c, ldc);
  if (status != dnnl_success) {
    throw Error(StrCat("Expected a matrix product ", m, "x", k, "x", n,
                       " to run but oneDNN answered ", status),
                CREMA_INTERNAL);
  }
}

}  // namespace crema::onednn
