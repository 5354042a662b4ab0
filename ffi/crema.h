// crema.h: the C contract between Crema's TypeScript and an engine that computes.
//
// Every engine (the embedded one in engine/embedded/, the real libcaffe behind engine/libcaffe/)
// exports exactly these functions. TypeScript's ffi/symbols.ts mirrors this file; a test compares
// the two.
//
// Conventions:
//
// 1. All handles are opaque. A handle that a `create` returned is released with the `free` of the
// same name; `free` of
//    null does nothing. Blobs, layers, and a solver's nets belong to their net or solver and end
//    with it.
//
// 2. A function that can fail returns crema_status, CREMA_OK being 0; its results go through
// pointers, which are
//    written only on success. crema_last_error() then tells what went wrong on the calling thread.
//    No exception crosses this border, and no call aborts or exits the process because of its
//    input. (libcaffe ends the process on an internal CHECK; its shim validates first and says so
//    when it can't.)
//
// 3. Accessors that cannot fail on a live handle return their value directly. An index out of range
// gives null, 0 or
//    -1, as each says.
//
// 4. Strings are UTF-8 and NUL-terminated. A returned `const char*` belongs to its object and lives
// as long; the one
//    of crema_last_error() lives until the thread's next failing call.
//
// 5. Messages (NetParameter, SolverParameter, LayerParameter, SolverState) cross as the bytes of
// their binary protobuf
//    form, text never. Nets arrive upgraded (only `layer`, no `layers` or `input`) and filtered by
//    phase and stage.
//
// 6. Values are 32-bit floats. "Plain" memory of a blob is contiguous, the last axis fastest (N, C,
// H, W).
//
// 7. A function that fills an array takes its capacity, fills at most so many elements, and returns
// how many there are.
//
// 8. Threads: one handle and what belongs to it is used by one thread at a time. Different nets and
// solvers can be used
//    on different threads at once; they share no mutable state. Host callbacks run on the calling
//    thread, during the call.
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

// Raised when a function changes its meaning or its parameters; TypeScript refuses an engine with
// another number.
#define CREMA_ABI_VERSION 1

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
  // A host callback returned failure; the host knows the reason. The net stays usable.
  CREMA_HOST_FAILED = 2,
  // The engine itself failed: out of memory, a primitive that could not be made.
  CREMA_INTERNAL = 3
};

// ---- The engine ----

CREMA_EXPORT int32_t crema_abi_version(void);
// "embedded" or "libcaffe".
CREMA_EXPORT const char* crema_engine_name(void);
// For people: versions of the engine and its libraries, and the instruction set in use.
CREMA_EXPORT const char* crema_engine_version(void);
// The layer types that the engine has itself, one a line, sorted.
CREMA_EXPORT const char* crema_layer_types(void);

// Message of the last failure on this thread; "" if there was none.
CREMA_EXPORT const char* crema_last_error(void);
// Name of the layer in which that failure arose; "" where it was in no layer.
CREMA_EXPORT const char* crema_last_error_layer(void);

// Number of threads that calls made from this thread compute with.
CREMA_EXPORT int32_t crema_threads(void);
// Sets it, n >= 1. Nets made before keep working.
CREMA_EXPORT crema_status crema_set_threads(int32_t n);

// ---- Buffers: bytes made by the engine ----

CREMA_EXPORT uint64_t crema_buffer_size(const crema_buffer* buffer);
CREMA_EXPORT const uint8_t* crema_buffer_data(const crema_buffer* buffer);
CREMA_EXPORT void crema_buffer_free(crema_buffer* buffer);

// ---- The host: layers that live on the other side ----

// The engine asks the host for every layer of type Script, Python or Data, and for each type it
// does not have itself. The struct is copied at the call that takes it; the functions must stay
// callable until the net or solver is freed.
typedef struct crema_host {
  // Makes the host's layer from a serialized LayerParameter (its `phase` is set) and returns its
  // id, > 0; or <= 0 on failure (an unknown type is one).
  int32_t (*create)(const uint8_t* layer_param, uint64_t size);
  // Caffe's LayerSetUp, once. `layer` gives the bottoms and tops, the same blobs for the layer's
  // whole life.
  crema_status (*setup)(int32_t id, crema_layer* layer);
  // Shapes the tops. Called after setup and before every forward, as Caffe does.
  crema_status (*reshape)(int32_t id);
  crema_status (*forward)(int32_t id);
  // propagate_down has one byte a bottom, the same for the life of the layer: 1 where the bottom's
  // diff is wanted.
  crema_status (*backward)(int32_t id, const uint8_t* propagate_down);
  void (*destroy)(int32_t id);
  // Plain memory that crema_blob_data or crema_blob_diff gave out is about to be freed: forget it,
  // now.
  void (*release)(uint64_t address);
} crema_host;

