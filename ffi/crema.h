// crema.h: the C contract between Crema's TypeScript and the engine that computes.
//
// Every engine (the embedded one in engine/embedded/, and real libcaffe behind engine/libcaffe/)
// exports exactly these functions. ffi/symbols.ts mirrors this file; a test compares the two.
//
// An example: runs a net with one input and one output. `bytes` holds a serialized NetParameter of
// `size` bytes.
//
//   crema_net* net = NULL;
//   int32_t in, out;
//   float image[4] = {0.1f, 0.2f, 0.3f, 0.4f}, scores[2] = {0, 0};
//   crema_status status = crema_net_create(bytes, size, /*seed=*/1, /*host=*/NULL, &net);
//   if (status == CREMA_OK) {
//     crema_net_inputs(net, &in, /*capacity=*/1);
//     crema_net_outputs(net, &out, /*capacity=*/1);
//     crema_blob_write(crema_net_blob(net, in), /*diff=*/0, /*offset=*/0, image, 4);
//     status = crema_net_forward(net, /*start=*/-1, /*end=*/-1, /*loss=*/NULL);
//     crema_blob_read(crema_net_blob(net, out), /*diff=*/0, /*offset=*/0, scores, 2);
//   }
//   if (status != CREMA_OK) fprintf(stderr, "%s\n", crema_last_error());
//   crema_net_free(net);
//
// Conventions:
//
// 1. Handles are opaque. What a `create` function returned is released by the `free` function of
//    the same name; `free` of null does nothing. A blob, a layer, or a solver's net belongs to its
//    net or solver and ends with it.
//
// 2. A function that can fail returns a crema_status, 0 being CREMA_OK, and writes its results
//    through pointers, on success only. After a failure crema_last_error() says what went wrong on
//    the calling thread. No exception crosses this border, and no input makes a call abort or exit
//    the process. (libcaffe ends the process when one of its own checks fails. Its shim validates
//    the input first; where it misses something, it prints which check failed and in which layer.)
//
// 3. An accessor that cannot fail on a live handle returns its value directly. For an index out of
//    range it returns null, 0 or -1, as its comment says.
//
// 4. Strings are UTF-8 and end with NUL. A returned `const char*` lives as long as the object that
//    it came from; that of crema_last_error() lives until the next failing call of the thread.
//
// 5. Messages (NetParameter, SolverParameter, LayerParameter, SolverState) cross as binary
//    protobuf, never as text. Nets arrive upgraded (only `layer`, no `layers` or `input`) and
//    filtered by phase and stage.
//
// 6. Values are 32-bit floats. "Plain" memory of a blob is contiguous, with the last axis fastest
//    (N, C, H, W).
//
// 7. A function that fills an array takes the array's capacity, fills at most that many elements,
//    and returns how many there are in all.
//
// 8. Threads: a handle, and what belongs to it, is used by one thread at a time. Different nets and
//    solvers may be used on different threads at once; they share no mutable state. Host callbacks
//    run on the calling thread, during the call.
//
// 9. Determinism: the same build, parameters, seed, and number of threads give the same bits.

#ifndef CREMA_FFI_CREMA_H_
#define CREMA_FFI_CREMA_H_

#include <stdint.h>

#if defined(__GNUC__)
#define CREMA_EXPORT __attribute__((visibility("default")))
#else
#define CREMA_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

// Goes up when a function changes its meaning or its parameters. TypeScript refuses an engine with
// another number.
#define CREMA_ABI_VERSION 3

typedef struct crema_net crema_net;
typedef struct crema_solver crema_solver;
typedef struct crema_blob crema_blob;
typedef struct crema_layer crema_layer;
typedef struct crema_buffer crema_buffer;

