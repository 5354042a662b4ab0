// Real libcaffe behind crema.h, in the header's order. What is the same in every engine is in
// engine/shared/border.cc, and the vector math is in engine/shared/ops/.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "engine/libcaffe/fatal.h"
#include "engine/libcaffe/handles.h"
#include "engine/libcaffe/host_layer.h"
#include "engine/libcaffe/net.h"
#include "engine/libcaffe/params.h"
#include "engine/libcaffe/place.h"
#include "engine/libcaffe/registry.h"
#include "engine/libcaffe/solver.h"
#include "engine/libcaffe/threads.h"
#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "ffi/crema.h"

namespace {

using crema::border::At;
using crema::border::CheckKeepsShape;
using crema::border::CheckRange;
using crema::border::FillInts;
using crema::border::Find;
using crema::border::HandleOf;
using crema::border::ObjectOf;
using crema::border::Parse;
using crema::border::Serialize;
using crema::libcaffe::CaffeLayer;
using crema::libcaffe::CaffeNet;
using crema::libcaffe::Net;
using crema::libcaffe::Place;
using crema::libcaffe::Session;
using crema::libcaffe::Solver;

void Init() {
  crema::libcaffe::InitLogging();
  crema::libcaffe::InitRegistry();
}

template <class Body>
crema_status Guard(const Body& body) {
  const Place::Scope place;
  return crema::border::Guard(body, Place::LayerName);
}

std::vector<int> ShapeOf(const int32_t* dims, int32_t axes) {
  const std::vector<int> shape = crema::border::ShapeOf(dims, axes);
  crema::libcaffe::CheckShape(shape);
  return shape;
}

// The handle of the blob at an index of a vector of pointers; null if there is none.
template <class Blobs>
crema_blob* BlobAt(Session& session, const Blobs& blobs, int32_t index) {
  const auto* found = Find(blobs, index);
  return found == nullptr ? nullptr : session.Handle(&**found);
}

// Where a range of the blob's data or diff begins; null for an empty range.
float* Values(crema_blob* handle, int32_t diff, uint64_t offset, uint64_t count) {
  crema::libcaffe::CaffeBlob& blob = ObjectOf(handle)->blob;
  CheckRange(static_cast<uint64_t>(blob.count()), offset, count);
  if (count == 0) return nullptr;
  return (diff != 0 ? blob.mutable_cpu_diff() : blob.mutable_cpu_data()) + offset;
}

uint64_t Give(crema_blob* handle, bool diff) {
  uint64_t address = 0;
  Guard([&] { address = ObjectOf(handle)->session.Give(ObjectOf(handle)->blob, diff); });
  return address;
}

const CaffeNet& NetOf(const crema_net* net) { return ObjectOf(net)->net(); }

CaffeLayer* LayerAt(const crema_net* net, int32_t layer) {
  const auto* found = Find(NetOf(net).layers(), layer);
  return found == nullptr ? nullptr : found->get();
}

}  // namespace

extern "C" {

const char* crema_engine_name(void) { return "libcaffe"; }

const char* crema_engine_version(void) {
  static const std::string version =
      crema::StrCat("Caffe ", CREMA_LIBCAFFE_VERSION, ", ", crema::libcaffe::BlasVersion());
  return version.c_str();
}

const char* crema_layer_types(void) {
  Init();
  return crema::libcaffe::LayerTypeNames().c_str();
}

int32_t crema_knows_field(const char* message, int32_t field, int32_t value) {
  const auto* type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
      crema::StrCat("caffe.", message));
  const auto* found = type == nullptr ? nullptr : type->FindFieldByNumber(field);
  if (found == nullptr) return 0;
  const auto* values = found->enum_type();
  return values == nullptr || values->FindValueByNumber(value) != nullptr;
}

int32_t crema_threads(void) { return crema::libcaffe::Threads(); }

crema_status crema_set_threads(int32_t n) {
  return Guard([&] { crema::libcaffe::SetThreads(n); });
}

// It computes layer by layer, always in the same way, and never by Winograd's algorithm.
crema_status crema_set_option(const char* name, int32_t value) {
  return Guard([&] {
    if (std::strcmp(name, "winograd") != 0 || value != 2) return;
    throw crema::Error(
        "Expected winograd to be 0 (never) or 1 (where it is faster) but found 2 (always): "
        "libcaffe "
        "does not have it");
  });
}

crema_status crema_tuning(crema_buffer** text) {
  return Guard([&] { crema::border::GiveText("", text); });
}

crema_status crema_add_tuning(const uint8_t* /*text*/, uint64_t /*size*/) { return CREMA_OK; }

int32_t crema_layer_num_bottoms(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->bottoms().size());
}
int32_t crema_layer_num_tops(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->tops().size());
}
int32_t crema_layer_num_params(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->params().size());
}

