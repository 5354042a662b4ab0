#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_RECURRENT_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_RECURRENT_H_

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "engine/embedded/core/layer.h"
#include "engine/embedded/core/memory.h"
#include "engine/embedded/core/packed_matrix.h"
#include "engine/shared/parallel.h"

namespace crema {

// What LSTM and RNN have in common. Bottoms: x (T, N, ...), which is N streams of T time steps;
// cont (T, N), 0 where a stream begins a new sequence and 1 where it goes on; then, if there is one
// more, an input (N, ...) that stays the same over all steps; and with expose_hidden the states
// before the first step, (1, N, D) each. Tops: (T, N, D), and with expose_hidden the states after
// the last step. Without expose_hidden, each forward begins with the states in which the one before
// it ended; the first, and what new streams find, is zero.
//
// Parameters: W_x, b, W_static (only with a static input), W_h, then those of the type's output.
// With `gates` numbers per unit, the step's input is
//
//   a_t = W_x x_t + b + W_static x_static + W_h (cont_t h_{t-1})
//
// As in Caffe, gradients end at the first step, and begin with those of the first top: the states
// that are exposed have none. And all parameters get theirs, also with an lr_mult of 0 (they count
// where gradients are clipped by their norm).
//
// Caffe unrolls a net of small layers. Here the products over x, and all gradients of weights, are
// one product each over all steps. What is left goes from step to step, with the streams divided
// among the threads and W_h in the order in which the products read it.
class Recurrent : public Layer {
 public:
  Arity arity() const override;
  bool AllowForceBackward(int bottom) const override { return bottom != 1; }
  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kAll, .forward = true};
  }

  void SetUp(const Blobs& bottom, const Blobs& top) override;
  void Reshape(const Blobs& bottom, const Blobs& top) override;
  void Forward(const Blobs& bottom, const Blobs& top) override;
  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override;

 protected:
  Recurrent(const caffe::LayerParameter& param, int gates, size_t states)
      : Layer(param),
        gates_(gates),
        states_(states),
        units_(static_cast<int>(param.recurrent_param().num_output())) {}

  // Streams begin..end-1, which one thread computes.
  struct Streams {
    int64_t begin, end;
    int64_t count() const { return end - begin; }
  };

  // Adds the parameters of the output.
  virtual void SetUpOutput() {}
  // Reserves the memory of the passes, once the sizes are known.
  virtual void Reserve() {}
  // Returns where the steps write h, (T, N, D).
  virtual float* BeginForward(Blob& top, const std::vector<const float*>& states) = 0;
  // Computes h_t from a_t without its offsets; keeps what StepBack needs in place of a_t.
  virtual void Step(int64_t t, Streams streams) = 0;
  // Computes the top from h, where the two are not the same.
  virtual void EndForward(Blob& /*top*/) {}
  // State number `index` after the last step.
  virtual const float* FinalState(size_t index) const = 0;

  // Adds the gradients of the output's parameters; returns that of h from the tops.
  virtual const float* BeginBackward(Blob& top) = 0;
  // Computes the gradient of a_t from that of h_t.
  virtual void StepBack(int64_t t, Streams streams) = 0;

  int64_t rows() const { return steps_ * streams_; }
  int64_t steps() const { return steps_; }
  int64_t streams() const { return streams_; }
  int64_t units() const { return units_; }
  // The first parameter of the output.
  size_t output_param() const { return hidden_param() + 1; }

  // Row `stream` of step t in memory of `width` floats per row.
  int64_t At(int64_t t, int64_t stream, int64_t width) const {
    return (t * streams_ + stream) * width;
  }
  float cont(int64_t t, int64_t stream) const {
    return cont_[static_cast<size_t>(t * streams_ + stream)];
  }
  // What a_t gets beside the products with x_t and h_{t-1}.
  const float* offset(int64_t stream) const {
    return offsets_.get() + (has_static_ ? stream * width() : 0);
  }
  float* a(int64_t t, int64_t stream) const { return a_.get() + At(t, stream, width()); }
  float* a_diff(int64_t t, int64_t stream) const { return a_diff_.get() + At(t, stream, width()); }
  float* hidden(int64_t t, int64_t stream) const { return hidden_ + At(t, stream, units_); }
  // The gradient of h_t that comes from the tops; and that from step t + 1, null for the last.
  const float* hidden_diff(int64_t t, int64_t stream) const {
    return hidden_diff_ + At(t, stream, units_);
  }
  const float* later_diff(int64_t t, int64_t stream) const {
    return t + 1 < steps_ ? later_diff_.get() + stream * units_ : nullptr;
  }

  // Adds the sums of the columns of rows x width to the diff of a parameter.
  void AddColumnSums(const float* rows_of, int64_t width, Blob& param) const;
  // The right side of a product, and the parameter whose gradient the product is a part of.
  struct RightSide {
    const float* values;
    Blob& param;
  };
  // Adds left^T right to the diff of each parameter; the rows of left and right have its widths.
  void AddProducts(const float* left, int64_t rows, std::initializer_list<RightSide> rights);

 private:
  int64_t width() const { return int64_t{gates_} * units_; }
  size_t hidden_param() const { return has_static_ ? 3 : 2; }
  bool exposes() const { return param().recurrent_param().expose_hidden(); }
  size_t first_state() const { return has_static_ ? 3 : 2; }

  // Calls body(streams) for all streams: in parallel if every thread gets enough of them to fill a
  // product. Otherwise the products themselves are parallel, and what Divide divides.
  template <class Body>
  void OverStreams(const Body& body) const {
    constexpr int64_t kLeast = 4;
    const bool divide = streams_ >= kLeast * omp_get_max_threads();
    ParallelFor(streams_, divide ? 1 : streams_, [&](int64_t begin, int64_t end) {
      body(Streams{begin, end});
    });
  }

  // Calls body(part) for parts of the streams: one if this thread has them for itself, else one per
  // thread where it pays.
  template <class Body>
  void Divide(Streams streams, int64_t grain, const Body& body) const {
    ParallelFor(streams.count(), std::max<int64_t>(1, grain / width()),
                [&](int64_t begin, int64_t end) {
                  body(Streams{streams.begin + begin, streams.begin + end});
                });
  }

  void ComputeOffsets(const Blobs& bottom);
  void BackwardStatic(bool wants_bottom, Blob& bottom);

  const int gates_;
  const size_t states_;
  const int units_;
  bool has_static_ = false;
  int64_t steps_ = 0, streams_ = 0, inputs_ = 0, static_inputs_ = 0;

  // What is carried from one forward to the next. As Caffe's blobs, these grow only, and are zero
  // when they do.
  std::vector<std::vector<float>> carried_;
  std::vector<float> cont_;
  Buffer a_, a_diff_, offsets_, continued_, later_diff_, static_diff_;
  // W_x and W_h, for the pass that runs.
  PackedMatrix input_weights_, hidden_weights_;
  // The sides of AddProducts.
  std::vector<PackedMatrix> rights_packed_;
  Buffer turned_;
  float* hidden_ = nullptr;
  const float* hidden_diff_ = nullptr;
};

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_RECURRENT_H_
