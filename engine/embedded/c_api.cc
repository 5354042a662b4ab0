// The embedded engine behind crema.h: handles are pointers to the engine's own objects, exceptions
// become statuses.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "caffe.pb.h"
#include "engine/embedded/core/onednn.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/net/host_layer.h"
#include "engine/embedded/net/net.h"
#include "engine/embedded/solver/seed.h"
#include "engine/embedded/solver/solver.h"
#include "engine/shared/border.h"
#include "engine/shared/error.h"
#include "engine/shared/ops/backend.h"
#include "engine/shared/transform.h"
#include "ffi/crema.h"

namespace {

using crema::Blob;
using crema::Error;
using crema::HostLayer;
using crema::Net;
using crema::Require;
using crema::Shape;
using crema::Solver;
using crema::Storage;
using crema::border::FillInts;
using crema::border::Parse;
using crema::border::Serialize;
using crema::border::Within;

thread_local std::string last_error, last_error_layer;

crema_status Fail(crema_status status, const char* message, const std::string& layer = "") {
  last_error = message;
  last_error_layer = layer;
  return status;
}

// Runs `body`; whatever it throws becomes the thread's last error.
template <class Body>
crema_status Guard(const Body& body) {
  try {
    body();
    return CREMA_OK;
  } catch (const Error& error) {
    return Fail(error.status(), error.what(), error.layer());
  } catch (const std::invalid_argument& error) {
    return Fail(CREMA_INVALID, error.what());
  } catch (const std::bad_alloc&) {
    return Fail(CREMA_INTERNAL, "Expected enough memory but found none left");
  } catch (const std::exception& error) {
    return Fail(CREMA_INTERNAL, error.what());
  }
}

// The handles of the contract and what they are.
Net* Of(crema_net* net) { return reinterpret_cast<Net*>(net); }
const Net* Of(const crema_net* net) { return reinterpret_cast<const Net*>(net); }
Solver* Of(crema_solver* solver) { return reinterpret_cast<Solver*>(solver); }
const Solver* Of(const crema_solver* solver) { return reinterpret_cast<const Solver*>(solver); }
Blob* Of(crema_blob* blob) { return reinterpret_cast<Blob*>(blob); }
const Blob* Of(const crema_blob* blob) { return reinterpret_cast<const Blob*>(blob); }
HostLayer* Of(crema_layer* layer) { return reinterpret_cast<HostLayer*>(layer); }
const HostLayer* Of(const crema_layer* layer) { return reinterpret_cast<const HostLayer*>(layer); }
crema_blob* Handle(Blob* blob) { return reinterpret_cast<crema_blob*>(blob); }
crema_net* Handle(Net* net) { return reinterpret_cast<crema_net*>(net); }

Shape ShapeOf(const int32_t* dims, int32_t axes) {
  Require(axes >= 0 && axes <= 32, "Expected 0 to 32 axes but found ", axes);
  return Shape(dims, dims + axes);
}

Storage& Side(crema_blob* blob, int32_t diff) {
  return diff != 0 ? Of(blob)->diff() : Of(blob)->data();
}

void CheckRange(Blob& blob, uint64_t offset, uint64_t count) {
  blob.CheckMemory();
  crema::border::CheckRange(static_cast<uint64_t>(blob.count()), offset, count);
}

// The plain values, without making someone outside their holder.
const float* PlainValues(crema_blob* blob, int32_t diff) { return Side(blob, diff).Read(); }

const crema_host kNoHost = {};

}  // namespace

namespace crema::ops {

crema_status Fail(crema_status status, const char* message) { return ::Fail(status, message); }

}  // namespace crema::ops

extern "C" {

int32_t crema_abi_version(void) { return CREMA_ABI_VERSION; }

const char* crema_engine_name(void) { return "embedded"; }

const char* crema_engine_version(void) {
  static const std::string version =
      crema::StrCat("crema ", CREMA_VERSION, ", oneDNN ", crema::onednn::Version(), ", ",
                    crema::onednn::InstructionSet());
  return version.c_str();
}

const char* crema_layer_types(void) { return crema::LayerTypeNames().c_str(); }

const char* crema_last_error(void) { return last_error.c_str(); }
const char* crema_last_error_layer(void) { return last_error_layer.c_str(); }

int32_t crema_threads(void) { return omp_get_max_threads(); }

crema_status crema_set_threads(int32_t n) {
  return Guard([&] {
    Require(n >= 1, "Expected at least 1 thread but found ", n);
    omp_set_num_threads(n);
  });
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
  const auto& blobs = Of(layer)->bottoms();
  return Within(index, blobs.size()) ? Handle(blobs[static_cast<size_t>(index)]) : nullptr;
}

crema_blob* crema_layer_top(crema_layer* layer, int32_t index) {
  const auto& blobs = Of(layer)->tops();
  return Within(index, blobs.size()) ? Handle(blobs[static_cast<size_t>(index)]) : nullptr;
}

crema_blob* crema_layer_param(crema_layer* layer, int32_t index) {
  const auto& blobs = Of(layer)->blobs();
  return Within(index, blobs.size()) ? Handle(blobs[static_cast<size_t>(index)].get()) : nullptr;
}

crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims, int32_t axes,
                                   const uint8_t* filler, uint64_t size) {
  return Guard([&] {
    Of(layer)->AddHostParam(ShapeOf(dims, axes),
                            Parse<caffe::FillerParameter>(filler, size, "FillerParameter"));
  });
}

