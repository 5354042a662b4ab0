// The embedded engine behind crema.h, in the header's order. What is the same in every engine is in
// engine/shared/border.cc, and the vector math is in engine/shared/ops/.
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "caffe.pb.h"
#include "engine/embedded/core/onednn.h"
#include "engine/embedded/core/options.h"
#include "engine/embedded/core/tuning.h"
#include "engine/embedded/handles.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/net/host_layer.h"
#include "engine/embedded/net/net.h"
#include "engine/embedded/plan/plan_text.h"
#include "engine/embedded/solver/seed.h"
#include "engine/embedded/solver/solver.h"
#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "ffi/crema.h"

namespace {

using crema::Blob;
using crema::Learnable;
using crema::Net;
using crema::Require;
using crema::Shape;
using crema::Solver;
using crema::Storage;
using crema::border::CheckKeepsShape;
using crema::border::CheckRange;
using crema::border::FillInts;
using crema::border::Find;
using crema::border::Guard;
using crema::border::HandleOf;
using crema::border::ObjectOf;
using crema::border::Parse;
using crema::border::Serialize;
using crema::border::ShapeOf;

const crema_host kNoHost = {};

// The handle of the blob at an index of a vector of pointers; null if there is none.
template <class Blobs>
crema_blob* BlobAt(const Blobs& blobs, int32_t index) {
  const auto* found = Find(blobs, index);
  return found == nullptr ? nullptr : HandleOf<crema_blob>(&**found);
}

// The blob's data or diff, once the range is known to lie within it.
Storage& Values(crema_blob* handle, int32_t diff, uint64_t offset, uint64_t count) {
  Blob& blob = *ObjectOf(handle);
  blob.CheckMemory();
  CheckRange(static_cast<uint64_t>(blob.count()), offset, count);
  Storage& storage = diff != 0 ? blob.diff() : blob.data();
  storage.Keep();
  return storage;
}

const Net::Node* NodeAt(const crema_net* net, int32_t layer) {
  return Find(ObjectOf(net)->nodes(), layer);
}

const Learnable* LearnableAt(const crema_net* net, int32_t index) {
  return Find(ObjectOf(net)->learnables(), index);
}

}  // namespace

extern "C" {

const char* crema_engine_name(void) { return "embedded"; }

const char* crema_engine_version(void) {
  static const std::string version =
      crema::StrCat("crema ", CREMA_VERSION, ", oneDNN ", crema::onednn::Version(), ", ",
                    crema::onednn::InstructionSet());
  return version.c_str();
}

const char* crema_layer_types(void) { return crema::LayerTypeNames().c_str(); }

// The lite runtime has no descriptors: what Crema's own caffe.proto has is known.
int32_t crema_knows_field(const char* /*message*/, int32_t /*field*/, int32_t /*value*/) {
  return 1;
}

int32_t crema_threads(void) { return omp_get_max_threads(); }

crema_status crema_set_threads(int32_t n) {
  return Guard([&] {
    Require(n >= 1, "Expected at least 1 thread but found ", n);
    omp_set_num_threads(n);
  });
}

crema_status crema_set_option(const char* name, int32_t value) {
  return Guard([&] {
    const std::string_view option = name;
    const bool winograd = option == "winograd", tune = option == "tune";
    bool* const flag = option == "fuse"        ? &crema::Options().fuse
                       : option == "recycle"   ? &crema::Options().recycle
                       : option == "recompute" ? &crema::Options().recompute
                                               : nullptr;
    Require(winograd || tune || flag != nullptr,
            "Expected an option (fuse, winograd, tune, recycle, recompute) but found '", option,
            "'");
    const int most = flag == nullptr ? 2 : 1;
    Require(value >= 0 && value <= most, "Expected a value from 0 to ", most, " of ", option,
            " but found ", value);
    if (winograd) {
      crema::Options().winograd = static_cast<crema::WinogradUse>(value);
    } else if (tune) {
      crema::Options().tune = static_cast<crema::Tune>(value);
    } else {
      *flag = value == 1;
    }
  });
}

crema_status crema_tuning(crema_buffer** text) {
  return Guard([&] { crema::border::GiveText(crema::Tuning::Shared().Text(), text); });
}

crema_status crema_add_tuning(const uint8_t* text, uint64_t size) {
  return Guard([&] {
    crema::Tuning::Shared().AddText({reinterpret_cast<const char*>(text), size});
  });
}

int32_t crema_layer_num_bottoms(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->bottoms().size());
}
int32_t crema_layer_num_tops(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->tops().size());
}
int32_t crema_layer_num_params(const crema_layer* layer) {
  return static_cast<int32_t>(ObjectOf(layer)->blobs().size());
}

