#ifndef CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_
#define CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_

#include <cstdint>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/onednn.h"

namespace crema {

// The values of a tensor, in plain layout, in one other ("native") layout that a primitive chose,
// or in both. Whoever asks names the layout it wants; the copy is made when it is out of date, and
// not otherwise.
//
// Invariants: neither copy current means that all values are zero. A pinned storage keeps the plain
// copy current between layers, since someone outside holds its address and may write through it at
// any time; a native copy of it is never trusted for longer than one access.
class Storage {
 public:
  using Release = void (*)(uint64_t address);

  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage() { ForgetPlain(); }

  int64_t count() const { return count_; }
  // Changes the number of values. Same count: values stay. Else they become zero.
  void Resize(int64_t count);

  // Plain layout. Write: the caller sets every value; what was there may be lost.
  const float* Read();
  float* Write();
  float* ReadWrite();

  // Layout `desc`, whose dims multiply to count(). Padding of a native layout is zero and must be
  // left zero.
  const float* Read(const onednn::Desc& desc);
  float* Write(const onednn::Desc& desc);
  float* ReadWrite(const onednn::Desc& desc);

  // The native layout that holds current values and may be used as it is; null where plain is the
  // one to use.
  const onednn::Desc* layout() const {
    return native_current_ && !pinned_ ? &native_desc_ : nullptr;
  }

  // Copies all values to `to`, laid out as `desc`, changing nothing here.
  void CopyTo(const onednn::Desc& desc, float* to);

  // The whole is zero and nobody wrote since SetZero: the first writer may overwrite instead of
  // adding. Of a pinned storage that is never known.
  bool zero() const { return zero_ && !pinned_; }
  void SetZero();

  // Plain address for someone outside, from now on kept current; the release function is told
  // before the memory goes. It is that of the blob which made the storage: others that share it may
  // end before it does.
  float* Pin();
  void set_release(Release release) { release_ = release; }
  bool pinned() const { return pinned_; }
  // After a layer or solver wrote: brings a pinned plain copy up to date.
  void Sync() {
    if (pinned_ && !plain_current_) Read();
  }

 private:
  float* PlainMemory();
  float* NativeMemory(const onednn::Desc& desc);
  void ForgetPlain();

  int64_t count_ = 0;
  Buffer plain_, native_;
  onednn::Desc native_desc_;
  bool plain_current_ = false, native_current_ = false;
  bool zero_ = true;
  bool pinned_ = false;
  Release release_ = nullptr;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_
