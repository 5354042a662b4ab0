// Real libcaffe behind crema.h: handles are pointers to the structs below, exceptions become
// statuses.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include "engine/libcaffe/fatal.h"
#include "engine/libcaffe/host_layer.h"
#include "engine/libcaffe/net.h"
#include "engine/libcaffe/params.h"
#include "engine/libcaffe/place.h"
#include "engine/libcaffe/registry.h"
#include "engine/libcaffe/solver.h"
#include "engine/libcaffe/threads.h"
#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "engine/shared/ops/backend.h"
#include "engine/shared/transform.h"
#include "ffi/crema.h"

namespace {

using crema::Error;
using crema::Require;
using crema::border::FillInts;
using crema::border::Parse;
using crema::border::Serialize;
using crema::border::Within;
using crema::libcaffe::CaffeBlob;
using crema::libcaffe::CaffeLayer;
using crema::libcaffe::CaffeNet;
using crema::libcaffe::HostLayer;

thread_local std::string last_error, last_error_layer;

crema_status Fail(crema_status status, const char* message, const std::string& layer) {
  last_error = message;
  last_error_layer = layer;
  return status;
}

void Init() {
  crema::libcaffe::InitLogging();
  crema::libcaffe::InitRegistry();
}

// Runs `body`; whatever it throws becomes the thread's last error.
template <class Body>
crema_status Guard(const Body& body) {
  const crema::libcaffe::Place::Scope place;
  try {
    body();
    return CREMA_OK;
  } catch (const Error& error) {
    return Fail(error.status(), error.what(), error.layer());
  } catch (const std::bad_alloc&) {
    return Fail(CREMA_INTERNAL, "Expected enough memory but found none left",
                crema::libcaffe::Place::LayerName());
  } catch (const std::exception& error) {
    return Fail(CREMA_INTERNAL, error.what(), crema::libcaffe::Place::LayerName());
  }
}

HostLayer* Of(crema_layer* layer) { return reinterpret_cast<HostLayer*>(layer); }
const HostLayer* Of(const crema_layer* layer) { return reinterpret_cast<const HostLayer*>(layer); }

// The element at an index, or `otherwise`.
template <class Values, class Value>
Value At(const Values& values, int32_t index, Value otherwise) {
  return Within(index, values.size()) ? static_cast<Value>(values[static_cast<size_t>(index)])
                                      : otherwise;
}

std::vector<int> ShapeOf(const int32_t* dims, int32_t axes) {
  Require(axes >= 0 && axes <= kMaxBlobAxes, "Expected 0 to ", kMaxBlobAxes, " axes but found ",
          axes);
  const std::vector<int> shape(dims, dims + axes);
  crema::libcaffe::CheckShape(shape);
  return shape;
}

// The values that a range of the blob's data or diff begins at; null where the blob has none.
float* Values(crema_blob* blob, int32_t diff, uint64_t offset, uint64_t count) {
  crema::border::CheckRange(static_cast<uint64_t>(blob->blob.count()), offset, count);
  if (count == 0) return nullptr;
  float* values = diff != 0 ? blob->blob.mutable_cpu_diff() : blob->blob.mutable_cpu_data();
  return values + offset;
}

uint64_t Give(crema_blob* blob, bool diff) {
  uint64_t address = 0;
  Guard([&] { address = blob->session.Give(blob->blob, diff); });
  return address;
}

CaffeLayer* LayerAt(const crema_net* net, int32_t layer) {
  const auto& layers = net->net().layers();
  return Within(layer, layers.size()) ? layers[static_cast<size_t>(layer)].get() : nullptr;
}

}  // namespace

namespace crema::ops {

crema_status Fail(crema_status status, const char* message) { return ::Fail(status, message, ""); }

}  // namespace crema::ops

