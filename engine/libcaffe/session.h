#ifndef CREMA_ENGINE_LIBCAFFE_SESSION_H_
#define CREMA_ENGINE_LIBCAFFE_SESSION_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "engine/libcaffe/caffe.h"
#include "engine/libcaffe/shared_params.h"
#include "ffi/crema.h"

namespace crema::libcaffe {

class Session;

// A libcaffe blob, with the session that it belongs to.
struct SessionBlob {
  CaffeBlob& blob;
  Session& session;
};

// What a net, or a solver with its nets, shares with its host: the callbacks, the blobs that the
// host knows, and the memory whose address it has.
class Session {
 public:
  explicit Session(const crema_host* host);
  // The net and its layers must not exist any more.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const crema_host& host() const { return host_; }

  // Marks the layers of a net that is going to be made. (Layers make layers inside of themselves,
  // some under their own name: those have no mark.)
  void Plan(caffe::NetParameter& net);
  // Takes the mark off a layer: the parameters of the net that it is made for. Null without a mark.
  SharedParams* TakePlanned(caffe::LayerParameter& layer);
  // The handle of a blob: always the same one.
  crema_blob* Handle(CaffeBlob* blob);
  // Allows reshaping the tops of a layer from outside: those of data layers and of the host's
  // layers. A blob that the layer changes in place keeps the shape from the layer that made it.
  void LetReshape(const std::vector<CaffeBlob*>& bottoms, const std::vector<CaffeBlob*>& tops);
  bool MayReshape(const CaffeBlob& blob) const { return reshapeable_.count(&blob) > 0; }
  // The address of the blob's data or diff. The memory lives until the host has been told to forget
  // it. 0 if the blob has no values.
  uint64_t Give(CaffeBlob& blob, bool diff);
  // Tells the host to forget memory that no blob uses any more, and frees it.
  void Sweep();

  // The session in use on this thread; null if there is none.
  static Session* Building();
  // Surrounds whatever may make layers or draw random numbers: makes the session the one being
  // built, and its generator the thread's. (libcaffe has one generator per thread. This gives each
  // net or solver its own, so that others on the thread do not change what it draws.)
  class Use {
   public:
    explicit Use(Session& session);
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    Session& session_;
    Session* before_;
  };

 private:
  // Keeps the address too, as a layer may put other memory into a SyncedMemory.
  struct Given {
    boost::shared_ptr<caffe::SyncedMemory> memory;
    const void* address;
  };

  const crema_host host_;
  std::deque<SharedParams> planned_;  // by net
  std::map<CaffeBlob*, std::unique_ptr<SessionBlob>> blobs_;
  std::set<const CaffeBlob*> reshapeable_;
  std::vector<Given> given_;
  // Null until the first number is drawn. Holds the thread's previous generator while this session
  // is in use.
  boost::shared_ptr<caffe::Caffe::RNG> generator_;
};

// The blob's memory, without the check that ends the process; null if the blob has none.
const boost::shared_ptr<caffe::SyncedMemory>& MemoryOf(const CaffeBlob& blob, bool diff);

}  // namespace crema::libcaffe

#endif  // CREMA_ENGINE_LIBCAFFE_SESSION_H_
