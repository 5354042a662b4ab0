#ifndef CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_
#define CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_

#include <cstdint>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/packed_matrix.h"

namespace crema {

// y = x * w^T, or y += x * w^T, for a matrix x of few rows and a large one, w. Libraries bring the
// right matrix into another order first, which takes longer here than the arithmetic. This does so
// with the small one, and reads the large one once, as it lies.
class FewRowsProduct {
 public:
  // Whether it is the faster way for `rows` rows of k values, and n rows of w.
  static bool Pays(int64_t rows, int64_t n, int64_t k);

  // x has `rows` rows of k values each, w has n of them, and y has `rows` rows of n values.
  void Multiply(int64_t rows, int64_t n, int64_t k, const float* x, const float* w, bool add,
                float* y);

 private:
  PackedMatrix packed_;
  Buffer columns_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_FEW_ROWS_PRODUCT_H_