int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity) {
  return FillInts(Of(blob)->shape(), dims, capacity);
}

crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes) {
  return Guard([&] {
    const Shape shape = ShapeOf(dims, axes);
    crema::border::CheckKeepsShape(Of(blob)->fixed_shape(), Of(blob)->shape(), shape);
    Of(blob)->Reshape(shape);
  });
}

uint64_t crema_blob_data(crema_blob* blob) {
  uint64_t address = 0;
  Guard([&] { address = reinterpret_cast<uint64_t>(Of(blob)->PinData()); });
  return address;
}

uint64_t crema_blob_diff(crema_blob* blob) {
  uint64_t address = 0;
  Guard([&] { address = reinterpret_cast<uint64_t>(Of(blob)->PinDiff()); });
  return address;
}

crema_status crema_blob_read(crema_blob* blob, int32_t diff, uint64_t offset, float* values,
                             uint64_t count) {
  return Guard([&] {
    CheckRange(*Of(blob), offset, count);
    if (count > 0) std::memcpy(values, PlainValues(blob, diff) + offset, count * sizeof(float));
  });
}

crema_status crema_blob_write(crema_blob* blob, int32_t diff, uint64_t offset, const float* values,
                              uint64_t count) {
  return Guard([&] {
    CheckRange(*Of(blob), offset, count);
    if (count > 0)
      std::memcpy(Side(blob, diff).ReadWrite() + offset, values, count * sizeof(float));
  });
}

crema_status crema_blob_norms(crema_blob* blob, int32_t diff, double* asum, double* sumsq) {
  return Guard([&] {
    Of(blob)->CheckMemory();
    const float* values = PlainValues(blob, diff);
    double sum = 0, squares = 0;
    for (int64_t i = 0; i < Of(blob)->count(); ++i) {
      sum += std::fabs(values[i]);
      squares += static_cast<double>(values[i]) * values[i];
    }
    *asum = sum;
    *sumsq = squares;
  });
}

crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                              const crema_host* host, crema_net** net) {
  return Guard([&] {
    const auto message = Parse<caffe::NetParameter>(param, size, "NetParameter");
    auto made =
        std::make_unique<Net>(message, crema::SeedOf(seed), 0, host != nullptr ? *host : kNoHost);
    *net = Handle(made.release());
  });
}

void crema_net_free(crema_net* net) { std::unique_ptr<Net> owned(Of(net)); }

const char* crema_net_name(const crema_net* net) { return Of(net)->name().c_str(); }
int32_t crema_net_phase(const crema_net* net) { return Of(net)->phase(); }
int32_t crema_net_num_layers(const crema_net* net) {
  return static_cast<int32_t>(Of(net)->nodes().size());
}

const char* crema_net_layer_name(const crema_net* net, int32_t layer) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size()) ? nodes[static_cast<size_t>(layer)].layer->name().c_str()
                                     : nullptr;
}

const char* crema_net_layer_type(const crema_net* net, int32_t layer) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size())
             ? nodes[static_cast<size_t>(layer)].layer->param().type().c_str()
             : nullptr;
}

int32_t crema_net_layer_needs_backward(const crema_net* net, int32_t layer) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size()) && nodes[static_cast<size_t>(layer)].needs_backward;
}

int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                int32_t capacity) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size())
             ? FillInts(nodes[static_cast<size_t>(layer)].bottom_ids, blobs, capacity)
             : 0;
}

int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                             int32_t capacity) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size())
             ? FillInts(nodes[static_cast<size_t>(layer)].top_ids, blobs, capacity)
             : 0;
}

int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer) {
  const auto& nodes = Of(net)->nodes();
  return Within(layer, nodes.size())
             ? static_cast<int32_t>(nodes[static_cast<size_t>(layer)].layer->blobs().size())
             : 0;
}

crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index) {
  auto& nodes = Of(net)->nodes();
  if (!Within(layer, nodes.size())) return nullptr;
  const auto& blobs = nodes[static_cast<size_t>(layer)].layer->blobs();
  return Within(index, blobs.size()) ? Handle(blobs[static_cast<size_t>(index)].get()) : nullptr;
}

int32_t crema_net_num_blobs(const crema_net* net) {
  return static_cast<int32_t>(Of(net)->blob_names().size());
}

const char* crema_net_blob_name(const crema_net* net, int32_t blob) {
  const auto& names = Of(net)->blob_names();
  return Within(blob, names.size()) ? names[static_cast<size_t>(blob)].c_str() : nullptr;
}