typedef int32_t crema_status;
enum {
  CREMA_OK = 0,
  // The input is wrong: a bad network, a shape mismatch, bytes that do not parse.
  CREMA_INVALID = 1,
  // A host callback reported failure; the host knows why. The net stays usable.
  CREMA_HOST_FAILED = 2,
  // The engine itself failed: no memory left, or a primitive could not be made.
  CREMA_INTERNAL = 3
};

// ---- The engine ----

CREMA_EXPORT int32_t crema_abi_version(void);
// "embedded" or "libcaffe".
CREMA_EXPORT const char* crema_engine_name(void);
// For people to read: versions of the engine and its libraries, and the instruction set in use.
CREMA_EXPORT const char* crema_engine_version(void);
// The layer types that the engine implements itself, sorted, one per line.
CREMA_EXPORT const char* crema_layer_types(void);
// Whether the engine's own schema has a field, by the name of its message ("PoolingParameter") and
// its number, and, where the field is an enum, the value; `value` means nothing for other fields.
// An engine skips what its schema does not have. One with Crema's own schema says 1 to everything.
CREMA_EXPORT int32_t crema_knows_field(const char* message, int32_t field, int32_t value);

// The message of the last failure on this thread; "" if there was none.
CREMA_EXPORT const char* crema_last_error(void);
// The name of the layer that failed; "" if the failure was in no layer.
CREMA_EXPORT const char* crema_last_error_layer(void);

// The number of threads that calls from this thread compute with.
CREMA_EXPORT int32_t crema_threads(void);
// Sets that number, n >= 1. Existing nets keep working.
CREMA_EXPORT crema_status crema_set_threads(int32_t n);

// Sets how nets that this thread makes from now on are computed.
// "fuse": whether layers are computed together where that is faster; at first 1. "winograd":
// whether convolutions are computed by Winograd's algorithm: 0 never, 1 where that is faster (at
// first), 2 where it is possible. "tune": whether the way in which something is computed is chosen
// by trying all: 0 no, by rule (at first), 1 for a short time, 2 for a long time; a choice counts
// for all nets of the process that tune, and once a solver has made it, for its states. "recycle":
// whether passes over all layers give the memory of blobs back once no layer needs their values any
// more; at first 0. Blobs that somebody has asked for, parameters, inputs and outputs keep theirs.
// To read others after a pass fails; so does a second backward pass, and each one in a net for TEST
// without force_backward. "recompute": with "recycle", whether what is cheap to compute is computed
// again in backward instead of kept; at first 0. Fails for what the engine can't do.
CREMA_EXPORT crema_status crema_set_option(const char* name, int32_t value);
// What was chosen by trying ("tune"), as a line of UTF-8 text for each choice.
CREMA_EXPORT crema_status crema_tuning(crema_buffer** text);
// Takes choices from such a text, so that they need not be tried. Those for other processors do no
// harm. CREMA_INVALID for what is no such text.
CREMA_EXPORT crema_status crema_add_tuning(const uint8_t* text, uint64_t size);

// What a signal does that crema_watch_signals watches.
enum {
  // What it did before.
  CREMA_SIGNAL_LEAVE = 0,
  // Ends the process at once.
  CREMA_SIGNAL_END = 1,
  // The first of the two signals is left to the handlers that are there beside this one, the next
  // ends the process at once.
  CREMA_SIGNAL_END_SECOND = 2
};
// Watches SIGINT and SIGTERM for the process from now on, in place of what an earlier call said.
// They work even while the host's thread is in a layer that never returns. A process that is ended
// exits with 128 plus the signal's number, after one line on standard error: the signal, the host
// layer that the calling thread was running, and `note`, of which at most 255 bytes are copied.
// Handlers that were set before this call, or are set later and call the one before, work on.
CREMA_EXPORT void crema_watch_signals(int32_t sigint, int32_t sigterm, const char* note);

// ---- Buffers: bytes that the engine made ----

CREMA_EXPORT uint64_t crema_buffer_size(const crema_buffer* buffer);
CREMA_EXPORT const uint8_t* crema_buffer_data(const crema_buffer* buffer);
CREMA_EXPORT void crema_buffer_free(crema_buffer* buffer);