// A host layer as its `setup` sees it; valid until `destroy`.
CREMA_EXPORT int32_t crema_layer_num_bottoms(const crema_layer* layer);
CREMA_EXPORT int32_t crema_layer_num_tops(const crema_layer* layer);
CREMA_EXPORT int32_t crema_layer_num_params(const crema_layer* layer);
CREMA_EXPORT crema_blob* crema_layer_bottom(crema_layer* layer, int32_t index);
CREMA_EXPORT crema_blob* crema_layer_top(crema_layer* layer, int32_t index);
CREMA_EXPORT crema_blob* crema_layer_param(crema_layer* layer, int32_t index);
// Adds a learnable parameter, during setup only, filled by a serialized FillerParameter. When the
// layer was given parameters already (its LayerParameter carried blobs), call it all the same: the
// values given win.
CREMA_EXPORT crema_status crema_layer_add_param(crema_layer* layer, const int32_t* dims,
                                                int32_t axes, const uint8_t* filler, uint64_t size);

// ---- Blobs ----

// Fills `dims`; returns the number of axes.
CREMA_EXPORT int32_t crema_blob_shape(const crema_blob* blob, int32_t* dims, int32_t capacity);
// Shapes an input of the net or, from its layer's host, a top of a host layer. Parameters and what
// the engine's own layers make keep their shapes: another one is CREMA_INVALID.
CREMA_EXPORT crema_status crema_blob_reshape(crema_blob* blob, const int32_t* dims, int32_t axes);
// Address of the plain values, made current, for reading and writing; 0 on failure. From then on
// this memory is the blob's own and stays current, until the blob is reshaped or shares other
// memory: ask again in every callback.
CREMA_EXPORT uint64_t crema_blob_data(crema_blob* blob);
CREMA_EXPORT uint64_t crema_blob_diff(crema_blob* blob);
// Copies values out or in, plain, from element `offset` on; never changes how the engine holds the
// blob.
CREMA_EXPORT crema_status crema_blob_read(crema_blob* blob, int32_t diff, uint64_t offset,
                                          float* values, uint64_t count);
CREMA_EXPORT crema_status crema_blob_write(crema_blob* blob, int32_t diff, uint64_t offset,
                                           const float* values, uint64_t count);
// Sum of absolute values and sum of squares, of the data (diff 0) or the diff (diff 1).
CREMA_EXPORT crema_status crema_blob_norms(crema_blob* blob, int32_t diff, double* asum,
                                           double* sumsq);

// ---- Nets ----

// Makes a net from a serialized NetParameter: splits inserted, parameters filled, gradients
// planned. `seed` < 0: by chance.
CREMA_EXPORT crema_status crema_net_create(const uint8_t* param, uint64_t size, int64_t seed,
                                           const crema_host* host, crema_net** net);
CREMA_EXPORT void crema_net_free(crema_net* net);

CREMA_EXPORT const char* crema_net_name(const crema_net* net);
// 0 TRAIN, 1 TEST.
CREMA_EXPORT int32_t crema_net_phase(const crema_net* net);

CREMA_EXPORT int32_t crema_net_num_layers(const crema_net* net);
CREMA_EXPORT const char* crema_net_layer_name(const crema_net* net, int32_t layer);
CREMA_EXPORT const char* crema_net_layer_type(const crema_net* net, int32_t layer);
// Whether backward computes anything in the layer.
CREMA_EXPORT int32_t crema_net_layer_needs_backward(const crema_net* net, int32_t layer);
// Blob indices of the layer's bottoms and tops; return how many.
CREMA_EXPORT int32_t crema_net_layer_bottoms(const crema_net* net, int32_t layer, int32_t* blobs,
                                             int32_t capacity);
CREMA_EXPORT int32_t crema_net_layer_tops(const crema_net* net, int32_t layer, int32_t* blobs,
                                          int32_t capacity);
