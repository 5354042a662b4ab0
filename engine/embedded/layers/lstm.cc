#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/lstm_gates.h"
#include "engine/embedded/layers/recurrent.h"

namespace crema {

namespace {

// The top is h_t of lstm_gates.h; the states are h and c.
class Lstm : public Recurrent {
 public:
  explicit Lstm(const caffe::LayerParameter& param) : Recurrent(param, 4, 2) {}

 protected:
  void Reserve() override {
    cells_.Reserve((steps() + 1) * streams() * units());
    tanhs_.Reserve(steps() * streams() * units());
  }

  float* BeginForward(Blob& top, const std::vector<const float*>& states) override {
    std::copy_n(states[1], streams() * units(), cells_.get());
    return top.data().Write();
  }

  void Step(int64_t t, Streams streams) override {
    for (int64_t n = streams.begin; n < streams.end; ++n) {
      float* gates = a(t, n);
      lstm::ComputeGates(units(), cont(t, n), gates, offset(n), gates);
      lstm::ComputeStates(units(), gates, cell(t, n), cell(t + 1, n), cell_tanh(t, n),
                          hidden(t, n));
    }
  }

  const float* FinalState(size_t index) const override {
    return index == 0 ? hidden(steps() - 1, 0) : cell(steps(), 0);
  }

  const float* BeginBackward(Blob& top) override {
    std::fill_n(cell_diff_.Reserve(streams() * units()), streams() * units(), 0.0f);
    sums_.Reserve(streams() * units());
    return top.diff().Read();
  }

  void StepBack(int64_t t, Streams streams) override {
    for (int64_t n = streams.begin; n < streams.end; ++n) {
      const float* diff = hidden_diff(t, n);
      if (const float* later = later_diff(t, n)) {
        const float* from_top = diff;
        float* sum = sums_.get() + n * units();
        WideEach(units(), sum, [=](int64_t i) { return from_top[i] + later[i]; });
        diff = sum;
      }
      float* cell_diff = cell_diff_.get() + n * units();
      lstm::ComputeDiffs(units(), a(t, n), cell(t, n), cell_tanh(t, n), cell_diff, diff,
                         a_diff(t, n), cell_diff);
    }
  }

 private:
  // c before step t.
  float* cell(int64_t t, int64_t stream) const { return cells_.get() + At(t, stream, units()); }
  float* cell_tanh(int64_t t, int64_t stream) const {
    return tanhs_.get() + At(t, stream, units());
  }

  Buffer cells_, tanhs_, cell_diff_, sums_;
};

}  // namespace

std::unique_ptr<Layer> MakeLstm(const caffe::LayerParameter& param) {
  return std::make_unique<Lstm>(param);
}

}  // namespace crema