// ---- The host: layers implemented by the caller ----

// The engine asks the host for every layer of type Script, Python or Data, and for every type that
// it does not implement itself. The call that takes this struct copies it; the functions must stay
// callable until the net or solver is freed.
typedef struct crema_host {
  // Makes a layer from a serialized LayerParameter, whose `phase` is set. Returns the layer's id,
  // which is > 0, or a number <= 0 on failure (an unknown type is a failure).
  int32_t (*create)(const uint8_t* layer_param, uint64_t size);
  // Caffe's LayerSetUp, called once. `layer` gives access to the bottoms and tops, which stay the
  // same blobs for the layer's whole life.
  crema_status (*setup)(int32_t id, crema_layer* layer);
  // Shapes the tops. Called after setup and before every forward, as in Caffe.
  crema_status (*reshape)(int32_t id);
  crema_status (*forward)(int32_t id);
  // propagate_down holds one byte per bottom: 1 if the bottom's diff is wanted. It stays the same
  // for the layer's whole life.
  crema_status (*backward)(int32_t id, const uint8_t* propagate_down);
  void (*destroy)(int32_t id);
  // The memory at an address that crema_blob_data or crema_blob_diff returned is about to be freed:
  // the host must forget the address now.
  void (*release)(uint64_t address);
} crema_host;

// A host layer's view of itself, passed to `setup` and valid until `destroy`.
CREMA_EXPORT int32_t crema_layer_num_bottoms(const crema_layer* layer);
CREMA_EXPORT int32_t crema_layer_num_tops(const crema_layer* layer);
CREMA_EXPORT int32_t crema_layer_num_params(const crema_layer* layer);
CREMA_EXPORT crema_blob* crema_layer_bottom(crema_layer* layer, int32_t index);
CREMA_EXPORT crema_blob* crema_layer_top(crema_layer* layer, int32_t index);
CREMA_EXPORT crema_blob* crema_layer_param(crema_layer* layer, int32_t index);
// Adds a learnable parameter and fills it as a serialized FillerParameter says. Only `setup` may
// call this. It must do so even if the layer's LayerParameter carried blobs, whose values then
// replace the filler's.
CREMA_EXPORT crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims,
                                                int32_t axes, const uint8_t* filler, uint64_t size);

// ---- Blobs ----

// Writes the shape to `dims` and returns the number of axes.
CREMA_EXPORT int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity);
// Reshapes an input of the net, or a top of a host layer. Parameters, and tops of the engine's own
// layers, keep their shapes: a different shape is CREMA_INVALID.
CREMA_EXPORT crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes);
// The address of the blob's plain values, up to date, for reading and writing; 0 on failure. The
// engine keeps this memory up to date until the blob is reshaped or shares other memory, so ask
// again in every callback.
CREMA_EXPORT uint64_t crema_blob_data(crema_blob* blob);
CREMA_EXPORT uint64_t crema_blob_diff(crema_blob* blob);
// Copies plain values out or in, from element `offset` on. This does not make the engine keep the
// blob in plain memory, as asking for its address does. From the first call on, even for 0 values,
// passes keep the values: see "recycle" of crema_set_option.
CREMA_EXPORT crema_status crema_blob_read(crema_blob* blob, int32_t diff, uint64_t offset,
                                          float* values, uint64_t count);
CREMA_EXPORT crema_status crema_blob_write(crema_blob* blob, int32_t diff, uint64_t offset,
                                           const float* values, uint64_t count);
// The sum of absolute values and the sum of squares, of the data (diff 0) or the diff (diff 1).
CREMA_EXPORT crema_status crema_blob_norms(crema_blob* blob, int32_t diff, double* asum,
                                           double* sumsq);

// ---- Nets ----