CREMA_EXPORT int32_t crema_net_layer_num_params(const crema_net* net, int32_t layer);
CREMA_EXPORT crema_blob* crema_net_layer_param(crema_net* net, int32_t layer, int32_t index);

CREMA_EXPORT int32_t crema_net_num_blobs(const crema_net* net);
CREMA_EXPORT const char* crema_net_blob_name(const crema_net* net, int32_t blob);
CREMA_EXPORT crema_blob* crema_net_blob(crema_net* net, int32_t blob);
// The weight with which the blob adds to the net's loss; 0 where it does not.
CREMA_EXPORT float crema_net_blob_loss_weight(const crema_net* net, int32_t blob);
// Blob indices of the net's inputs (tops of Input layers) and outputs (tops that nothing takes);
// return how many.
CREMA_EXPORT int32_t crema_net_inputs(const crema_net* net, int32_t* blobs, int32_t capacity);
CREMA_EXPORT int32_t crema_net_outputs(const crema_net* net, int32_t* blobs, int32_t capacity);

// The parameters that a solver updates: each once, whoever shares it.
CREMA_EXPORT int32_t crema_net_num_learnable(const crema_net* net);
CREMA_EXPORT crema_blob* crema_net_learnable(crema_net* net, int32_t index);
CREMA_EXPORT float crema_net_learnable_lr_mult(const crema_net* net, int32_t index);
CREMA_EXPORT float crema_net_learnable_decay_mult(const crema_net* net, int32_t index);

// Runs layers start..end, both included; -1 for the net's first or last. `loss` (may be null) gets
// the weighted sum of the losses in that range.
CREMA_EXPORT crema_status crema_net_forward(crema_net* net, int32_t start, int32_t end,
                                            float* loss);
// Runs layers start..end, both included, downwards: start >= end. Parameter diffs are added to.
// Each layer must have run forward since the shapes last changed.
CREMA_EXPORT crema_status crema_net_backward(crema_net* net, int32_t start, int32_t end);
// Shapes all layers anew, from the inputs' shapes.
CREMA_EXPORT crema_status crema_net_reshape(crema_net* net);
CREMA_EXPORT crema_status crema_net_clear_diffs(crema_net* net);
// Takes the parameters of `other` by reference, layer by layer of the same name; `other` must
// outlive the net's use.
CREMA_EXPORT crema_status crema_net_share_with(crema_net* net, crema_net* other);
// Copies parameters from a serialized NetParameter (a .caffemodel), by layer name.
CREMA_EXPORT crema_status crema_net_copy_from(crema_net* net, const uint8_t* param, uint64_t size);
// Serializes the net with its parameters (and their diffs if asked), as a .caffemodel holds it.
CREMA_EXPORT crema_status crema_net_save(crema_net* net, int32_t diffs, crema_buffer** param);

// ---- Solvers ----

// Makes a solver and its nets from a serialized SolverParameter that holds its nets
// (train_net_param, test_net_param); it reads no file. Test nets share the train net's parameters.
CREMA_EXPORT crema_status crema_solver_create(const uint8_t* param, uint64_t size,
                                              const crema_host* host, crema_solver** solver);
CREMA_EXPORT void crema_solver_free(crema_solver* solver);
CREMA_EXPORT crema_net* crema_solver_net(crema_solver* solver);
CREMA_EXPORT int32_t crema_solver_num_test_nets(const crema_solver* solver);
CREMA_EXPORT crema_net* crema_solver_test_net(crema_solver* solver, int32_t index);

CREMA_EXPORT int64_t crema_solver_iteration(const crema_solver* solver);
// The learning rate that lr_policy gives at the current iteration.
CREMA_EXPORT crema_status crema_solver_learning_rate(crema_solver* solver, float* rate);
// Clears the diffs and runs iter_size forward and backward passes; `loss` gets their mean.
CREMA_EXPORT crema_status crema_solver_forward_backward(crema_solver* solver, float* loss);
// Clips, normalizes, regularizes and applies the diffs; then the iteration goes up by one.
CREMA_EXPORT crema_status crema_solver_apply_update(crema_solver* solver);
// The solver's state (iteration, history, current step, random generators) as a serialized
// SolverState, without learned_net; and back. The parameters go by crema_net_save and
// crema_net_copy_from.
CREMA_EXPORT crema_status crema_solver_state(crema_solver* solver, crema_buffer** state);
CREMA_EXPORT crema_status crema_solver_restore(crema_solver* solver, const uint8_t* state,
                                               uint64_t size);

