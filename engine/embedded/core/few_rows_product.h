#ifndef CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_
#define CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_

#include <cstdint>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/packed_matrix.h"

namespace crema {

struct PackedKernel;

// y = x * w^T, y += x * w^T or y = x * w, for a matrix x of few rows and a large one, w. Libraries
// bring the right matrix into another order first, which takes longer here than the arithmetic.
class FewRowsProduct {
 public:
  FewRowsProduct();

  // Whether Multiply is the faster way for `rows` rows of k values, and n rows of w.
  static bool Pays(int64_t rows, int64_t n, int64_t k);
  // Whether MultiplyPlain is the faster way for `rows` rows of n values, and n rows of w.
  static bool PaysPlain(int64_t rows, int64_t n, int64_t k);

  // y = x * w^T or, added, y += x * w^T: x has `rows` rows of k values each, w has n of them, and y
  // has `rows` rows of n values. Brings x into another order, and reads w once, as it lies.
  void Multiply(int64_t rows, int64_t n, int64_t k, const float* x, const float* w, bool add,
                float* y);
  // y = x * w: x has `rows` rows of n values, w has n rows of k values, and y has `rows` rows of k
  // values. Reads w once, in pieces that stay in the second-level cache. The number of threads does
  // not change the bits.
  void MultiplyPlain(int64_t rows, int64_t n, int64_t k, const float* x, const float* w, float* y);

 private:
  // One thread's part of MultiplyPlain: some columns of y and w, and `scratch` for a piece of w.
  void MultiplyColumns(int64_t rows, int64_t n, int64_t k, int64_t columns, const float* x,
                       const float* w, float* y, float* scratch) const;

  const PackedKernel& kernel_;
  PackedMatrix packed_;
  Buffer columns_, pieces_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_