crema_blob* crema_layer_bottom(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->bottoms(), index);
}

crema_blob* crema_layer_top(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->tops(), index);
}

crema_blob* crema_layer_param(crema_layer* layer, int32_t index) {
  return BlobAt(ObjectOf(layer)->blobs(), index);
}

crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims, int32_t axes,
                                   const uint8_t* filler, uint64_t size) {
  return Guard([&] {
    ObjectOf(layer)->AddHostParam(ShapeOf(dims, axes),
                                  Parse<caffe::FillerParameter>(filler, size, "FillerParameter"));
  });
}

int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity) {
  return FillInts(ObjectOf(blob)->shape(), dims, capacity);
}

crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes) {
  return Guard([&] {
    const Shape shape = ShapeOf(dims, axes);
    CheckKeepsShape(ObjectOf(blob)->fixed_shape(), ObjectOf(blob)->shape(), shape);
    ObjectOf(blob)->Reshape(shape);
  });
}

uint64_t crema_blob_data(crema_blob* blob) {
  uint64_t address = 0;
  Guard([&] { address = reinterpret_cast<uint64_t>(ObjectOf(blob)->PinData()); });
  return address;
}

uint64_t crema_blob_diff(crema_blob* blob) {
  uint64_t address = 0;
  Guard([&] { address = reinterpret_cast<uint64_t>(ObjectOf(blob)->PinDiff()); });
  return address;
}

crema_status crema_blob_read(crema_blob* blob, int32_t diff, uint64_t offset, float* values,
                             uint64_t count) {
  return Guard([&] {
    Storage& storage = Values(blob, diff, offset, count);
    if (count > 0) std::memcpy(values, storage.Read() + offset, count * sizeof(float));
  });
}

crema_status crema_blob_write(crema_blob* blob, int32_t diff, uint64_t offset, const float* values,
                              uint64_t count) {
  return Guard([&] {
    Storage& storage = Values(blob, diff, offset, count);
    if (count == 0) return;
    const bool all = count == static_cast<uint64_t>(ObjectOf(blob)->count());
    float* const to = all ? storage.Write() : storage.ReadWrite();
    std::memcpy(to + offset, values, count * sizeof(float));
  });
}

crema_status crema_blob_norms(crema_blob* blob, int32_t diff, double* asum, double* sumsq) {
  return Guard([&] {
    const auto count = static_cast<uint64_t>(ObjectOf(blob)->count());
    crema::border::Norms(Values(blob, diff, 0, count).Read(), count, asum, sumsq);
  });
}

crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                              const crema_host* host, crema_net** net) {
  return Guard([&] {
    const auto message = Parse<caffe::NetParameter>(param, size, "NetParameter");
    auto made = std::make_unique<Net>(
        message, crema::SeedOf(seed), 0, host != nullptr ? *host : kNoHost,
        crema::Options().recycle ? std::make_shared<crema::Arena>() : nullptr);
    *net = HandleOf<crema_net>(made.release());
  });
}

void crema_net_free(crema_net* net) { std::unique_ptr<Net> owned(ObjectOf(net)); }

const char* crema_net_name(const crema_net* net) { return ObjectOf(net)->name().c_str(); }
int32_t crema_net_phase(const crema_net* net) { return ObjectOf(net)->phase(); }
int32_t crema_net_num_layers(const crema_net* net) {
  return static_cast<int32_t>(ObjectOf(net)->nodes().size());
}

const char* crema_net_layer_name(const crema_net* net, int32_t layer) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? nullptr : node->layer->name().c_str();
}

const char* crema_net_layer_type(const crema_net* net, int32_t layer) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? nullptr : node->layer->param().type().c_str();
}

int32_t crema_net_layer_needs_backward(const crema_net* net, int32_t layer) {
  const Net::Node* node = NodeAt(net, layer);
  return node != nullptr && node->needs_backward;
}

int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                int32_t capacity) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? 0 : FillInts(node->bottom_ids, blobs, capacity);
}