crema_blob* crema_net_blob(crema_net* net, int32_t blob) {
  auto& blobs = Of(net)->blobs();
  return Within(blob, blobs.size()) ? Handle(blobs[static_cast<size_t>(blob)].get()) : nullptr;
}

float crema_net_blob_loss_weight(const crema_net* net, int32_t blob) {
  return Within(blob, Of(net)->blob_names().size())
             ? Of(net)->blob_loss_weight(static_cast<size_t>(blob))
             : 0.0f;
}

int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(Of(net)->inputs(), blobs, capacity);
}

int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity) {
  return FillInts(Of(net)->outputs(), blobs, capacity);
}

int32_t crema_net_num_learnable(const crema_net* net) {
  return static_cast<int32_t>(Of(net)->learnables().size());
}

crema_blob* crema_net_learnable(crema_net* net, int32_t index) {
  const auto& all = Of(net)->learnables();
  return Within(index, all.size()) ? Handle(all[static_cast<size_t>(index)].blob) : nullptr;
}

float crema_net_learnable_lr_mult(const crema_net* net, int32_t index) {
  const auto& all = Of(net)->learnables();
  return Within(index, all.size()) ? all[static_cast<size_t>(index)].lr_mult : 0.0f;
}

float crema_net_learnable_decay_mult(const crema_net* net, int32_t index) {
  const auto& all = Of(net)->learnables();
  return Within(index, all.size()) ? all[static_cast<size_t>(index)].decay_mult : 0.0f;
}

crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end, float* loss) {
  return Guard([&] {
    const auto last = static_cast<int>(Of(net)->nodes().size()) - 1;
    const float sum = Of(net)->Forward(start < 0 ? 0 : start, end < 0 ? last : end);
    if (loss != nullptr) *loss = sum;
  });
}

crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end) {
  return Guard([&] {
    const auto last = static_cast<int>(Of(net)->nodes().size()) - 1;
    Of(net)->Backward(start < 0 ? last : start, end < 0 ? 0 : end);
  });
}

crema_status crema_net_reshape(crema_net* net) {
  return Guard([&] { Of(net)->Reshape(); });
}

crema_status crema_net_clear_diffs(crema_net* net) {
  return Guard([&] { Of(net)->ClearDiffs(); });
}

crema_status crema_net_share_with(crema_net* net, crema_net* other) {
  return Guard([&] { Of(net)->ShareWith(*Of(other)); });
}

crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size) {
  return Guard([&] { Of(net)->CopyFrom(Parse<caffe::NetParameter>(param, size, "NetParameter")); });
}

crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param) {
  return Guard([&] { Serialize(Of(net)->ToProto(diffs != 0), param); });
}

crema_status crema_solver_create(const uint8_t* param, uint64_t size, const crema_host* host,
                                 crema_solver** solver) {
  return Guard([&] {
    const auto message = Parse<caffe::SolverParameter>(param, size, "SolverParameter");
    auto made = std::make_unique<Solver>(message, host != nullptr ? *host : kNoHost);
    *solver = reinterpret_cast<crema_solver*>(made.release());
  });
}

void crema_solver_free(crema_solver* solver) { std::unique_ptr<Solver> owned(Of(solver)); }

crema_net* crema_solver_net(crema_solver* solver) { return Handle(&Of(solver)->net()); }

int32_t crema_solver_num_test_nets(const crema_solver* solver) {
  return static_cast<int32_t>(const_cast<Solver*>(Of(solver))->test_nets().size());
}

crema_net* crema_solver_test_net(crema_solver* solver, int32_t index) {
  auto& nets = Of(solver)->test_nets();
  return Within(index, nets.size()) ? Handle(nets[static_cast<size_t>(index)].get()) : nullptr;
}

int64_t crema_solver_iteration(const crema_solver* solver) { return Of(solver)->iteration(); }

crema_status crema_solver_learning_rate(crema_solver* solver, float* rate) {
  return Guard([&] { *rate = Of(solver)->CurrentRate(); });
}

crema_status crema_solver_forward_backward(crema_solver* solver, float* loss) {
  return Guard([&] {
    const float mean = Of(solver)->ForwardBackward();
    if (loss != nullptr) *loss = mean;
  });
}

crema_status crema_solver_apply_update(crema_solver* solver) {
  return Guard([&] { Of(solver)->ApplyUpdate(); });
}

crema_status crema_solver_state(crema_solver* solver, crema_buffer** state) {
  return Guard([&] { Serialize(Of(solver)->State(), state); });
}

crema_status crema_solver_restore(crema_solver* solver, const uint8_t* state, uint64_t size) {
  return Guard([&] { Of(solver)->Restore(Parse<caffe::SolverState>(state, size, "SolverState")); });
}

crema_status crema_transform_batch(const crema_transform* transform, int32_t num,
                                   const uint8_t* records, const int32_t* offsets,
                                   const uint8_t* mirror, float* out) {
  return Guard([&] { crema::TransformBatch(*transform, num, records, offsets, mirror, out); });
}

}  // extern "C"
