#include "engine/embedded/core/packed_matrix.h"

#include <omp.h>

#include "engine/embedded/core/packed_kernel.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

Values Product(int64_t rows, int64_t k, int64_t n, const Values& a, const Values& b, Values c) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = static_cast<double>(c[static_cast<size_t>(r * n + j)]);
      for (int64_t i = 0; i < k; ++i) {
        sum += static_cast<double>(a[static_cast<size_t>(r * k + i)]) *
               static_cast<double>(b[static_cast<size_t>(i * n + j)]);
      }
      c[static_cast<size_t>(r * n + j)] = static_cast<float>(sum);
    }
  }
  return c;
}

TEST(PackedMatrixTest, MultipliesMatricesOfAllSizes) {
  for (const int64_t rows : {0, 1, 5, 6, 7, 16, 23, 200}) {
    for (const auto& [k, n] : {std::pair{1, 1}, {3, 16}, {7, 33}, {64, 40}, {300, 9}, {0, 5}}) {
      SCOPED_TRACE(StrCat(rows, " rows, ", k, " by ", n));
      const Values a = RandomValues(rows * k, 1), b = RandomValues(k * n, 2),
                   before = RandomValues(rows * n, 3);
      Values transposed(b.size());
      for (int i = 0; i < k; ++i) {
        for (int j = 0; j < n; ++j) {
          transposed[static_cast<size_t>(j * k + i)] = b[static_cast<size_t>(i * n + j)];
        }
      }
      for (const bool turn : {false, true}) {
        PackedMatrix matrix;
        matrix.Pack(turn ? transposed.data() : b.data(), k, n, turn);
        Values c = before;
        matrix.Multiply(rows, a.data(), true, c.data());
        ExpectNear(Product(rows, k, n, a, b, before), c, 1e-3);
        matrix.Multiply(rows, a.data(), false, c.data());
        ExpectNear(Product(rows, k, n, a, b, Values(before.size())), c, 1e-3);
      }
    }
  }
}

TEST(PackedMatrixTest, MultipliesTransposedMatricesOfAllSizes) {
  for (const int64_t rows : {1, 6, 7, 48, 101}) {
    for (const auto& [k, n] : {std::pair{1, 1}, {7, 33}, {300, 9}, {0, 5}}) {
      SCOPED_TRACE(StrCat(rows, " rows, ", k, " by ", n));
      const Values a = RandomValues(rows * k, 1), b = RandomValues(k * n, 2),
                   before = RandomValues(rows * n, 3);
      Values turned(a.size());
      for (int64_t r = 0; r < rows; ++r) {
        for (int64_t i = 0; i < k; ++i) {
          turned[static_cast<size_t>(i * rows + r)] = a[static_cast<size_t>(r * k + i)];
        }
      }
      PackedMatrix matrix;
      matrix.Pack(b.data(), k, n, false);
      // A second right side, of another width.
      const Values other = RandomValues(k * 21, 4);
      PackedMatrix second;
      second.Pack(other.data(), k, 21, false);
      Values c = before, replaced(before.size(), 7.0f), d(static_cast<size_t>(rows * 21), 7.0f);
      Buffer scratch;
      const std::vector<PackedMatrix::Product> products = {
          {matrix, true, c.data()}, {second, false, d.data()}, {matrix, false, replaced.data()}};
      PackedMatrix::MultiplyTransposed(rows, turned.data(), products, scratch);
      ExpectNear(Product(rows, k, n, a, b, before), c, 1e-3);
      ExpectNear(Product(rows, k, 21, a, other, Values(d.size())), d, 1e-3);
      ExpectNear(Product(rows, k, n, a, b, Values(before.size())), replaced, 1e-3);
    }
  }
}

TEST(PackedMatrixTest, GivesARowTheSameBitsWhateverIsBesideIt) {
  const Values a = RandomValues(13 * 50, 1), b = RandomValues(50 * 300, 2);
  PackedMatrix matrix;
  matrix.Pack(b.data(), 50, 300, false);
  Values all(13 * 300), alone(13 * 300);
  matrix.Multiply(13, a.data(), false, all.data());
  for (int64_t r = 0; r < 13; ++r) {
    matrix.Multiply(1, a.data() + r * 50, false, alone.data() + r * 300);
  }
  EXPECT_EQ(all, alone);
}

TEST(PackedMatrixTest, HasAKernelForEveryProcessor) {
  std::vector<const PackedKernel*> kernels = {&BaselinePackedKernel()};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    kernels.push_back(&Avx2PackedKernel());
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) {
    kernels.push_back(&Avx512PackedKernel());
  }
#endif
  for (const PackedKernel* kernel : kernels) {
    const int64_t width = kernel->width;
    for (const int64_t columns : {width, width - 1}) {
      const Values a = RandomValues(8 * 9, 1), panel = RandomValues(9 * width, 2),
                   before = RandomValues(8 * width, 3);
      Values turned(a.size());
      for (size_t i = 0; i < a.size(); ++i) turned[i % 9 * 8 + i / 9] = a[i];
      Values c = before, other = before;
      kernel->multiply(8, 9, {a.data(), 9, 1}, panel.data(), true, columns, c.data(), width);
      kernel->multiply(8, 9, {turned.data(), 1, 8}, panel.data(), true, columns, other.data(),
                       width);
      EXPECT_EQ(c, other);
      Values expected = Product(8, 9, width, a, panel, before);
      // Columns behind the last one stay as they are.
      for (size_t i = 0; i < expected.size(); ++i) {
        if (static_cast<int64_t>(i) % width >= columns) expected[i] = before[i];
      }
      ExpectNear(expected, c, 1e-4);
    }
  }
}

}  // namespace
}  // namespace crema::test