crema_blob* crema_layer_bottom(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->session(), ObjectOf(layer)->bottoms(), index);
}

crema_blob* crema_layer_top(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->session(), ObjectOf(layer)->tops(), index);
}

crema_blob* crema_layer_param(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->session(), ObjectOf(layer)->params(), index);
}

crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims, int32_t axes,
                                   const uint8_t* filler, uint64_t size) {
  return Guard([&] {
    ObjectOf(layer)->AddParam(ShapeOf(dims, axes),
                              Parse<caffe::FillerParameter>(filler, size, "FillerParameter"));
  });
}

int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity) {
  return FillInts(crema::libcaffe::ShapeOf(ObjectOf(blob)->blob), dims, capacity);
}

crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes) {
  return Guard([&] {
    const std::vector<int> shape = ShapeOf(dims, axes);
    auto& [own, session] = *ObjectOf(blob);
    CheckKeepsShape(!session.MayReshape(own), own.shape(), shape);
    own.Reshape(shape);
  });
}

uint64_t crema_blob_data(crema_blob* blob) { return Give(blob, false); }
uint64_t crema_blob_diff(crema_blob* blob) { return Give(blob, true); }

crema_status crema_blob_read(crema_blob* blob, int32_t diff, uint64_t offset, float* values,
                             uint64_t count) {
  return Guard([&] {
    const float* from = Values(blob, diff, offset, count);
    if (from != nullptr) std::memcpy(values, from, count * sizeof(float));
  });
}

crema_status crema_blob_write(crema_blob* blob, int32_t diff, uint64_t offset, const float* values,
                              uint64_t count) {
  return Guard([&] {
    float* to = Values(blob, diff, offset, count);
    if (to != nullptr) std::memcpy(to, values, count * sizeof(float));
  });
}

crema_status crema_blob_norms(crema_blob* blob, int32_t diff, double* asum, double* sumsq) {
  return Guard([&] {
    const auto count = static_cast<uint64_t>(ObjectOf(blob)->blob.count());
    crema::border::Norms(Values(blob, diff, 0, count), count, asum, sumsq);
  });
}

crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                              const crema_host* host, crema_net** net) {
  Init();
  return Guard([&] {
    auto made = Net::Make(Parse<caffe::NetParameter>(param, size, "NetParameter"), seed, host);
    *net = HandleOf<crema_net>(made.release());
  });
}

void crema_net_free(crema_net* net) { std::unique_ptr<Net> owned(ObjectOf(net)); }

const char* crema_net_name(const crema_net* net) { return NetOf(net).name().c_str(); }
int32_t crema_net_phase(const crema_net* net) { return NetOf(net).phase(); }
int32_t crema_net_num_layers(const crema_net* net) {
  return static_cast<int32_t>(NetOf(net).layers().size());
}

const char* crema_net_layer_name(const crema_net* net, int32_t layer) {
  const CaffeLayer* found = LayerAt(net, layer);
  return found == nullptr ? nullptr : found->layer_param().name().c_str();
}

const char* crema_net_layer_type(const crema_net* net, int32_t layer) {
  const CaffeLayer* found = LayerAt(net, layer);
  return found == nullptr ? nullptr : found->layer_param().type().c_str();
}

int32_t crema_net_layer_needs_backward(const crema_net* net, int32_t layer) {
  return At(NetOf(net).layer_need_backward(), layer, 0);
}

int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                int32_t capacity) {
  return LayerAt(net, layer) == nullptr ? 0
                                        : FillInts(NetOf(net).bottom_ids(layer), blobs, capacity);
}

int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                             int32_t capacity) {
  return LayerAt(net, layer) == nullptr ? 0 : FillInts(NetOf(net).top_ids(layer), blobs, capacity);
}

int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer) {
  CaffeLayer* found = LayerAt(net, layer);
  return found == nullptr ? 0 : static_cast<int32_t>(found->blobs().size());
}

crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index) {
  CaffeLayer* found = LayerAt(net, layer);
  return found == nullptr ? nullptr : BlobAt(ObjectOf(net)->session(), found->blobs(), index);
}

int32_t crema_net_num_blobs(const crema_net* net) {
  return static_cast<int32_t>(NetOf(net).blobs().size());
}

const char* crema_net_blob_name(const crema_net* net, int32_t blob) {
  const std::string* name = Find(NetOf(net).blob_names(), blob);
  return name == nullptr ? nullptr : name->c_str();
}

crema_blob* crema_net_blob(crema_net* net, int32_t blob) {
  return BlobAt(ObjectOf(net)->session(), NetOf(net).blobs(), blob);
}

float crema_net_blob_loss_weight(const crema_net* net, int32_t blob) {
  return At(NetOf(net).blob_loss_weights(), blob, 0.0f);
}

int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(NetOf(net).input_blob_indices(), blobs, capacity);
}

