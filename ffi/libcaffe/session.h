#ifndef CREMA_FFI_LIBCAFFE_SESSION_H_
#define CREMA_FFI_LIBCAFFE_SESSION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "ffi/crema.h"
#include "ffi/libcaffe/caffe.h"

namespace crema::libcaffe {
class Session;
}

// A blob of libcaffe's, and whom it belongs to.
struct crema_blob {
  crema::libcaffe::CaffeBlob& blob;
  crema::libcaffe::Session& session;
};

namespace crema::libcaffe {

// What a net, or a solver with its nets, shares with its host: the callbacks, the blobs that the
// host knows, and the memory whose address it was given.
class Session {
 public:
  explicit Session(const crema_host* host);
  // The net and its layers must be gone by now.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const crema_host& host() const { return host_; }

  // The handle of a blob: always the same one.
  crema_blob* Handle(CaffeBlob* blob);
  // Address of the blob's data or diff; the memory stays until the host was told to forget it. 0
  // where the blob has none, having no values.
  uint64_t Give(CaffeBlob& blob, bool diff);
  // Tells the host to forget memory that no blob uses any more, and lets it go.
  void Sweep();

  // The session of the net that this thread is making; null when it makes none.
  static Session* Building();
  // Makes a session the one being built, until the scope's end.
  class Build {
   public:
    explicit Build(Session& session);
    ~Build();
    Build(const Build&) = delete;
    Build& operator=(const Build&) = delete;

   private:
    Session* before_;
  };

 private:
  // A layer may put other memory into a SyncedMemory, so that its address is kept as well.
  struct Given {
    boost::shared_ptr<caffe::SyncedMemory> memory;
    const void* address;
  };

  const crema_host host_;
  std::map<CaffeBlob*, std::unique_ptr<crema_blob>> blobs_;
  std::vector<Given> given_;
};

// The blob's memory without a check that ends the process; null where it has none.
const boost::shared_ptr<caffe::SyncedMemory>& MemoryOf(const CaffeBlob& blob, bool diff);

}  // namespace crema::libcaffe

#endif  // CREMA_FFI_LIBCAFFE_SESSION_H_
