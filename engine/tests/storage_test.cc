#include "engine/embedded/core/storage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "engine/embedded/core/blob.h"
#include "engine/shared/error.h"

namespace crema {
namespace {

onednn::Desc BlockedDesc(const onednn::Dims& dims, int block) {
  return onednn::BlockedDesc(dims, block).value();
}
using onednn::Dims;
using onednn::PlainDesc;

// Nine channels: with blocks of 8, seven channels are padding.
const Dims kDims = {2, 9, 3, 1};
constexpr int64_t kStorageCount = 54;

// The place of the value with plain index i in blocks of `block` channels.
int64_t InBlocks(int64_t i, int block) {
  const int64_t place = i % 3, c = i / 3 % 9, n = i / 27;
  const int64_t blocks = (9 + block - 1) / block;
  return ((n * blocks + c / block) * 3 + place) * block + c % block;
}

void WriteCounting(Storage& storage, float first = 1) {
  std::iota(storage.Write(), storage.Write() + storage.count(), first);
}

void ExpectCounting(Storage& storage, float first = 1) {
  const float* values = storage.Read();
  for (int64_t i = 0; i < storage.count(); ++i) {
    ASSERT_EQ(values[i], first + static_cast<float>(i)) << "at " << i;
  }
}

std::vector<uint64_t> released;
void Remember(uint64_t address) { released.push_back(address); }

uint64_t AddressOf(const float* p) { return reinterpret_cast<uint64_t>(p); }

TEST(StorageTest, StartsAsZeros) {
  Storage storage;
  storage.Resize(kStorageCount);
  EXPECT_TRUE(storage.zero());
  EXPECT_EQ(storage.layout(), nullptr);
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(storage.Read()[i], 0);
  const auto desc = BlockedDesc(kDims, 8);
  const float* native = storage.Read(desc);
  for (int64_t i = 0; i < onednn::PaddedCount(desc); ++i) EXPECT_EQ(native[i], 0);
  EXPECT_TRUE(storage.zero());  // Reading does not count as writing.
}

TEST(StorageTest, ConvertsValuesToTheRequestedLayout) {
  for (const int block : {8, 16}) {
    Storage storage;
    storage.Resize(kStorageCount);
    WriteCounting(storage);
    EXPECT_EQ(storage.layout(), nullptr);
    const auto desc = BlockedDesc(kDims, block);
    const float* native = storage.Read(desc);
    ASSERT_NE(storage.layout(), nullptr);
    EXPECT_TRUE(*storage.layout() == desc);
    double sum = 0;
    for (int64_t i = 0; i < onednn::PaddedCount(desc); ++i) {
      sum += std::fabs(static_cast<double>(native[i]));
    }
    EXPECT_EQ(sum, kStorageCount * (kStorageCount + 1) / 2.0);  // The padding is zero.
    for (int64_t i = 0; i < kStorageCount; ++i) {
      EXPECT_EQ(native[InBlocks(i, block)], static_cast<float>(i + 1));
    }
    ExpectCounting(storage);
  }
}

TEST(StorageTest, NativeWritesReachPlainReadersAndOtherLayouts) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage, 100);
  float* native = storage.Write(BlockedDesc(kDims, 8));
  for (int64_t i = 0; i < kStorageCount; ++i) native[InBlocks(i, 8)] = static_cast<float>(i + 1);
  ExpectCounting(storage);
  native = storage.ReadWrite(BlockedDesc(kDims, 8));
  for (int64_t i = 0; i < kStorageCount; ++i) native[InBlocks(i, 8)] += 1;
  const float* other = storage.Read(BlockedDesc(kDims, 16));
  for (int64_t i = 0; i < kStorageCount; ++i) {
    EXPECT_EQ(other[InBlocks(i, 16)], static_cast<float>(i + 2));
  }
  ExpectCounting(storage, 2);
}

TEST(StorageTest, PlainWritesReachNativeReaders) {
  Storage storage;
  storage.Resize(kStorageCount);
  const auto desc = BlockedDesc(kDims, 8);
  storage.Write(desc);
  WriteCounting(storage, 5);
  EXPECT_EQ(storage.layout(), nullptr);
  for (int64_t i = 0; i < kStorageCount; ++i) {
    EXPECT_EQ(storage.Read(desc)[InBlocks(i, 8)], static_cast<float>(i + 5));
  }
  storage.ReadWrite()[7] = -1;
  EXPECT_EQ(storage.Read(desc)[InBlocks(7, 8)], -1);
}

TEST(StorageTest, APlainDescIsThePlainLayout) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage);
  EXPECT_EQ(storage.Read(PlainDesc(kDims)), storage.Read());
  EXPECT_EQ(storage.Write(PlainDesc(kDims)), storage.Read());
  // Blocked, but with one value per plane and whole blocks: the same memory under another name.
  EXPECT_TRUE(onednn::IsPlain(PlainDesc({3, 1, 1, 4})));
  EXPECT_FALSE(onednn::IsPlain(BlockedDesc(kDims, 8)));
}

