#ifndef CREMA_ENGINE_EMBEDDED_CORE_PACKED_MATRIX_H_
#define CREMA_ENGINE_EMBEDDED_CORE_PACKED_MATRIX_H_

#include <cstdint>
#include <span>

#include "engine/embedded/core/memory.h"

namespace crema {

struct PackedKernel;

// A matrix of k rows and n columns, in the order in which products with it read it. A product of
// few rows by a large matrix spends as long on bringing that matrix into such an order as on the
// arithmetic, and a recurrent layer has one such product per step, always with the same matrix.
//
// A row of a product does not depend on which others are computed with it.
class PackedMatrix {
 public:
  PackedMatrix();

  // Takes the values from b, which holds the transpose (n, k) if the flag says so.
  void Pack(const float* b, int64_t k, int64_t n, bool transposed);

  // c = a * this, or c += a * this: a has `rows` rows of k values each, and c of n values. In
  // parallel, unless it is called by one of several threads.
  void Multiply(int64_t rows, const float* a, bool add, float* c) const;

  // One of several products with the same left side: c = ... * matrix, or c += ....
  struct Product {
    const PackedMatrix& matrix;
    bool add;
    float* c;
  };
  // The products with the transpose of a, which has as many rows as all the matrices, of `rows`
  // values each. A part of it at a time is brought into an order of its own, in `scratch`.
  static void MultiplyTransposed(int64_t rows, const float* a, std::span<const Product> products,
                                 Buffer& scratch);

 private:
  void MultiplyPanels(int64_t begin, int64_t end, int64_t rows, const float* a, bool add,
                      float* c) const;

  const PackedKernel& kernel_;
  int64_t k_ = 0, n_ = 0;
  Buffer panels_;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_PACKED_MATRIX_H_
