#include <algorithm>

#include "engine/embedded/core/memory.h"
#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/lstm_gates.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// One step of an LSTM (lstm_gates.h) for N streams of D units. Bottoms: c of the step before
// (1, N, D), a (1, N, 4 D) and cont (1, N). Tops: c and h, (1, N, D) each.
class LstmUnit : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(3, 2); }
  bool AllowForceBackward(int bottom) const override { return bottom != 2; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kAll, .forward = true};
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    for (const Blob* blob : top) {
      Require(std::find(bottom.begin(), bottom.end(), blob) == bottom.end(),
              "Expected tops other than the bottoms but found LSTMUnit in place");
    }
    Require(bottom[0]->num_axes() == 3 && bottom[0]->shape(0) == 1,
            "Expected bottom 0 to have shape (1, streams, units) but found shape ",
            ShapeString(bottom[0]->shape()));
    streams_ = bottom[0]->shape(1);
    units_ = bottom[0]->shape(2);
    const Shape shapes[2] = {{1, bottom[0]->shape(1), 4 * bottom[0]->shape(2)},
                             {1, bottom[0]->shape(1)}};
    for (size_t i = 1; i <= 2; ++i) {
      Require(bottom[i]->shape() == shapes[i - 1], "Expected bottom ", i, " to have shape ",
              ShapeString(shapes[i - 1]), ", as bottom 0 has ", ShapeString(bottom[0]->shape()),
              ", but found ", ShapeString(bottom[i]->shape()));
    }
    for (Blob* blob : top) blob->ReshapeLike(*bottom[0]);
    gates_.Reserve(streams_ * 4 * units_);
    tanhs_.Reserve(streams_ * units_);
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    const float* before = bottom[0]->data().Read();
    const float* in = bottom[1]->data().Read();
    const float* cont = bottom[2]->data().Read();
    float* cell = top[0]->data().Write();
    float* hidden = top[1]->data().Write();
    OverStreams(kCostlyGrain, [&](int64_t n) {
      float* gates = gates_.get() + n * 4 * units_;
      const int64_t at = n * units_;
      lstm::ComputeGates(units_, cont[n], in + 4 * at, nullptr, gates);
      lstm::ComputeStates(units_, gates, before + at, cell + at, tanhs_.get() + at, hidden + at);
    });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    Require(!propagate_down[2],
            "Expected no gradient to be wanted for where sequences go on but found that bottom 2 "
            "asks for one: give propagate_down: false for it");
    if (!propagate_down[0] && !propagate_down[1]) return;
    const float* before = bottom[0]->data().Read();
    const float* cell_diff = top[0]->diff().Read();
    const float* hidden_diff = top[1]->diff().Read();
    float* before_diff =
        propagate_down[0] ? bottom[0]->diff().Write() : unwanted_.Reserve(streams_ * units_);
    float* gates_diff =
        propagate_down[1] ? bottom[1]->diff().Write() : unwanted_.Reserve(streams_ * units_ * 4);
    OverStreams(kCheapGrain, [&](int64_t n) {
      const int64_t at = n * units_;
      lstm::ComputeDiffs(units_, gates_.get() + 4 * at, before + at, tanhs_.get() + at,
                         cell_diff + at, hidden_diff + at, gates_diff + 4 * at, before_diff + at);
    });
  }

 private:
  template <class Body>
  void OverStreams(int64_t grain, const Body& body) const {
    ParallelFor(streams_, std::max<int64_t>(1, grain / std::max<int64_t>(1, 4 * units_)),
                [&](int64_t begin, int64_t end) {
                  for (int64_t n = begin; n < end; ++n) body(n);
                });
  }

  int64_t streams_ = 0, units_ = 0;
  Buffer gates_, tanhs_, unwanted_;
};

}  // namespace

std::unique_ptr<Layer> MakeLstmUnit(const caffe::LayerParameter& param) {
  return std::make_unique<LstmUnit>(param);
}

}  // namespace crema