// ---- Records to batches ----

// How records become network input: out = (record - mean) * scale, cropped and mirrored.
typedef struct crema_transform {
  // Shape of every record.
  int32_t channels, height, width;
  // Height and width of the window that is cut out; 0, 0 takes the record whole.
  int32_t crop_height, crop_width;
  // Number of values at `mean`: 0 none, 1 for all, `channels` one a channel, or
  // channels*height*width a whole image.
  int32_t mean_count;
  const float* mean;
  float scale;
  // 0: records are bytes, 1: floats.
  int32_t floats;
} crema_transform;

// Transforms `num` records, contiguous at `records`, into `out`. `offsets` holds each record's
// window as (top, left) (may be null without a crop), `mirror` one byte a record, 1 to flip it left
// to right (may be null: none).
CREMA_EXPORT crema_status crema_transform_batch(const crema_transform* transform, int32_t num,
                                                const uint8_t* records, const int32_t* offsets,
                                                const uint8_t* mirror, float* out);

// ---- Vector math ----

// Kernels on plain memory for layers that the host writes: vectorized, and on several threads where
// an array is large enough. Counts are of floats; one of 0 or less does nothing. An output may be
// the very array that an input is unless a function says otherwise, but must not overlap it in
// part. The same build, processor and number of threads give the same bits.

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

// Functions of many values; also CREMA_OPS_MAX and CREMA_OPS_MIN. NaN is the greatest and the least
// of what holds one. Sums are carried on in double.
enum { CREMA_OPS_SUM = 7, CREMA_OPS_ASUM = 8, CREMA_OPS_SUMSQ = 9, CREMA_OPS_DOT = 10 };

// Distributions: uniform from a to b, gaussian of mean a and deviation b, 1 with probability a
// else 0.
enum { CREMA_OPS_UNIFORM = 0, CREMA_OPS_GAUSSIAN = 1, CREMA_OPS_BERNOULLI = 2 };

// y[i] = f(x[i]).
CREMA_EXPORT void crema_ops_map(int32_t f, float parameter, int32_t n, const float* x, float* y);
// dx[i] = dy[i] * f'(x[i]), for RELU and GELU with `values` = x, for TANH and SIGMOID with `values`
// = y.
CREMA_EXPORT void crema_ops_map_backward(int32_t f, float parameter, int32_t n, const float* values,
                                         const float* dy, float* dx);
// y[i] = f(a[i], b[i]).
CREMA_EXPORT void crema_ops_combine(int32_t f, int32_t n, const float* a, const float* b, float* y);
// y = alpha x + beta y; y is not read where beta is 0.
CREMA_EXPORT void crema_ops_axpby(float alpha, int32_t n, const float* x, float beta, float* y);
CREMA_EXPORT void crema_ops_fill(float value, int32_t n, float* y);
CREMA_EXPORT void crema_ops_copy(int32_t n, const float* x, float* y);
// SUM, ASUM, SUMSQ, MAX or MIN; of nothing 0.
CREMA_EXPORT double crema_ops_reduce(int32_t f, int32_t n, const float* x);
CREMA_EXPORT double crema_ops_dot(int32_t n, const float* a, const float* b);
// difference = a - b; returns the sum of its squares.
CREMA_EXPORT double crema_ops_squared_distance(int32_t n, const float* a, const float* b,
                                               float* difference);
// Index of the first greatest value, NaN being greatest; -1 of nothing.
CREMA_EXPORT int32_t crema_ops_argmax(int32_t n, const float* x);

// An array of shape (outer, axis, inner). Over the axis: y, of shape (outer, inner), gets SUM,
// ASUM, SUMSQ, MAX or MIN of each.
CREMA_EXPORT void crema_ops_reduce_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                        const float* x, float* y);
// Index along the axis of the first greatest value, as a float.
CREMA_EXPORT void crema_ops_argmax_axis(int32_t outer, int32_t axis, int32_t inner, const float* x,
                                        float* y);
