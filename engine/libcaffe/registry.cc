#include "engine/libcaffe/registry.h"

#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/guarded_layer.h"
#include "engine/libcaffe/host_layer.h"
#include "engine/libcaffe/place.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

using Registry = caffe::LayerRegistry<float>;

// The type by which libcaffe knows the host's layers.
constexpr const char* kHostType = "Python";

// The unknown field in which a layer that was given to the host keeps its own type. libcaffe
// carries it along, as it does script_param.
constexpr int kTypeField = 100001;

std::map<std::string, Registry::Creator> own_creators;

const std::string* HiddenType(const caffe::LayerParameter& layer) {
  const auto& unknown = layer.unknown_fields();
  for (int i = 0; i < unknown.field_count(); ++i) {
    const auto& field = unknown.field(i);
    if (field.number() == kTypeField &&
        field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      return &field.length_delimited();
    }
  }
  return nullptr;
}

// `shared` is of the net that the layer is of; null inside of another layer.
boost::shared_ptr<CaffeLayer> Make(const caffe::LayerParameter& param, SharedParams* shared) {
  const std::string* type = HiddenType(param);
  if (shared != nullptr && type != nullptr) {
    caffe::LayerParameter original = param;
    original.set_type(*type);
    original.mutable_unknown_fields()->DeleteByNumber(kTypeField);
    return boost::shared_ptr<CaffeLayer>(new HostLayer(original, *Session::Building(), *shared));
  }
  const auto own = own_creators.find(param.type());
  Require(own != own_creators.end(), "Expected a layer type that libcaffe has but found '",
          param.type(), "'");
  const boost::shared_ptr<CaffeLayer> layer = own->second(param);
  return shared == nullptr ? layer : GuardLayer(layer, param, *shared);
}

// Makes every layer of every net: the host makes its own, and the original creators make
// libcaffe's.
boost::shared_ptr<CaffeLayer> Create(const caffe::LayerParameter& param) {
  Session* session = Session::Building();
  caffe::LayerParameter own = param;
  SharedParams* shared = session == nullptr ? nullptr : session->TakePlanned(own);
  // A layer inside another one: its errors are those of the outer layer.
  if (shared == nullptr) return Make(param, nullptr);
  Place::Enter(param);
  boost::shared_ptr<CaffeLayer> layer;
  InLayer(param.name(), [&] { layer = Make(own, shared); });
  Place::Enter(layer->layer_param());
  return layer;
}

// Types that read or write data. Crema's own layers take their place.
bool ReadsData(const std::string& type) {
  static const std::set<std::string> types = {"AnnotatedData", "Data",       "DenseImageData",
                                              "HDF5Data",      "HDF5Output", "ImageData",
                                              "ImageSegData",  "MemoryData", "WindowData"};
  return types.count(type) != 0;
}

}  // namespace

void InitRegistry() {
  static std::once_flag once;
  std::call_once(once, [] {
    own_creators = Registry::Registry();
    own_creators.erase(kHostType);
    for (auto& [type, creator] : Registry::Registry()) creator = Create;
    Registry::Registry()[kHostType] = Create;
  });
}

const std::string& LayerTypeNames() {
  static const std::string names = [] {
    std::string all;
    for (const auto& [type, creator] : own_creators) {
      if (!ReadsData(type)) all.append(type).append("\n");
    }
    return all;
  }();
  return names;
}

bool IsHostType(const std::string& type) {
  if (ReadsData(type)) {
    const char* own = std::getenv("CREMA_LIBCAFFE_DATA");
    return own == nullptr || std::strcmp(own, "1") != 0;
  }
  return own_creators.count(type) == 0;
}

void CheckOwnLayer(const caffe::LayerParameter& param) {
  // The numbers belong to the class, so make a layer only to ask for them. (The check can't wait
  // until libcaffe makes the real one: layers make layers inside themselves, which need not pass
  // it.)
  caffe::LayerParameter probe = param;
  probe.clear_blobs();
  const Place::Scope place;
  Place::Enter(param);
  CheckArity(*own_creators.at(param.type())(probe), param);
}

void GiveToHost(caffe::LayerParameter& layer) {
  layer.mutable_unknown_fields()->AddLengthDelimited(kTypeField, layer.type());
  layer.set_type(kHostType);
}

}  // namespace crema::libcaffe