// Makes a net from a serialized NetParameter: inserts splits, fills parameters, and plans the
// backward pass. A `seed` < 0 asks for a random one. `host` may be null.
CREMA_EXPORT crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                                           const crema_host* host, crema_net** net);
CREMA_EXPORT void crema_net_free(crema_net* net);

CREMA_EXPORT const char* crema_net_name(const crema_net* net);
// 0 TRAIN, 1 TEST.
CREMA_EXPORT int32_t crema_net_phase(const crema_net* net);

CREMA_EXPORT int32_t crema_net_num_layers(const crema_net* net);
CREMA_EXPORT const char* crema_net_layer_name(const crema_net* net, int32_t layer);
CREMA_EXPORT const char* crema_net_layer_type(const crema_net* net, int32_t layer);
// 1 if the backward pass runs the layer, else 0.
CREMA_EXPORT int32_t crema_net_layer_needs_backward(const crema_net* net, int32_t layer);
// The blob indices of the layer's bottoms or tops.
CREMA_EXPORT int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                             int32_t capacity);
CREMA_EXPORT int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                                          int32_t capacity);
CREMA_EXPORT int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer);
CREMA_EXPORT crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index);

CREMA_EXPORT int32_t crema_net_num_blobs(const crema_net* net);
CREMA_EXPORT const char* crema_net_blob_name(const crema_net* net, int32_t blob);
CREMA_EXPORT crema_blob* crema_net_blob(crema_net* net, int32_t blob);
// The weight with which the blob counts in the net's loss; 0 if it is no loss.
CREMA_EXPORT float crema_net_blob_loss_weight(const crema_net* net, int32_t blob);
// The blob indices of the net's inputs (tops of Input layers) or outputs (tops that no layer
// takes).
CREMA_EXPORT int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity);
CREMA_EXPORT int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity);

// The parameters that a solver updates. One that several layers share is listed once.
CREMA_EXPORT int32_t crema_net_num_learnable(const crema_net* net);
CREMA_EXPORT crema_blob* crema_net_learnable(crema_net* net, int32_t index);
CREMA_EXPORT float crema_net_learnable_lr_mult(const crema_net* net, int32_t index);
CREMA_EXPORT float crema_net_learnable_decay_mult(const crema_net* net, int32_t index);

// Runs layers start..end, both included; -1 stands for the net's first or last layer. `loss`, which
// may be null, gets the weighted sum of the losses in that range.
CREMA_EXPORT crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end,
                                            float* loss);
// Runs layers start..end backward, both included, with start >= end; -1 stands for the net's last
// or first layer. The gradients of parameters are added to their diffs. Each layer must have run
// forward since the shapes last changed.
CREMA_EXPORT crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end);
// Reshapes all layers, starting from the shapes of the inputs.
CREMA_EXPORT crema_status crema_net_reshape(crema_net* net);
CREMA_EXPORT crema_status crema_net_clear_diffs(crema_net* net);
// Makes the net's layers share the parameters of the layers of the same name in `other`, which must
// outlive the net.
CREMA_EXPORT crema_status crema_net_share_with(crema_net* net, crema_net* other);
// Copies parameters from a serialized NetParameter (a .caffemodel) to the layers of the same name.
CREMA_EXPORT crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size);
// Serializes the net with its parameters, and their diffs if `diffs` is not 0, as a .caffemodel.
CREMA_EXPORT crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param);
// How the net is computed, as JSON in UTF-8: an array with an object for each layer, or for layers
// that are computed together, in their order. See net/net_plan.ts for its fields.
CREMA_EXPORT crema_status crema_net_plan(crema_net* net, crema_buffer** plan);
// The seconds that each layer has taken in all passes so far, forward or backward. Those of layers
// that are computed together are the first one's. Returns the number of layers.
CREMA_EXPORT int32_t crema_net_seconds(const crema_net* net, int32_t backward, double* seconds,
                                       int32_t capacity);