// y = f(x, v) with v of shape (outer, inner), the same for the whole axis.
CREMA_EXPORT void crema_ops_combine_axis(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                         const float* x, const float* v, float* y);
// y = f(x, v) with v of shape (axis), the same for all of outer and inner.
CREMA_EXPORT void crema_ops_combine_vector(int32_t f, int32_t outer, int32_t axis, int32_t inner,
                                           const float* x, const float* v, float* y);
// v = beta v + the sum over outer and inner of x, of shape (axis); of x * z where z is not null.
CREMA_EXPORT void crema_ops_sum_vector(int32_t outer, int32_t axis, int32_t inner, const float* x,
                                       const float* z, float beta, float* v);

// y = softmax(x) over the axis; its logarithm where `log` is not 0.
CREMA_EXPORT void crema_ops_softmax(int32_t log, int32_t outer, int32_t axis, int32_t inner,
                                    const float* x, float* y);
CREMA_EXPORT void crema_ops_softmax_backward(int32_t log, int32_t outer, int32_t axis,
                                             int32_t inner, const float* y, const float* dy,
                                             float* dx);

// Each of `rows` rows of n values: y = (x - mean) * rstd * gamma + beta with rstd = 1 /
// sqrt(variance + epsilon). gamma and beta have n values and may be null; mean and rstd get a value
// a row.
CREMA_EXPORT void crema_ops_normalize(int32_t rows, int32_t n, const float* x, const float* gamma,
                                      const float* beta, float epsilon, float* y, float* mean,
                                      float* rstd);
// dx is overwritten, dgamma and dbeta are added to; each of them may be null.
CREMA_EXPORT crema_status crema_ops_normalize_backward(int32_t rows, int32_t n, const float* x,
                                                       const float* dy, const float* gamma,
                                                       const float* mean, const float* rstd,
                                                       float* dx, float* dgamma, float* dbeta);

// C = alpha op(A) op(B) + beta C, row-major: op(A) is m x k, op(B) is k x n, a row begins lda (ldb,
// ldc) after the one before. C overlaps neither A nor B.
CREMA_EXPORT crema_status crema_ops_gemm(int32_t transpose_a, int32_t transpose_b, int32_t m,
                                         int32_t n, int32_t k, float alpha, const float* a,
                                         int32_t lda, const float* b, int32_t ldb, float beta,
                                         float* c, int32_t ldc);
// y = alpha op(A) x + beta y; A is m x n before op.
CREMA_EXPORT crema_status crema_ops_gemv(int32_t transpose, int32_t m, int32_t n, float alpha,
                                         const float* a, int32_t lda, const float* x, float beta,
                                         float* y);

// Many products of one size. Product (i, j), i < outer and j < inner, begins i * outer_stride + j *
// inner_stride after the first one's A, B and C.
typedef struct crema_gemm_batch {
  int32_t transpose_a, transpose_b, m, n, k, lda, ldb, ldc, outer, inner;
  int32_t a_outer_stride, a_inner_stride, b_outer_stride, b_inner_stride;
  int32_t c_outer_stride, c_inner_stride;
} crema_gemm_batch;
CREMA_EXPORT crema_status crema_ops_gemm_batch(const crema_gemm_batch* batch, float alpha,
                                               const float* a, const float* b, float beta,
                                               float* c);

// How windows move over an image of shape (channels, height, width), as in Caffe's convolutions.
typedef struct crema_window {
  int32_t channels, height, width, kernel_height, kernel_width, stride_height, stride_width;
  int32_t pad_height, pad_width, dilation_height, dilation_width;
} crema_window;
// columns, of shape (channels, kernel_height, kernel_width, out_height, out_width), gets what each
// tap of the window sees in `image`; 0 outside of it.
CREMA_EXPORT crema_status crema_ops_im2col(const crema_window* window, const float* image,
                                           float* columns);
// The other way: what the taps hold is summed into `image`, which is overwritten.
CREMA_EXPORT crema_status crema_ops_col2im(const crema_window* window, const float* columns,
                                           float* image);

// Fills y with random numbers. Value i is that of place offset + i in the sequence of `seed`, so
// pieces filled one by one are the whole.
CREMA_EXPORT void crema_ops_random(int32_t distribution, float a, float b, uint64_t seed,
                                   uint64_t offset, int32_t n, float* y);

#ifdef __cplusplus
}
#endif

#endif  // CREMA_FFI_CREMA_H_