int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(NetOf(net).output_blob_indices(), blobs, capacity);
}

int32_t crema_net_num_learnable(const crema_net* net) {
  return static_cast<int32_t>(NetOf(net).learnable_params().size());
}

crema_blob* crema_net_learnable(crema_net* net, int32_t index) {
  return BlobAt(ObjectOf(net)->session(), NetOf(net).learnable_params(), index);
}

float crema_net_learnable_lr_mult(const crema_net* net, int32_t index) {
  return At(NetOf(net).params_lr(), index, 0.0f);
}

float crema_net_learnable_decay_mult(const crema_net* net, int32_t index) {
  return At(NetOf(net).params_weight_decay(), index, 0.0f);
}

crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end, float* loss) {
  return Guard([&] {
    const float sum = ObjectOf(net)->Forward(start, end);
    if (loss != nullptr) *loss = sum;
  });
}

crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end) {
  return Guard([&] { ObjectOf(net)->Backward(start, end); });
}

crema_status crema_net_reshape(crema_net* net) {
  return Guard([&] { ObjectOf(net)->Reshape(); });
}

crema_status crema_net_clear_diffs(crema_net* net) {
  return Guard([&] { ObjectOf(net)->net().ClearParamDiffs(); });
}

crema_status crema_net_share_with(crema_net* net, crema_net* other) {
  return Guard([&] {
    crema::libcaffe::ShareWith(ObjectOf(net)->net(), ObjectOf(other)->net());
    ObjectOf(net)->session().Sweep();
  });
}

crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size) {
  return Guard([&] {
    crema::libcaffe::CopyFrom(ObjectOf(net)->net(),
                              Parse<caffe::NetParameter>(param, size, "NetParameter"));
  });
}

crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param) {
  return Guard([&] {
    caffe::NetParameter saved;
    ObjectOf(net)->net().ToProto(&saved, diffs != 0);
    Serialize(saved, param);
  });
}

crema_status crema_net_plan(crema_net* /*net*/, crema_buffer** plan) {
  return Guard([&] { crema::border::GiveText("[]", plan); });
}

int32_t crema_net_seconds(const crema_net* net, int32_t backward, double* seconds,
                          int32_t capacity) {
  const std::vector<double>& all = ObjectOf(net)->seconds(backward != 0);
  const size_t count = std::min(all.size(), static_cast<size_t>(std::max(capacity, 0)));
  std::copy_n(all.begin(), count, seconds);
  return static_cast<int32_t>(all.size());
}

crema_status crema_solver_create(const uint8_t* param, uint64_t size, const crema_host* host,
                                 crema_solver** solver) {
  Init();
  return Guard([&] {
    auto made = std::make_unique<Solver>(
        Parse<caffe::SolverParameter>(param, size, "SolverParameter"), host);
    *solver = HandleOf<crema_solver>(made.release());
  });
}

void crema_solver_free(crema_solver* solver) { std::unique_ptr<Solver> owned(ObjectOf(solver)); }

crema_net* crema_solver_net(crema_solver* solver) {
  return HandleOf<crema_net>(&ObjectOf(solver)->net());
}

int32_t crema_solver_num_test_nets(const crema_solver* solver) {
  return static_cast<int32_t>(ObjectOf(solver)->test_nets().size());
}

crema_net* crema_solver_test_net(crema_solver* solver, int32_t index) {
  const std::unique_ptr<Net>* found = Find(ObjectOf(solver)->test_nets(), index);
  return found == nullptr ? nullptr : HandleOf<crema_net>(found->get());
}

int64_t crema_solver_iteration(const crema_solver* solver) { return ObjectOf(solver)->iteration(); }

crema_status crema_solver_learning_rate(crema_solver* solver, float* rate) {
  return Guard([&] { *rate = ObjectOf(solver)->LearningRate(); });
}

crema_status crema_solver_set_learning_rate(crema_solver* solver, float rate) {
  return Guard([&] { ObjectOf(solver)->SetLearningRate(rate); });
}

crema_status crema_solver_forward_backward(crema_solver* solver, float* loss) {
  return Guard([&] {
    const float mean = ObjectOf(solver)->ForwardBackward();
    if (loss != nullptr) *loss = mean;
  });
}

crema_status crema_solver_apply_update(crema_solver* solver) {
  return Guard([&] { ObjectOf(solver)->ApplyUpdate(); });
}

crema_status crema_solver_state(crema_solver* solver, crema_buffer** state) {
  return Guard([&] { Serialize(ObjectOf(solver)->State(), state); });
}

crema_status crema_solver_restore(crema_solver* solver, const uint8_t* state, uint64_t size) {
  return Guard(
      [&] { ObjectOf(solver)->Restore(Parse<caffe::SolverState>(state, size, "SolverState")); });
}

}  // extern "C"