TEST(StorageTest, TakesLayoutsOfOtherAxesOfTheSameCount) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage);
  storage.Read(BlockedDesc(kDims, 8));
  storage.ReadWrite(BlockedDesc({1, 18, 3, 1}, 16));
  ExpectCounting(storage);
  std::vector<float> to(kStorageCount);
  storage.CopyTo(PlainDesc({54}), to.data());  // The native copy has other axes.
  EXPECT_EQ(to[53], 54);
}

TEST(StorageTest, IsKnownToBeZeroUntilTheFirstWrite) {
  Storage storage;
  storage.Resize(kStorageCount);
  const auto desc = BlockedDesc(kDims, 8);
  for (int way = 0; way < 4; ++way) {
    storage.SetZero();
    EXPECT_TRUE(storage.zero());
    EXPECT_EQ(storage.Read()[3], 0);
    EXPECT_EQ(storage.Read(desc)[3], 0);
    EXPECT_TRUE(storage.zero());
    if (way == 0) std::fill_n(storage.Write(), kStorageCount, 1.0f);
    if (way == 1) std::fill_n(storage.ReadWrite(), kStorageCount, 1.0f);
    if (way == 2) storage.Write(desc)[0] = 1;
    if (way == 3) storage.ReadWrite(desc)[0] = 1;
    EXPECT_FALSE(storage.zero());
  }
  // After a native write, all values are zero again.
  storage.SetZero();
  EXPECT_EQ(storage.layout(), nullptr);
  for (int64_t i = 0; i < kStorageCount; ++i) ASSERT_EQ(storage.Read()[i], 0);
}

TEST(StorageTest, CopiesToAnyLayoutAndChangesNothing) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage);
  const auto eight = BlockedDesc(kDims, 8), sixteen = BlockedDesc(kDims, 16);
  std::vector<float> to(static_cast<size_t>(onednn::PaddedCount(sixteen)), 99);
  storage.CopyTo(sixteen, to.data());
  EXPECT_EQ(storage.layout(), nullptr);
  EXPECT_EQ(to[static_cast<size_t>(InBlocks(20, 16))], 21);
  storage.ReadWrite(eight);
  storage.CopyTo(sixteen, to.data());
  EXPECT_TRUE(*storage.layout() == eight);
  for (int64_t i = 0; i < kStorageCount; ++i) {
    EXPECT_EQ(to[static_cast<size_t>(InBlocks(i, 16))], static_cast<float>(i + 1));
  }
  storage.CopyTo(PlainDesc(kDims), to.data());
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(to[static_cast<size_t>(i)], i + 1);
  storage.SetZero();
  storage.CopyTo(PlainDesc(kDims), to.data());
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(to[static_cast<size_t>(i)], 0);
}

TEST(StorageTest, DropsThePlainCopyOnlyWhereThereIsAnother) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage);
  const int64_t before = HeldMemory();
  storage.DropPlain();
  EXPECT_EQ(HeldMemory(), before);
  storage.Read(BlockedDesc(kDims, 8));
  const int64_t both = HeldMemory();
  storage.DropPlain();
  EXPECT_LT(HeldMemory(), both);
  ExpectCounting(storage);
  const float* const address = storage.Pin();
  storage.Read(BlockedDesc(kDims, 8));
  storage.DropPlain();
  EXPECT_EQ(storage.Read(), address);
  ExpectCounting(storage);
}

TEST(StorageTest, KeepsValuesIfTheCountStaysAndElseClearsThem) {
  Storage storage;
  storage.Resize(kStorageCount);
  WriteCounting(storage);
  storage.Resize(kStorageCount);
  ExpectCounting(storage);
  for (const int64_t count :
       {kStorageCount - 10, kStorageCount, int64_t{1000}, int64_t{0}, kStorageCount}) {
    WriteCounting(storage);
    storage.Resize(count);
    EXPECT_TRUE(storage.zero());
    for (int64_t i = 0; i < count; ++i) ASSERT_EQ(storage.Read()[i], 0);
  }
  storage.Write(BlockedDesc(kDims, 8))[0] = 3;
  storage.Resize(kStorageCount - 27);
  for (int64_t i = 0; i < storage.count(); ++i) ASSERT_EQ(storage.Read()[i], 0);
}

