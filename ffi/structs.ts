/**
 * The structs of crema.h that TypeScript packs: each field with its C type and its offset in bytes.
 * tests/unit/ffi/structs_test.ts reads the header and fails when the two differ.
 *
 * `crema_host` is not among them: it holds nothing but function pointers, which `hostDeclarations` lists.
 */
export const structs = {
  crema_transform: {
    size: 40,
    fields: {
      channels: ["int32_t", 0],
      height: ["int32_t", 4],
      width: ["int32_t", 8],
      crop_height: ["int32_t", 12],
      crop_width: ["int32_t", 16],
      mean_count: ["int32_t", 20],
      mean: ["const float*", 24],
      scale: ["float", 32],
      floats: ["int32_t", 36],
    },
  },
  crema_gemm_batch: {
    size: 64,
    fields: {
      transpose_a: ["int32_t", 0],
      transpose_b: ["int32_t", 4],
      m: ["int32_t", 8],
      n: ["int32_t", 12],
      k: ["int32_t", 16],
      lda: ["int32_t", 20],
      ldb: ["int32_t", 24],
      ldc: ["int32_t", 28],
      outer: ["int32_t", 32],
      inner: ["int32_t", 36],
      a_outer_stride: ["int32_t", 40],
      a_inner_stride: ["int32_t", 44],
      b_outer_stride: ["int32_t", 48],
      b_inner_stride: ["int32_t", 52],
      c_outer_stride: ["int32_t", 56],
      c_inner_stride: ["int32_t", 60],
    },
  },
  crema_window: {
    size: 44,
    fields: {
      channels: ["int32_t", 0],
      height: ["int32_t", 4],
      width: ["int32_t", 8],
      kernel_height: ["int32_t", 12],
      kernel_width: ["int32_t", 16],
      stride_height: ["int32_t", 20],
      stride_width: ["int32_t", 24],
      pad_height: ["int32_t", 28],
      pad_width: ["int32_t", 32],
      dilation_height: ["int32_t", 36],
      dilation_width: ["int32_t", 40],
    },
  },
} as const;
