#include "engine/embedded/layers/recurrent.h"

#include <algorithm>

#include "engine/embedded/core/wide_each.h"

namespace crema {

Arity Recurrent::arity() const {
  const int states = exposes() ? static_cast<int>(states_) : 0;
  return {2 + states, 3 + states, 1 + states, 1 + states, false};
}

void Recurrent::SetUp(const Blobs& bottom, const Blobs&) {
  Require(units_ >= 1, "Expected a num_output of 1 or more but found ", units_);
  Require(units_ <= (1 << 24), "Expected a num_output of at most ", 1 << 24, " but found ", units_);
  const Blob& x = *bottom[0];
  Require(x.num_axes() >= 3,
          "Expected a bottom of 3 or more axes (time steps, streams, values) but found shape ",
          ShapeString(x.shape()));
  inputs_ = x.count(2);
  Require(inputs_ >= 1, "Expected a bottom with values from axis 2 on but found shape ",
          ShapeString(x.shape()));
  has_static_ = bottom.size() > 2 + (exposes() ? states_ : 0);
  const auto& p = param().recurrent_param();
  const int width = static_cast<int>(this->width());
  AddParam({width, static_cast<int>(inputs_)}, p.weight_filler());
  AddParam({width}, p.bias_filler());
  if (has_static_) {
    Require(bottom[2]->num_axes() >= 2,
            "Expected a third bottom of 2 or more axes (streams, values) but found shape ",
            ShapeString(bottom[2]->shape()));
    static_inputs_ = bottom[2]->count(1);
    Require(static_inputs_ >= 1, "Expected a third bottom with values from axis 1 on but found ",
            ShapeString(bottom[2]->shape()));
    AddParam({width, static_cast<int>(static_inputs_)}, p.weight_filler());
  }
  AddParam({width, units_}, p.weight_filler());
  SetUpOutput();
  carried_.resize(states_);
}

void Recurrent::Reshape(const Blobs& bottom, const Blobs& top) {
  for (Blob* blob : bottom) {
    Require(std::find(top.begin(), top.end(), blob) == top.end(),
            "Expected tops other than the bottoms but found ", param().type(), " in place");
  }
  const Blob& x = *bottom[0];
  Require(x.num_axes() >= 3 && x.count(2) == inputs_, "Expected a bottom with ", inputs_,
          " values from axis 2 on but found shape ", ShapeString(x.shape()));
  steps_ = x.shape(0);
  streams_ = x.shape(1);
  Require(steps_ >= 1, "Expected one or more time steps but found shape ", ShapeString(x.shape()));
  const int steps = x.shape(0), streams = x.shape(1);
  const auto expect = [](const Blob& blob, const Shape& shape, const char* what) {
    Require(blob.shape() == shape, "Expected ", what, " to have shape ", ShapeString(shape),
            " but found ", ShapeString(blob.shape()));
  };
  expect(*bottom[1], {steps, streams},
         "the second bottom, which says where sequences go on, by time steps and streams,");
  if (has_static_) {
    const Blob& fixed = *bottom[2];
    Require(fixed.num_axes() >= 2 && fixed.shape(0) == streams && fixed.count(1) == static_inputs_,
            "Expected a third bottom of ", streams, " streams with ", static_inputs_,
            " values each but found shape ", ShapeString(fixed.shape()));
  }
  const Shape state = {1, streams, units_};
  top[0]->Reshape({steps, streams, units_});
  for (size_t i = 0; i < states_; ++i) {
    if (exposes()) {
      expect(*bottom[first_state() + i], state, "the bottom with the state before the first step");
      top[1 + i]->Reshape(state);
      continue;
    }
    const auto count = static_cast<size_t>(CountOf(state));
    if (carried_[i].size() < count) carried_[i].assign(count, 0.0f);
  }
  CountOf({steps, streams, static_cast<int>(width())});
  cont_.resize(static_cast<size_t>(rows()));
  a_.Reserve(rows() * width());
  offsets_.Reserve((has_static_ ? streams_ : 1) * width());
  continued_.Reserve(rows() * units_);
  Reserve();
}

// The bias, and its sum with the static input's part for each stream.
void Recurrent::ComputeOffsets(const Blobs& bottom) {
  const float* bias = blobs()[1]->data().Read();
  float* offsets = offsets_.get();
  const int64_t n = has_static_ ? streams_ : 1;
  for (int64_t i = 0; i < n; ++i) std::copy_n(bias, width(), offsets + i * width());
  if (!has_static_) return;
  onednn::Gemm(false, true, streams_, width(), static_inputs_, 1.0f, bottom[2]->data().Read(),
               static_inputs_, blobs()[2]->data().Read(), static_inputs_, 1.0f, offsets, width());
}

void Recurrent::Forward(const Blobs& bottom, const Blobs& top) {
  if (top[0]->count() == 0) return;
  std::copy_n(bottom[1]->data().Read(), rows(), cont_.begin());
  std::vector<const float*> before;
  for (size_t i = 0; i < states_; ++i) {
    before.push_back(exposes() ? bottom[first_state() + i]->data().Read() : carried_[i].data());
  }
  ComputeOffsets(bottom);
  hidden_ = BeginForward(*top[0], before);
  input_weights_.Pack(blobs()[0]->data().Read(), inputs_, width(), true);
  input_weights_.Multiply(rows(), bottom[0]->data().Read(), false, a_.get());
  hidden_weights_.Pack(blobs()[hidden_param()]->data().Read(), units_, width(), true);
  OverStreams([&](const Streams streams) {
    for (int64_t t = 0; t < steps_; ++t) {
      Divide(streams, kCheapGrain, [&](const Streams part) {
        for (int64_t n = part.begin; n < part.end; ++n) {
          const float factor = cont(t, n);
          const float* from = t == 0 ? before[0] + n * units_ : hidden(t - 1, n);
          WideEach(units_, continued_.get() + At(t, n, units_),
                   [=](int64_t i) { return factor * from[i]; });
        }
      });
      hidden_weights_.Multiply(streams.count(), continued_.get() + At(t, streams.begin, units_),
                               true, a(t, streams.begin));
      Divide(streams, kCostlyGrain, [&](const Streams part) { Step(t, part); });
    }
  });
  for (size_t i = 0; i < states_; ++i) {
    float* to = exposes() ? top[1 + i]->data().Write() : carried_[i].data();
    std::copy_n(FinalState(i), streams_ * units_, to);
  }
  EndForward(*top[0]);
}

void Recurrent::Backward(const Blobs& top, const Flags& propagate_down, const Blobs& bottom) {
  Require(!propagate_down[1],
          "Expected no gradient to be wanted for where sequences go on but found that bottom 1 "
          "asks for one: give propagate_down: false for it");
  if (exposes()) {
    for (size_t i = first_state(); i < bottom.size(); ++i) {
      if (propagate_down[i]) bottom[i]->diff().SetZero();
    }
  }
  if (top[0]->count() == 0) return;
  a_diff_.Reserve(rows() * width());
  later_diff_.Reserve(streams_ * units_);
  hidden_diff_ = BeginBackward(*top[0]);
  hidden_weights_.Pack(blobs()[hidden_param()]->data().Read(), width(), units_, false);
  OverStreams([&](const Streams streams) {
    for (int64_t t = steps_; t-- > 0;) {
      Divide(streams, kCheapGrain, [&](const Streams part) { StepBack(t, part); });
      if (t == 0) break;
      hidden_weights_.Multiply(streams.count(), a_diff(t, streams.begin), false,
                               later_diff_.get() + streams.begin * units_);
      Divide(streams, kCheapGrain, [&](const Streams part) {
        for (int64_t n = part.begin; n < part.end; ++n) {
          const float factor = cont(t, n);
          float* row = later_diff_.get() + n * units_;
          WideEach(units_, row, [=](int64_t i) { return factor * row[i]; });
        }
      });
    }
  });
  const float* diff = a_diff_.get();
  AddProducts(
      diff, rows(),
      {{bottom[0]->data().Read(), *blobs()[0]}, {continued_.get(), *blobs()[hidden_param()]}});
  AddColumnSums(diff, width(), *blobs()[1]);
  if (has_static_) BackwardStatic(propagate_down[2], *bottom[2]);
  if (!propagate_down[0]) return;
  input_weights_.Pack(blobs()[0]->data().Read(), width(), inputs_, false);
  input_weights_.Multiply(rows(), diff, false, bottom[0]->diff().Write());
}

// The static input takes part in every step, so its gradient is the sum over them.
void Recurrent::BackwardStatic(bool wants_bottom, Blob& bottom) {
  float* sums = static_diff_.Reserve(streams_ * width());
  const int64_t step = streams_ * width();
  const float* diff = a_diff_.get();
  ParallelFor(step, std::max<int64_t>(1, kCheapGrain / steps_), [&](int64_t begin, int64_t end) {
    std::copy(diff + begin, diff + end, sums + begin);
    for (int64_t t = 1; t < steps_; ++t) {
      const float* more = diff + t * step + begin;
      float* to = sums + begin;
      WideEach(end - begin, to, [=](int64_t i) { return to[i] + more[i]; });
    }
  });
  AddProducts(sums, streams_, {{bottom.data().Read(), *blobs()[2]}});
  if (!wants_bottom) return;
  onednn::Gemm(false, false, streams_, static_inputs_, width(), 1.0f, sums, width(),
               blobs()[2]->data().Read(), static_inputs_, 0.0f, bottom.diff().Write(),
               static_inputs_);
}

void Recurrent::AddColumnSums(const float* rows_of, int64_t width, Blob& param) const {
  float* diff = param.diff().ReadWrite();
  ParallelFor(width, std::max<int64_t>(1, kCheapGrain / rows()), [&](int64_t begin, int64_t end) {
    float* to = diff + begin;
    const float* row = rows_of + begin;
    for (int64_t r = 0; r < rows(); ++r, row += width) {
      WideEach(end - begin, to, [=](int64_t i) { return to[i] + row[i]; });
    }
  });
}

void Recurrent::AddProducts(const float* left, int64_t rows,
                            std::initializer_list<RightSide> rights) {
  if (rights_packed_.size() < rights.size()) rights_packed_.resize(rights.size());
  std::vector<PackedMatrix::Product> products;
  for (const auto& [right, param] : rights) {
    PackedMatrix& packed = rights_packed_[products.size()];
    packed.Pack(right, rows, param.shape(1), false);
    Storage& diff = param.diff();
    const bool add = !diff.zero();
    products.push_back({packed, add, add ? diff.ReadWrite() : diff.Write()});
  }
  PackedMatrix::MultiplyTransposed(rights.begin()->param.shape(0), left, products, turned_);
}

}  // namespace crema