extern "C" {

int32_t crema_abi_version(void) { return CREMA_ABI_VERSION; }

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

const char* crema_last_error(void) { return last_error.c_str(); }
const char* crema_last_error_layer(void) { return last_error_layer.c_str(); }

int32_t crema_threads(void) { return crema::libcaffe::Threads(); }

crema_status crema_set_threads(int32_t n) {
  return Guard([&] { crema::libcaffe::SetThreads(n); });
}

uint64_t crema_buffer_size(const crema_buffer* buffer) { return buffer->bytes.size(); }
const uint8_t* crema_buffer_data(const crema_buffer* buffer) {
  return reinterpret_cast<const uint8_t*>(buffer->bytes.data());
}
void crema_buffer_free(crema_buffer* buffer) { std::unique_ptr<crema_buffer> owned(buffer); }

int32_t crema_layer_num_bottoms(const crema_layer* layer) {
  return static_cast<int32_t>(Of(layer)->bottoms().size());
}
int32_t crema_layer_num_tops(const crema_layer* layer) {
  return static_cast<int32_t>(Of(layer)->tops().size());
}
int32_t crema_layer_num_params(const crema_layer* layer) {
  return static_cast<int32_t>(const_cast<HostLayer*>(Of(layer))->blobs().size());
}

crema_blob* crema_layer_bottom(crema_layer* layer, int32_t index) {
  CaffeBlob* blob = At<std::vector<CaffeBlob*>, CaffeBlob*>(Of(layer)->bottoms(), index, nullptr);
  return blob == nullptr ? nullptr : Of(layer)->session().Handle(blob);
}

crema_blob* crema_layer_top(crema_layer* layer, int32_t index) {
  CaffeBlob* blob = At<std::vector<CaffeBlob*>, CaffeBlob*>(Of(layer)->tops(), index, nullptr);
  return blob == nullptr ? nullptr : Of(layer)->session().Handle(blob);
}

crema_blob* crema_layer_param(crema_layer* layer, int32_t index) {
  const auto& blobs = Of(layer)->blobs();
  return Within(index, blobs.size())
             ? Of(layer)->session().Handle(blobs[static_cast<size_t>(index)].get())
             : nullptr;
}

crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims, int32_t axes,
                                   const uint8_t* filler, uint64_t size) {
  return Guard([&] {
    Of(layer)->AddParam(ShapeOf(dims, axes),
                        Parse<caffe::FillerParameter>(filler, size, "FillerParameter"));
  });
}

int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity) {
  return FillInts(blob->blob.shape(), dims, capacity);
}

crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes) {
  return Guard([&] {
    const std::vector<int> shape = ShapeOf(dims, axes);
    crema::border::CheckKeepsShape(!blob->session.MayReshape(blob->blob), blob->blob.shape(),
                                   shape);
    blob->blob.Reshape(shape);
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
    const auto count = static_cast<uint64_t>(blob->blob.count());
    const float* values = Values(blob, diff, 0, count);
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < count; ++i) {
      sum += std::fabs(values[i]);
      squares += static_cast<double>(values[i]) * values[i];
    }
    *asum = sum;
    *sumsq = squares;
  });
}

crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                              const crema_host* host, crema_net** net) {
  Init();
  return Guard([&] {
    *net = crema_net::Make(Parse<caffe::NetParameter>(param, size, "NetParameter"), seed, host)
               .release();
  });
}

void crema_net_free(crema_net* net) { std::unique_ptr<crema_net> owned(net); }

const char* crema_net_name(const crema_net* net) { return net->net().name().c_str(); }
int32_t crema_net_phase(const crema_net* net) { return net->net().phase(); }
int32_t crema_net_num_layers(const crema_net* net) {
  return static_cast<int32_t>(net->net().layers().size());
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
  return At(net->net().layer_need_backward(), layer, 0);
}

int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                int32_t capacity) {
  return LayerAt(net, layer) == nullptr ? 0
                                        : FillInts(net->net().bottom_ids(layer), blobs, capacity);
}

int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                             int32_t capacity) {
  return LayerAt(net, layer) == nullptr ? 0 : FillInts(net->net().top_ids(layer), blobs, capacity);
}

int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer) {
  CaffeLayer* found = LayerAt(net, layer);
  return found == nullptr ? 0 : static_cast<int32_t>(found->blobs().size());
}

crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index) {
  CaffeLayer* found = LayerAt(net, layer);
  if (found == nullptr || !Within(index, found->blobs().size())) return nullptr;
  return net->session().Handle(found->blobs()[static_cast<size_t>(index)].get());
}

int32_t crema_net_num_blobs(const crema_net* net) {
  return static_cast<int32_t>(net->net().blobs().size());
}

const char* crema_net_blob_name(const crema_net* net, int32_t blob) {
  const auto& names = net->net().blob_names();
  return Within(blob, names.size()) ? names[static_cast<size_t>(blob)].c_str() : nullptr;
}

