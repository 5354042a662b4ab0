#ifndef CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_
#define CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/onednn.h"

namespace crema {

// The values of a tensor, kept in the plain layout, in one other ("native") layout that a primitive
// chose, or in both. Each access names the layout it wants; a copy is made only if that layout is
// out of date.
//
// Invariants: if neither copy is current, all values are zero, or gone. The plain copy of a pinned
// storage is current between layers, since someone outside holds its address and may write to it at
// any time; its native copy is never trusted for longer than one access.
class Storage {
 public:
  using Release = void (*)(uint64_t address);

  Storage() = default;
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  ~Storage() { ForgetPlain(); }

  int64_t count() const { return count_; }
  // Changes the number of values. If it stays the same, so do the values; else they become zero.
  void Resize(int64_t count);

  // Access in the plain layout. After Write, the caller sets every value; the old ones may be lost.
  const float* Read();
  float* Write();
  float* ReadWrite();

  // Access in the layout `desc`, whose dims multiply to count(). The padding of a native layout is
  // zero, and must stay zero.
  const float* Read(const onednn::Desc& desc);
  float* Write(const onednn::Desc& desc);
  float* ReadWrite(const onednn::Desc& desc);

  // The native layout, if it is current and may be used directly; null if the plain layout is to be
  // used.
  const onednn::Desc* layout() const {
    return native_current_ && !open() ? &native_desc_ : nullptr;
  }

  // Exchanges the values, and the memory that holds them, with a storage of as many values. Neither
  // may be pinned.
  void Exchange(Storage& other);

  // Copies all values to `to`, in the layout `desc`; changes nothing here.
  void CopyTo(const onednn::Desc& desc, float* to);

  // Takes its memory from an arena from now on, so that Recycle gives it back.
  void set_arena(std::shared_ptr<Arena> arena) { arena_ = std::move(arena); }
  // Gives up the values, and the memory with them; to read them before the next Write is an Error,
  // which keeps them from then on. Zeros stay zeros, as nobody may write them again. Does nothing
  // without an arena, or where somebody outside may want the values.
  void Recycle();
  // Somebody outside wants the values, in every pass from now on.
  void Keep() { keeps_ = true; }
  // Somebody outside will look, and is treated as if the storage were pinned already: what is
  // computed must not depend on whether it is the first time.
  void Open() { open_ = true; }
  bool open() const { return pinned_ || open_; }

  // Frees the plain copy of values that are there in a native layout too; it is made again when it
  // is asked for.
  void DropPlain();
  // Whether the values are gone.
  bool gone() const { return gone_; }

  // Whether all values are zero and nobody has written since SetZero, so that the first writer may
  // overwrite instead of adding. Always false for a pinned storage, to which anyone may write.
  bool zero() const { return zero_ && !pinned_; }
  void SetZero();

  // Returns the plain address for someone outside; from now on it is kept current. The release
  // function is called before the memory is freed. It belongs to the blob that made the storage, as
  // other blobs that share it may not live as long.
  float* Pin();
  void set_release(Release release) { release_ = release; }
  bool pinned() const { return pinned_; }
  // Brings the plain copy of a pinned storage up to date, after a layer or solver has written.
  void Sync() {
    if (pinned_ && !plain_current_) Read();
  }

 private:
  float* PlainMemory();
  float* NativeMemory(const onednn::Desc& desc);
  void ForgetPlain();
  void CheckIsThere();

  int64_t count_ = 0;
  Buffer plain_, native_;
  onednn::Desc native_desc_;
  bool plain_current_ = false, native_current_ = false;
  bool zero_ = true;
  bool pinned_ = false;
  bool gone_ = false, keeps_ = false, open_ = false;
  std::shared_ptr<Arena> arena_;
  Release release_ = nullptr;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_CORE_STORAGE_H_
