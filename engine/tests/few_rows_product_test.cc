#include "engine/embedded/core/few_rows_product.h"

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

TEST(FewRowsProductTest, PaysForSmallBatchesOfLargeLayers) {
  EXPECT_TRUE(FewRowsProduct::Pays(32, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(1, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(256, 4096, 9216));
  EXPECT_FALSE(FewRowsProduct::Pays(64, 500, 800));
}

}  // namespace
}  // namespace crema::test