// ---- Solvers ----

// Makes a solver and its nets from a serialized SolverParameter that contains the nets
// (train_net_param, test_net_param): the engine reads no file. The test nets share the parameters
// of the train net. `host` may be null.
CREMA_EXPORT crema_status crema_solver_create(const uint8_t* param, uint64_t size,
                                              const crema_host* host, crema_solver** solver);
CREMA_EXPORT void crema_solver_free(crema_solver* solver);
CREMA_EXPORT crema_net* crema_solver_net(crema_solver* solver);
CREMA_EXPORT int32_t crema_solver_num_test_nets(const crema_solver* solver);
CREMA_EXPORT crema_net* crema_solver_test_net(crema_solver* solver, int32_t index);

CREMA_EXPORT int64_t crema_solver_iteration(const crema_solver* solver);
// The learning rate of the current iteration: that of lr_policy, or the one that was set.
CREMA_EXPORT crema_status crema_solver_learning_rate(crema_solver* solver, float* rate);
// Sets the learning rate, 0 or more, of this iteration and those that follow, instead of
// lr_policy's; NaN gives the rate back to lr_policy.
CREMA_EXPORT crema_status crema_solver_set_learning_rate(crema_solver* solver, float rate);
// Clears the diffs and runs iter_size forward and backward passes. `loss`, which may be null, gets
// their mean loss.
CREMA_EXPORT crema_status crema_solver_forward_backward(crema_solver* solver, float* loss);
// Clips, normalizes, regularizes and applies the diffs, then increments the iteration.
CREMA_EXPORT crema_status crema_solver_apply_update(crema_solver* solver);
// The solver's state (iteration, history, current step, random generators) as a serialized
// SolverState without learned_net, and back. Parameters are saved by crema_net_save and restored by
// crema_net_copy_from.
CREMA_EXPORT crema_status crema_solver_state(crema_solver* solver, crema_buffer** state);
CREMA_EXPORT crema_status crema_solver_restore(crema_solver* solver, const uint8_t* state,
                                               uint64_t size);

// ---- Records to batches ----

// How a record becomes network input: out = (record - mean) * scale, cropped and mirrored.
typedef struct crema_transform {
  // The shape of every record.
  int32_t channels, height, width;
  // The size of the window to cut out; 0 and 0 take the whole record.
  int32_t crop_height, crop_width;
  // The number of values at `mean`: 0, 1 (for all), `channels` (one per channel), or
  // channels * height * width (a mean image).
  int32_t mean_count;
  const float* mean;
  float scale;
  // 0 if records are bytes, 1 if they are floats.
  int32_t floats;
} crema_transform;

// Transforms `num` records, contiguous at `records`, into `out`. `offsets` holds the (top, left) of
// each record's window and may be null without a crop. `mirror` holds one byte per record, 1 to
// flip it left to right, and may be null for no flips.
CREMA_EXPORT crema_status crema_transform_batch(const crema_transform* transform, int32_t num,
                                                const uint8_t* records, const int32_t* offsets,
                                                const uint8_t* mirror, float* out);

// ---- Vector math ----

// Kernels on plain memory, for layers that the host implements: vectorized, and run on several
// threads if an array is large enough. Counts are numbers of floats; a count of 0 or less does
// nothing. Unless a function says otherwise, an output may be the same array as an input, but must
// not overlap it in part. The same build, processor and number of threads give the same bits.

// Functions of one value. RELU is x, or parameter * x where x < 0; GELU is x times the standard
// normal distribution function; POWX is x to the parameter.
enum {
  CREMA_OPS_ABS = 0,
  CREMA_OPS_SIGN = 1,
  CREMA_OPS_SQRT = 2,
  CREMA_OPS_EXP = 3,
  CREMA_OPS_LOG = 4,
  CREMA_OPS_TANH = 5,
  CREMA_OPS_SIGMOID = 6,
  CREMA_OPS_ERF = 7,
  CREMA_OPS_RELU = 8,
  CREMA_OPS_GELU = 9,
  CREMA_OPS_POWX = 10,
  CREMA_OPS_ADD_SCALAR = 11,
  CREMA_OPS_SCALE = 12
};