int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                             int32_t capacity) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? 0 : FillInts(node->top_ids, blobs, capacity);
}

int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? 0 : static_cast<int32_t>(node->layer->blobs().size());
}

crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index) {
  const Net::Node* node = NodeAt(net, layer);
  return node == nullptr ? nullptr : BlobAt(node->layer->blobs(), index);
}

int32_t crema_net_num_blobs(const crema_net* net) {
  return static_cast<int32_t>(ObjectOf(net)->blob_names().size());
}

const char* crema_net_blob_name(const crema_net* net, int32_t blob) {
  const std::string* name = Find(ObjectOf(net)->blob_names(), blob);
  return name == nullptr ? nullptr : name->c_str();
}

crema_blob* crema_net_blob(crema_net* net, int32_t blob) {
  return BlobAt(ObjectOf(net)->blobs(), blob);
}

float crema_net_blob_loss_weight(const crema_net* net, int32_t blob) {
  return crema::border::At(ObjectOf(net)->blob_loss_weights(), blob, 0.0f);
}

int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(ObjectOf(net)->inputs(), blobs, capacity);
}

int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(ObjectOf(net)->outputs(), blobs, capacity);
}

int32_t crema_net_num_learnable(const crema_net* net) {
  return static_cast<int32_t>(ObjectOf(net)->learnables().size());
}

crema_blob* crema_net_learnable(crema_net* net, int32_t index) {
  const Learnable* found = LearnableAt(net, index);
  return found == nullptr ? nullptr : HandleOf<crema_blob>(found->blob);
}

float crema_net_learnable_lr_mult(const crema_net* net, int32_t index) {
  const Learnable* found = LearnableAt(net, index);
  return found == nullptr ? 0.0f : found->lr_mult;
}

float crema_net_learnable_decay_mult(const crema_net* net, int32_t index) {
  const Learnable* found = LearnableAt(net, index);
  return found == nullptr ? 0.0f : found->decay_mult;
}

crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end, float* loss) {
  return Guard([&] {
    const auto last = static_cast<int>(ObjectOf(net)->nodes().size()) - 1;
    const float sum = ObjectOf(net)->Forward(start < 0 ? 0 : start, end < 0 ? last : end);
    if (loss != nullptr) *loss = sum;
  });
}

crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end) {
  return Guard([&] {
    const auto last = static_cast<int>(ObjectOf(net)->nodes().size()) - 1;
    ObjectOf(net)->Backward(start < 0 ? last : start, end < 0 ? 0 : end);
  });
}

crema_status crema_net_reshape(crema_net* net) {
  return Guard([&] { ObjectOf(net)->Reshape(); });
}

crema_status crema_net_clear_diffs(crema_net* net) {
  return Guard([&] { ObjectOf(net)->ClearDiffs(); });
}

crema_status crema_net_share_with(crema_net* net, crema_net* other) {
  return Guard([&] { ObjectOf(net)->ShareWith(*ObjectOf(other)); });
}

crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size) {
  return Guard(
      [&] { ObjectOf(net)->CopyFrom(Parse<caffe::NetParameter>(param, size, "NetParameter")); });
}

crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param) {
  return Guard([&] { Serialize(ObjectOf(net)->ToProto(diffs != 0), param); });
}

crema_status crema_net_plan(crema_net* net, crema_buffer** plan) {
  return Guard([&] { crema::border::GiveText(crema::PlanText(*ObjectOf(net)), plan); });
}

int32_t crema_net_seconds(const crema_net* net, int32_t backward, double* seconds,
                          int32_t capacity) {
  const auto& nodes = ObjectOf(net)->nodes();
  for (size_t i = 0; i < std::min(nodes.size(), static_cast<size_t>(std::max(capacity, 0))); ++i)
    seconds[i] = backward != 0 ? nodes[i].backward_seconds : nodes[i].forward_seconds;
  return static_cast<int32_t>(nodes.size());
}

crema_status crema_solver_create(const uint8_t* param, uint64_t size, const crema_host* host,
                                 crema_solver** solver) {
  return Guard([&] {
    const auto message = Parse<caffe::SolverParameter>(param, size, "SolverParameter");
    auto made = std::make_unique<Solver>(message, host != nullptr ? *host : kNoHost);
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
  return Guard([&] { *rate = ObjectOf(solver)->CurrentRate(); });
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