crema_blob* crema_net_blob(crema_net* net, int32_t blob) {
  const auto& blobs = net->net().blobs();
  return Within(blob, blobs.size()) ? net->session().Handle(blobs[static_cast<size_t>(blob)].get())
                                    : nullptr;
}

float crema_net_blob_loss_weight(const crema_net* net, int32_t blob) {
  return At(net->net().blob_loss_weights(), blob, 0.0f);
}

int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(net->net().input_blob_indices(), blobs, capacity);
}

int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(net->net().output_blob_indices(), blobs, capacity);
}

int32_t crema_net_num_learnable(const crema_net* net) {
  return static_cast<int32_t>(net->net().learnable_params().size());
}

crema_blob* crema_net_learnable(crema_net* net, int32_t index) {
  const auto& all = net->net().learnable_params();
  return Within(index, all.size()) ? net->session().Handle(all[static_cast<size_t>(index)])
                                   : nullptr;
}

float crema_net_learnable_lr_mult(const crema_net* net, int32_t index) {
  return At(net->net().params_lr(), index, 0.0f);
}

float crema_net_learnable_decay_mult(const crema_net* net, int32_t index) {
  return At(net->net().params_weight_decay(), index, 0.0f);
}

crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end, float* loss) {
  return Guard([&] {
    const float sum = net->Forward(start, end);
    if (loss != nullptr) *loss = sum;
  });
}

crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end) {
  return Guard([&] { net->Backward(start, end); });
}

crema_status crema_net_reshape(crema_net* net) {
  return Guard([&] { net->Reshape(); });
}

crema_status crema_net_clear_diffs(crema_net* net) {
  return Guard([&] { net->net().ClearParamDiffs(); });
}

crema_status crema_net_share_with(crema_net* net, crema_net* other) {
  return Guard([&] {
    crema::libcaffe::ShareWith(net->net(), other->net());
    net->session().Sweep();
  });
}

crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size) {
  return Guard([&] {
    crema::libcaffe::CopyFrom(net->net(), Parse<caffe::NetParameter>(param, size, "NetParameter"));
  });
}

crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param) {
  return Guard([&] {
    caffe::NetParameter saved;
    net->net().ToProto(&saved, diffs != 0);
    Serialize(saved, param);
  });
}

crema_status crema_solver_create(const uint8_t* param, uint64_t size, const crema_host* host,
                                 crema_solver** solver) {
  Init();
  return Guard([&] {
    *solver = std::make_unique<crema_solver>(
                  Parse<caffe::SolverParameter>(param, size, "SolverParameter"), host)
                  .release();
  });
}

void crema_solver_free(crema_solver* solver) { std::unique_ptr<crema_solver> owned(solver); }

crema_net* crema_solver_net(crema_solver* solver) { return &solver->net(); }

int32_t crema_solver_num_test_nets(const crema_solver* solver) {
  return static_cast<int32_t>(solver->test_nets().size());
}

crema_net* crema_solver_test_net(crema_solver* solver, int32_t index) {
  auto& nets = solver->test_nets();
  return Within(index, nets.size()) ? nets[static_cast<size_t>(index)].get() : nullptr;
}

int64_t crema_solver_iteration(const crema_solver* solver) { return solver->iteration(); }

crema_status crema_solver_learning_rate(crema_solver* solver, float* rate) {
  return Guard([&] { *rate = solver->LearningRate(); });
}

crema_status crema_solver_forward_backward(crema_solver* solver, float* loss) {
  return Guard([&] {
    const float mean = solver->ForwardBackward();
    if (loss != nullptr) *loss = mean;
  });
}

crema_status crema_solver_apply_update(crema_solver* solver) {
  return Guard([&] { solver->ApplyUpdate(); });
}

crema_status crema_solver_state(crema_solver* solver, crema_buffer** state) {
  return Guard([&] { Serialize(solver->State(), state); });
}

crema_status crema_solver_restore(crema_solver* solver, const uint8_t* state, uint64_t size) {
  return Guard([&] { solver->Restore(Parse<caffe::SolverState>(state, size, "SolverState")); });
}

crema_status crema_transform_batch(const crema_transform* transform, int32_t num,
                                   const uint8_t* records, const int32_t* offsets,
                                   const uint8_t* mirror, float* out) {
  return Guard([&] { crema::TransformBatch(*transform, num, records, offsets, mirror, out); });
}

}  // extern "C"