// Functions of two values. MUL_ADD adds a * b to the output.
enum {
  CREMA_OPS_ADD = 0,
  CREMA_OPS_SUB = 1,
  CREMA_OPS_MUL = 2,
  CREMA_OPS_DIV = 3,
  CREMA_OPS_MAX = 4,
  CREMA_OPS_MIN = 5,
  CREMA_OPS_MUL_ADD = 6
};

// Functions of many values, beside CREMA_OPS_MAX and CREMA_OPS_MIN, which give NaN if any value is
// NaN. Sums are accumulated in double precision.
enum { CREMA_OPS_SUM = 7, CREMA_OPS_ASUM = 8, CREMA_OPS_SUMSQ = 9, CREMA_OPS_DOT = 10 };

// Distributions: uniform from a to b; gaussian with mean a and standard deviation b; 1 with
// probability a, else 0.
enum { CREMA_OPS_UNIFORM = 0, CREMA_OPS_GAUSSIAN = 1, CREMA_OPS_BERNOULLI = 2 };

// y[i] = f(x[i]).
CREMA_EXPORT void crema_ops_map(int32_t f, float parameter, int32_t n, const float* x, float* y);
// dx[i] = dy[i] * f'(x[i]). `values` is x for RELU and GELU, and y for TANH and SIGMOID.
CREMA_EXPORT void crema_ops_map_backward(int32_t f, float parameter, int32_t n, const float* values,
                                         const float* dy, float* dx);
// y[i] = f(a[i], b[i]).
CREMA_EXPORT void crema_ops_combine(int32_t f, int32_t n, const float* a, const float* b, float* y);
// y = alpha x + beta y; y is not read if beta is 0.
CREMA_EXPORT void crema_ops_axpby(float alpha, int32_t n, const float* x, float beta, float* y);
CREMA_EXPORT void crema_ops_fill(float value, int32_t n, float* y);
CREMA_EXPORT void crema_ops_copy(int32_t n, const float* x, float* y);
// SUM, ASUM, SUMSQ, MAX or MIN; 0 for no values.
CREMA_EXPORT double crema_ops_reduce(int32_t f, int32_t n, const float* x);
CREMA_EXPORT double crema_ops_dot(int32_t n, const float* a, const float* b);
// difference = a - b; returns the sum of the squared differences.
CREMA_EXPORT double crema_ops_squared_distance(int32_t n, const float* a, const float* b,
                                               float* difference);
// The index of the first maximum, where NaN counts as the maximum; -1 for no values.
CREMA_EXPORT int32_t crema_ops_argmax(int32_t n, const float* x);

// Below, x has shape (outer, axis, inner).

// SUM, ASUM, SUMSQ, MAX or MIN over the axis; y has shape (outer, inner).
CREMA_EXPORT void crema_ops_reduce_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                        const float* x, float* y);
// The index along the axis of the first maximum, as a float; y has shape (outer, inner).
CREMA_EXPORT void crema_ops_argmax_axis(int32_t outer, int32_t axis, int32_t inner, const float* x,
                                        float* y);
// y = f(x, v), where v has shape (outer, inner) and applies to the whole axis.
CREMA_EXPORT void crema_ops_combine_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                         const float* x, const float* v, float* y);
// y = f(x, v), where v has shape (axis) and applies to all of outer and inner.
CREMA_EXPORT void crema_ops_combine_vector(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                           const float* x, const float* v, float* y);
// v = beta v + the sum of x over outer and inner, or of x * z if z is not null; v has shape (axis).
CREMA_EXPORT void crema_ops_sum_vector(int32_t outer, int32_t axis, int32_t inner, const float* x,
                                       const float* z, float beta, float* v);

