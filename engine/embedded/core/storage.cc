#include "engine/embedded/core/storage.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/shared/error.h"

namespace crema {

void Storage::Resize(int64_t count) {
  if (count == count_) return;
  count_ = count;
  native_current_ = false;
  if (plain_.get() != nullptr && count > plain_.capacity()) {
    ForgetPlain();
    plain_ = Buffer();
  }
  SetZero();
}

void Storage::ForgetPlain() {
  if (pinned_ && release_ != nullptr) release_(reinterpret_cast<uint64_t>(plain_.get()));
  pinned_ = false;
  plain_current_ = false;
}

float* Storage::PlainMemory() {
  // A pinned buffer is large enough: Resize frees it when more is needed.
  return plain_.Reserve(count_, arena_);
}

float* Storage::NativeMemory(const onednn::Desc& desc) {
  if (native_.get() == nullptr || native_desc_ != desc) {
    native_current_ = false;
    native_desc_ = desc;
    const int64_t count = onednn::PaddedCount(desc);
    float* const native = native_.Reserve(count, arena_);
    // Primitives expect zeros in the padding and keep them.
    if (count != count_) std::fill_n(native, count, 0.0f);
  }
  return native_.get();
}

void Storage::CheckIsThere() {
  if (!gone_) return;
  keeps_ = true;
  throw Error(
      "Expected values that are still there but found that their memory was recycled after the "
      "last layer that needs them: they are kept from the next pass on, now that they were asked "
      "for");
}

void Storage::Recycle() {
  if (arena_ == nullptr || open() || keeps_) return;
  plain_ = Buffer();
  native_ = Buffer();
  plain_current_ = native_current_ = false;
  gone_ = !zero_;
}

void Storage::DropPlain() {
  if (pinned_ || !native_current_) return;
  plain_ = Buffer();
  plain_current_ = false;
}

const float* Storage::Read() {
  if (!plain_current_) {
    CheckIsThere();
    float* plain = PlainMemory();
    if (native_current_) {
      onednn::Reorder(native_desc_, native_.get(), onednn::PlainDesc(onednn::DimsOf(native_desc_)),
                      plain);
    } else {
      std::fill_n(plain, count_, 0.0f);
    }
    plain_current_ = true;
  }
  return plain_.get();
}

float* Storage::Write() {
  float* plain = PlainMemory();
  plain_current_ = true;
  native_current_ = false;
  zero_ = gone_ = false;
  return plain;
}

float* Storage::ReadWrite() {
  Read();
  return Write();
}

const float* Storage::Read(const onednn::Desc& desc) {
  if (onednn::IsPlain(desc)) return Read();
  if (native_current_ && !pinned_ && native_desc_ == desc) return native_.get();
  if (native_current_ && native_desc_ != desc) Read();
  CheckIsThere();
  float* native = NativeMemory(desc);
  if (plain_current_) {
    onednn::Reorder(onednn::PlainDesc(onednn::DimsOf(desc)), plain_.get(), desc, native);
  } else if (!native_current_) {
    std::fill_n(native, onednn::PaddedCount(desc), 0.0f);
  }
  native_current_ = true;
  return native;
}

float* Storage::Write(const onednn::Desc& desc) {
  if (onednn::IsPlain(desc)) return Write();
  float* native = NativeMemory(desc);
  native_current_ = true;
  plain_current_ = false;
  zero_ = gone_ = false;
  return native;
}

float* Storage::ReadWrite(const onednn::Desc& desc) {
  if (onednn::IsPlain(desc)) return ReadWrite();
  Read(desc);
  return Write(desc);
}

void Storage::Exchange(Storage& other) {
  std::swap(plain_, other.plain_);
  std::swap(native_, other.native_);
  std::swap(native_desc_, other.native_desc_);
  std::swap(plain_current_, other.plain_current_);
  std::swap(native_current_, other.native_current_);
  std::swap(zero_, other.zero_);
  std::swap(gone_, other.gone_);
}

void Storage::CopyTo(const onednn::Desc& desc, float* to) {
  if (layout() != nullptr && onednn::DimsOf(native_desc_) == onednn::DimsOf(desc)) {
    onednn::Reorder(native_desc_, native_.get(), desc, to);
    return;
  }
  const float* plain = Read();
  if (onednn::IsPlain(desc)) {
    std::memcpy(to, plain, static_cast<size_t>(count_) * sizeof(float));
  } else {
    onednn::Reorder(onednn::PlainDesc(onednn::DimsOf(desc)), plain, desc, to);
  }
}

void Storage::SetZero() {
  native_current_ = false;
  plain_current_ = false;
  if (pinned_) {
    std::fill_n(plain_.get(), count_, 0.0f);
    plain_current_ = true;
  }
  zero_ = true;
  gone_ = false;
}

float* Storage::Pin() {
  float* plain = ReadWrite();
  pinned_ = true;
  return plain;
}

}  // namespace crema