TEST(StorageTest, APinnedStorageStaysCurrentAtItsAddress) {
  Storage storage;
  storage.Resize(kStorageCount);
  const auto desc = BlockedDesc(kDims, 8);
  float* native = storage.Write(desc);
  for (int64_t i = 0; i < kStorageCount; ++i) native[InBlocks(i, 8)] = static_cast<float>(i + 1);
  float* pinned = storage.Pin();
  EXPECT_TRUE(storage.pinned());
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(pinned[i], static_cast<float>(i + 1));

  // A layer writes in its own layout; the next Sync shows that outside.
  EXPECT_EQ(storage.layout(), nullptr);
  native = storage.Write(desc);
  for (int64_t i = 0; i < kStorageCount; ++i) native[InBlocks(i, 8)] = static_cast<float>(i + 10);
  storage.Sync();
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(pinned[i], static_cast<float>(i + 10));
  EXPECT_EQ(storage.layout(), nullptr);

  // Outside, values change without notice, and every reader sees the changes.
  EXPECT_EQ(storage.Read(desc)[InBlocks(20, 8)], 30);
  pinned[20] = -7;
  EXPECT_EQ(storage.Read(desc)[InBlocks(20, 8)], -7);
  EXPECT_EQ(storage.ReadWrite(desc)[InBlocks(20, 8)], -7);
  storage.Sync();
  EXPECT_EQ(storage.Pin(), pinned);
  EXPECT_EQ(pinned[20], -7);

  // Zero, but never known to be zero.
  storage.SetZero();
  EXPECT_FALSE(storage.zero());
  for (int64_t i = 0; i < kStorageCount; ++i) EXPECT_EQ(pinned[i], 0);
}

TEST(StorageTest, ReleasesPinnedMemoryBeforeFreeingIt) {
  released.clear();
  float* first;
  {
    Storage storage;
    storage.set_release(Remember);
    storage.Resize(10);
    first = storage.Pin();
    storage.Resize(4);  // Fits: the memory stays.
    EXPECT_EQ(storage.Pin(), first);
    EXPECT_EQ(first[3], 0);
    EXPECT_TRUE(released.empty());
    const uint64_t before = AddressOf(first);
    storage.Resize(100000);
    EXPECT_EQ(released, std::vector<uint64_t>{before});
    EXPECT_FALSE(storage.pinned());
    storage.Resize(200000);  // Its address was not given out.
    EXPECT_EQ(released.size(), 1u);
    first = storage.Pin();
  }
  ASSERT_EQ(released.size(), 2u);
  EXPECT_EQ(released[1], AddressOf(first));
  {
    Storage storage;
    storage.Resize(10);
    storage.Pin();  // A host without a release.
  }
  EXPECT_EQ(released.size(), 2u);
}

TEST(StorageTest, SharedMemoryIsReleasedOnceWithItsLastUser) {
  released.clear();
  float* address;
  {
    Blob a({3}), b({3});
    a.set_release(Remember);
    b.set_release(Remember);
    b.ShareData(a);
    address = a.PinData();
    EXPECT_EQ(b.PinData(), address);
  }
  EXPECT_EQ(released, std::vector<uint64_t>{AddressOf(address)});
}

TEST(StorageTest, SharedMemoryKeepsItsMakersRelease) {
  released.clear();
  Blob owner({3});
  owner.set_release(Remember);
  {
    Blob borrower({3});
    borrower.set_release([](uint64_t) { ADD_FAILURE() << "told the borrower, who may be gone"; });
    borrower.ShareData(owner);
    borrower.PinData();
  }
  const uint64_t address = AddressOf(owner.PinData());
  owner.Reshape({1000});
  EXPECT_EQ(released, std::vector<uint64_t>{address});
}

TEST(BlobTest, CountsAndNamesItsShape) {
  Blob blob({64, 3, 28, 28});
  EXPECT_EQ(blob.count(), 150528);
  EXPECT_EQ(blob.count(1), 2352);
  EXPECT_EQ(blob.count(1, 3), 84);
  EXPECT_EQ(blob.shape(-1), 28);
  EXPECT_EQ(ShapeString(blob.shape()), "64 3 28 28 (150528)");
  EXPECT_EQ(ShapeString({}), "(1)");
  EXPECT_THROW(blob.shape(4), Error);
  EXPECT_THROW(blob.shape(-5), Error);
  const uint64_t version = blob.version();
  blob.Reshape({64, 3, 28, 28});
  EXPECT_EQ(blob.version(), version);
  blob.Reshape({64, 3, 784});
  EXPECT_GT(blob.version(), version);
}

TEST(BlobTest, RefusesShapesThatNoBlobCanHave) {
  Blob blob({2});
  EXPECT_THROW(blob.Reshape({-1}), Error);
  EXPECT_THROW(blob.Reshape({50000, 50000}), Error);
  EXPECT_THROW(blob.Reshape({0, 2147483647, 2147483647, 2147483647}), Error);
  EXPECT_THROW(blob.Reshape(Shape(33, 1)), Error);
  EXPECT_EQ(blob.shape(), Shape({2}));
  EXPECT_NO_THROW(blob.Reshape({0, 3, 224, 224}));
  EXPECT_EQ(blob.count(), 0);
}

TEST(BlobTest, ReportsSharedMemoryOfAnotherSize) {
  Blob a({4}), b({4});
  b.ShareData(a);
  EXPECT_NO_THROW(b.CheckMemory());
  a.Reshape({2});
  EXPECT_THROW(b.PinData(), Error);
  EXPECT_THROW(b.CheckMemory(), Error);
  b.Reshape({2});
  EXPECT_NO_THROW(b.PinData());
}

}  // namespace
}  // namespace crema
