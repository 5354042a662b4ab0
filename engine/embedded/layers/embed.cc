#include <algorithm>

#include "engine/embedded/core/wide_each.h"
#include "engine/embedded/layers/layers.h"
#include "engine/shared/label.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// The row of the weights that each value of the bottom numbers, plus a bias: what InnerProduct
// makes of one-hot vectors. The top has one more axis than the bottom.
class EmbedLayer : public Layer {
 public:
  using Layer::Layer;

  Arity arity() const override { return Arity::Exactly(1, 1); }
  // The numbers of rows have no gradient.
  bool AllowForceBackward(int /*bottom*/) const override { return false; }

  BackwardReads Reads(const Blobs& /*bottom*/, const Blobs& /*top*/) const override {
    return {.bottoms = param_propagate_down(0) ? Kept::kAll : Kept::kNone};
  }

  void SetUp(const Blobs& /*bottom*/, const Blobs& /*top*/) override {
    const auto& embed = param().embed_param();
    Require(embed.num_output() >= 1 && embed.num_output() <= INT32_MAX,
            "Expected a num_output of 1 or more but found ", embed.num_output());
    Require(embed.input_dim() >= 1 && embed.input_dim() <= INT32_MAX,
            "Expected an input_dim of 1 or more but found ", embed.input_dim());
    outputs_ = embed.num_output();
    inputs_ = embed.input_dim();
    const int outputs = static_cast<int>(outputs_);
    AddParam({static_cast<int>(inputs_), outputs}, embed.weight_filler());
    if (embed.bias_term()) AddParam({outputs}, embed.bias_filler());
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Require(top[0] != bottom[0], "Expected a top other than the bottom but found Embed in place");
    Shape shape = bottom[0]->shape();
    shape.push_back(static_cast<int>(outputs_));
    top[0]->Reshape(shape);
    rows_.resize(static_cast<size_t>(bottom[0]->count()));
  }

  void Forward(const Blobs& bottom, const Blobs& top) override {
    FindRows(*bottom[0]);
    const float* weights = blobs()[0]->data().Read();
    const float* bias = blobs().size() > 1 ? blobs()[1]->data().Read() : nullptr;
    float* out = top[0]->data().Write();
    ParallelFor(static_cast<int64_t>(rows_.size()), std::max<int64_t>(1, kCheapGrain / outputs_),
                [&](int64_t begin, int64_t end) {
                  for (int64_t n = begin; n < end; ++n) {
                    const float* row = weights + rows_[static_cast<size_t>(n)] * outputs_;
                    float* to = out + n * outputs_;
                    if (bias == nullptr) {
                      std::copy_n(row, outputs_, to);
                    } else {
                      WideEach(outputs_, to, [=](int64_t i) { return row[i] + bias[i]; });
                    }
                  }
                });
  }

  void Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) override {
    Require(!propagate_down[0],
            "Expected no gradient to be wanted below an Embed layer but found that one is: it has "
            "none");
    const bool want_weights = param_propagate_down(0);
    const bool want_bias = blobs().size() > 1 && param_propagate_down(1);
    if (want_weights) FindRows(*bottom[0]);
    const float* diff = top[0]->diff().Read();
    float* weights = want_weights ? blobs()[0]->diff().ReadWrite() : nullptr;
    float* bias = want_bias ? blobs()[1]->diff().ReadWrite() : nullptr;
    const auto items = static_cast<int64_t>(rows_.size());
    // Each thread adds some of the columns, since several items may number the same row.
    ParallelFor(outputs_, std::max<int64_t>(1, kCheapGrain / std::max<int64_t>(1, items)),
                [&](int64_t begin, int64_t end) {
                  const int64_t columns = end - begin;
                  for (int64_t n = 0; n < items; ++n) {
                    const float* from = diff + n * outputs_ + begin;
                    if (want_weights) {
                      Add(columns, from,
                          weights + rows_[static_cast<size_t>(n)] * outputs_ + begin);
                    }
                    if (want_bias) Add(columns, from, bias + begin);
                  }
                });
  }

 private:
  static void Add(int64_t n, const float* from, float* to) {
    WideEach(n, to, [=](int64_t i) { return to[i] + from[i]; });
  }

  void FindRows(Blob& bottom) {
    const float* numbers = bottom.data().Read();
    for (size_t n = 0; n < rows_.size(); ++n) {
      rows_[n] = ClassOf(numbers[n], inputs_, "numbers of rows");
    }
  }

  int64_t outputs_ = 0, inputs_ = 0;
  // The row of the weights for each value of the bottom.
  std::vector<int64_t> rows_;
};

}  // namespace

std::unique_ptr<Layer> MakeEmbed(const caffe::LayerParameter& param) {
  return std::make_unique<EmbedLayer>(param);
}

}  // namespace crema
