#include "engine/embedded/core/few_rows_product.h"

#include <omp.h>

#include "engine/embedded/core/onednn.h"
#include "engine/tests/layer_tester.h"

namespace crema::test {
namespace {

TEST(FewRowsProductTest, EqualsTheLibrarysProduct) {
  FewRowsProduct product;
  for (const int64_t rows : {1, 8, 17, 33}) {
    for (const auto& [n, k] : {std::pair{1, 1}, {15, 7}, {16, 300}, {203, 40}, {5, 0}}) {
      for (const bool add : {false, true}) {
        SCOPED_TRACE(StrCat(rows, " rows, ", n, " by ", k, add ? ", added" : ""));
        const Values x = RandomValues(rows * k, 1), w = RandomValues(n * k, 2),
                     before = RandomValues(rows * n, 3);
        Values found = before, expected = before;
        product.Multiply(rows, n, k, x.data(), w.data(), add, found.data());
        if (k > 0) {
          onednn::Gemm(false, true, rows, n, k, 1.0f, x.data(), k, w.data(), k, add ? 1.0f : 0.0f,
                       expected.data(), n);
        } else if (!add) {
          expected.assign(expected.size(), 0.0f);
        }
        ExpectNear(expected, found, 1e-4);
      }
    }
  }
}

TEST(FewRowsProductTest, PlainEqualsTheLibrarysProduct) {
  FewRowsProduct product;
  for (const int64_t rows : {1, 6, 16, 19}) {
    for (const auto& [n, k] : {std::pair{1, 1}, {7, 15}, {300, 16}, {33, 2100}, {70, 4500}}) {
      SCOPED_TRACE(StrCat(rows, " rows, ", n, " by ", k));
      const Values x = RandomValues(rows * n, 1), w = RandomValues(n * k, 2);
      Values found(rows * k, 7.0f), expected(rows * k);
      product.MultiplyPlain(rows, n, k, x.data(), w.data(), found.data());
      onednn::Gemm(false, false, rows, k, n, 1.0f, x.data(), n, w.data(), k, 0.0f, expected.data(),
                   k);
      ExpectNear(expected, found, 1e-4);
    }
  }
  Values y(6, 7.0f);
  product.MultiplyPlain(2, 0, 3, nullptr, nullptr, y.data());
  EXPECT_EQ(y, Values(6));
}

TEST(FewRowsProductTest, PlainGivesTheSameBitsOnAnyNumberOfThreads) {
  const int64_t rows = 8, n = 65, k = 5003;
  const Values x = RandomValues(rows * n, 1), w = RandomValues(n * k, 2);
  const int threads = omp_get_max_threads();
  Values first;
  for (const int count : {1, 2, 3}) {
    omp_set_num_threads(count);
    FewRowsProduct product;
    Values y(rows * k);
    product.MultiplyPlain(rows, n, k, x.data(), w.data(), y.data());
    if (first.empty()) first = y;
    EXPECT_EQ(first, y) << count;
  }
  omp_set_num_threads(threads);
}

TEST(FewRowsProductTest, PaysForSmallBatchesOfLargeLayers) {
  EXPECT_TRUE(FewRowsProduct::Pays(32, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(1, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(256, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(64, 500, 800));
  EXPECT_TRUE(FewRowsProduct::PaysPlain(16, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::PaysPlain(1, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::PaysPlain(32, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::PaysPlain(16, 500, 800));
  EXPECT_FALSE(FewRowsProduct::PaysPlain(16, 9216, 500));
}

}  // namespace
}  // namespace crema::test