// y = softmax(x) over the axis, or its logarithm if `log` is not 0.
CREMA_EXPORT void crema_ops_softmax(int32_t log, int32_t outer, int32_t axis, int32_t inner,
                                    const float* x, float* y);
CREMA_EXPORT void crema_ops_softmax_backward(int32_t log, int32_t outer, int32_t axis,
                                             int32_t inner, const float* y, const float* dy,
                                             float* dx);

// For each of `rows` rows of n values: y = (x - mean) * rstd * gamma + beta, where
// rstd = 1 / sqrt(variance + epsilon). gamma and beta have n values and may be null; mean and rstd
// get one value per row.
CREMA_EXPORT void crema_ops_normalize(int32_t rows, int32_t n, const float* x, const float* gamma,
                                      const float* beta, float epsilon, float* y, float* mean,
                                      float* rstd);
// Overwrites dx, and adds to dgamma and dbeta. Each of the three may be null.
CREMA_EXPORT crema_status crema_ops_normalize_backward(int32_t rows, int32_t n, const float* x,
                                                       const float* dy, const float* gamma,
                                                       const float* mean, const float* rstd,
                                                       float* dx, float* dgamma, float* dbeta);

// C = alpha op(A) op(B) + beta C, row-major. op(A) is m x k and op(B) is k x n; lda, ldb and ldc
// are the distances between the starts of rows. C must not overlap A or B.
CREMA_EXPORT crema_status crema_ops_gemm(int32_t transpose_a, int32_t transpose_b, int32_t m,
                                         int32_t n, int32_t k, float alpha, const float* a,
                                         int32_t lda, const float* b, int32_t ldb, float beta,
                                         float* c, int32_t ldc);
// y = alpha op(A) x + beta y, where A is m x n before op.
CREMA_EXPORT crema_status crema_ops_gemv(int32_t transpose, int32_t m, int32_t n, float alpha,
                                         const float* a, int32_t lda, const float* x, float beta,
                                         float* y);

// Many products of one size. The A, B and C of product (i, j), i < outer and j < inner, start
// i * outer_stride + j * inner_stride after those of the first product.
typedef struct crema_gemm_batch {
  int32_t transpose_a, transpose_b, m, n, k, lda, ldb, ldc, outer, inner;
  int32_t a_outer_stride, a_inner_stride, b_outer_stride, b_inner_stride;
  int32_t c_outer_stride, c_inner_stride;
} crema_gemm_batch;
CREMA_EXPORT crema_status crema_ops_gemm_batch(const crema_gemm_batch* batch, float alpha,
                                               const float* a, const float* b, float beta,
                                               float* c);

// How a window moves over an image of shape (channels, height, width), as in Caffe's convolutions.
typedef struct crema_window {
  int32_t channels, height, width, kernel_height, kernel_width, stride_height, stride_width;
  int32_t pad_height, pad_width, dilation_height, dilation_width;
} crema_window;
// `columns`, of shape (channels, kernel_height, kernel_width, out_height, out_width), gets the
// value of `image` under each tap of the window, or 0 where the tap lies outside the image.
CREMA_EXPORT crema_status crema_ops_im2col(const crema_window* window, const float* image,
                                           float* columns);
// The reverse: overwrites `image` with the sum of the values of all taps over each pixel.
CREMA_EXPORT crema_status crema_ops_col2im(const crema_window* window, const float* columns,
                                           float* image);

// Fills y with random numbers: y[i] is number offset + i of the sequence that `seed` selects, so an
// array may be filled piece by piece.
CREMA_EXPORT void crema_ops_random(int32_t distribution, float a, float b, uint64_t seed,
                                   uint64_t offset, int32_t n, float* y);

#ifdef __cplusplus
}
#endif

#endif  // CREMA_FFI_CREMA_H_
