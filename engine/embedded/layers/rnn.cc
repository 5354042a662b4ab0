#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/map.h"
#include "engine/embedded/layers/recurrent.h"
#include "engine/shared/vector_math.h"

namespace crema {

namespace {

// h_t = tanh(a_t); the top is o_t = tanh(W_o h_t + b_o). The state is h.
class Rnn : public Recurrent {
 public:
  explicit Rnn(const caffe::LayerParameter& param) : Recurrent(param, 1, 1) {}

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = Kept::kAll, .tops = Kept::kAll, .forward = true};
  }

 protected:
  void SetUpOutput() override {
    const auto& p = param().recurrent_param();
    const int units = static_cast<int>(this->units());
    AddParam({units, units}, p.weight_filler());
    AddParam({units}, p.bias_filler());
  }

  float* BeginForward(Blob& /*top*/, const std::vector<const float*>& /*states*/) override {
    return a(0, 0);
  }

  void Step(int64_t t, Streams streams) override {
    for (int64_t n = streams.begin; n < streams.end; ++n) {
      float* h = a(t, n);
      const float* more = offset(n);
      WideEach(units(), h, [=](int64_t i) { return VectorTanh(h[i] + more[i]); });
    }
  }

  void EndForward(Blob& top) override {
    float* out = top.data().Write();
    const float* bias = blobs()[output_param() + 1]->data().Read();
    onednn::Gemm(false, true, rows(), units(), units(), 1.0f, a(0, 0), units(),
                 blobs()[output_param()]->data().Read(), units(), 0.0f, out, units());
    ParallelFor(rows(), std::max<int64_t>(1, kCostlyGrain / units()),
                [&](int64_t begin, int64_t end) {
                  for (int64_t r = begin; r < end; ++r) {
                    float* row = out + r * units();
                    WideEach(units(), row, [=](int64_t i) { return VectorTanh(row[i] + bias[i]); });
                  }
                });
  }

  const float* FinalState(size_t /*index*/) const override { return hidden(steps() - 1, 0); }

  const float* BeginBackward(Blob& top) override {
    const float* out = top.data().Read();
    const float* diff = top.diff().Read();
    float* sums_diff = sums_diff_.Reserve(rows() * units());
    Map(rows() * units(), sums_diff, kCheapGrain,
        [=](int64_t i) { return diff[i] * (1.0f - out[i] * out[i]); });
    const size_t weights = output_param();
    AddProducts(sums_diff, rows(), {{a(0, 0), *blobs()[weights]}});
    AddColumnSums(sums_diff, units(), *blobs()[weights + 1]);
    float* to = from_top_.Reserve(rows() * units());
    onednn::Gemm(false, false, rows(), units(), units(), 1.0f, sums_diff, units(),
                 blobs()[weights]->data().Read(), units(), 0.0f, to, units());
    return to;
  }

  void StepBack(int64_t t, Streams streams) override {
    for (int64_t n = streams.begin; n < streams.end; ++n) {
      const float* h = a(t, n);
      const float* from_top = hidden_diff(t, n);
      const float* later = later_diff(t, n);
      float* to = a_diff(t, n);
      if (later == nullptr) {
        WideEach(units(), to, [=](int64_t i) { return from_top[i] * (1.0f - h[i] * h[i]); });
      } else {
        WideEach(units(), to,
                 [=](int64_t i) { return (from_top[i] + later[i]) * (1.0f - h[i] * h[i]); });
      }
    }
  }

 private:
  Buffer sums_diff_, from_top_;
};

}  // namespace

std::unique_ptr<Layer> MakeRnn(const caffe::LayerParameter& param) {
  return std::make_unique<Rnn>(param);
}

}  // namespace crema
