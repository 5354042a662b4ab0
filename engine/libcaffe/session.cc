#include "engine/libcaffe/session.h"

#include <algorithm>

#include "engine/libcaffe/handles.h"

namespace crema::libcaffe {

namespace {

thread_local Session* building = nullptr;

// Where a layer that is to be made keeps the index of its net: an unknown field, which libcaffe
// carries along.
constexpr int kNetField = 100002;

// Pointers to protected members, which can then be used on any object.
struct OpenBlob : CaffeBlob {
  static constexpr auto data() { return &OpenBlob::data_; }
  static constexpr auto diff() { return &OpenBlob::diff_; }
};

struct OpenCaffe : caffe::Caffe {
  static constexpr auto generator() { return &OpenCaffe::random_generator_; }
};

}  // namespace

const boost::shared_ptr<caffe::SyncedMemory>& MemoryOf(const CaffeBlob& blob, bool diff) {
  return blob.*(diff ? OpenBlob::diff() : OpenBlob::data());
}

Session::Session(const crema_host* host) : host_(host != nullptr ? *host : crema_host{}) {}

Session::~Session() {
  if (host_.release == nullptr) return;
  for (const Given& given : given_) host_.release(reinterpret_cast<uint64_t>(given.address));
}

void Session::Plan(caffe::NetParameter& net) {
  for (caffe::LayerParameter& layer : *net.mutable_layer())
    layer.mutable_unknown_fields()->AddVarint(kNetField, planned_.size());
  planned_.emplace_back();
}

SharedParams* Session::TakePlanned(caffe::LayerParameter& layer) {
  auto& unknown = *layer.mutable_unknown_fields();
  SharedParams* params = nullptr;
  for (int i = 0; i < unknown.field_count(); ++i) {
    const auto& field = unknown.field(i);
    if (field.number() == kNetField && field.type() == google::protobuf::UnknownField::TYPE_VARINT)
      params = &planned_.at(field.varint());
  }
  unknown.DeleteByNumber(kNetField);
  return params;
}

crema_blob* Session::Handle(CaffeBlob* blob) {
  auto& known = blobs_[blob];
  if (known == nullptr) known.reset(new SessionBlob{*blob, *this});
  return border::HandleOf<crema_blob>(known.get());
}

void Session::LetReshape(const std::vector<CaffeBlob*>& bottoms,
                         const std::vector<CaffeBlob*>& tops) {
  for (const CaffeBlob* top : tops) {
    if (std::find(bottoms.begin(), bottoms.end(), top) == bottoms.end()) reshapeable_.insert(top);
  }
}

uint64_t Session::Give(CaffeBlob& blob, bool diff) {
  const auto& memory = MemoryOf(blob, diff);
  if (memory == nullptr) return 0;
  const void* address = memory->mutable_cpu_data();
  const bool known = std::any_of(given_.begin(), given_.end(), [&](const Given& given) {
    return given.memory == memory && given.address == address;
  });
  if (!known) {
    Sweep();
    given_.push_back({memory, address});
  }
  return reinterpret_cast<uint64_t>(address);
}

void Session::Sweep() {
  const auto unused = [](const Given& given) {
    return given.memory.unique() || given.memory->cpu_data() != given.address;
  };
  for (size_t i = given_.size(); i-- > 0;) {
    if (!unused(given_[i])) continue;
    if (host_.release != nullptr) host_.release(reinterpret_cast<uint64_t>(given_[i].address));
    given_.erase(given_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

Session* Session::Building() { return building; }

Session::Use::Use(Session& session) : session_(session), before_(building) {
  building = &session_;
  session_.generator_.swap(caffe::Caffe::Get().*OpenCaffe::generator());
}

Session::Use::~Use() {
  session_.generator_.swap(caffe::Caffe::Get().*OpenCaffe::generator());
  building = before_;
}

}  // namespace crema::libcaffe
