#include "engine/embedded/layers/rearrangement.h"

#include <algorithm>

#include "engine/shared/parallel.h"

namespace crema {

std::vector<int64_t> StridesOf(const Blob& blob) {
  std::vector<int64_t> strides;
  for (int i = 0; i < blob.num_axes(); ++i) strides.push_back(blob.count(i + 1));
  return strides;
}

void RearrangingLayer::Reshape(const Blobs& bottom, const Blobs& top) {
  Require(top[0] != bottom[0], "Expected a top other than the bottom but found ", param().type(),
          " in place");
  Shape shape;
  const Order order = Arrange(*bottom[0], shape);
  top[0]->Reshape(shape);
  outer_ = {};
  length_ = stride_ = 1;
  // From the last axis on, axes that follow each other in the bottom too become one.
  for (size_t i = order.lengths.size(); i-- > 0;) {
    const int64_t length = order.lengths[i], stride = order.strides[i];
    if (length == 1) continue;
    if (outer_.lengths.empty() && length_ == 1) {
      length_ = length;
      stride_ = stride;
    } else if (outer_.lengths.empty() && stride == stride_ * length_) {
      length_ *= length;
    } else {
      outer_.lengths.push_back(length);
      outer_.strides.push_back(stride);
    }
  }
  rows_ = length_ == 0 ? 0 : bottom[0]->count() / length_;
}

template <class Body>
void RearrangingLayer::ForEachRow(const Body& body) const {
  ParallelFor(rows_, std::max<int64_t>(1, kCheapGrain / std::max<int64_t>(1, length_)),
              [&](int64_t begin, int64_t end) {
                for (int64_t row = begin; row < end; ++row) {
                  int64_t at = 0, rest = row;
                  for (size_t i = 0; i < outer_.lengths.size(); ++i) {
                    at += rest % outer_.lengths[i] * outer_.strides[i];
                    rest /= outer_.lengths[i];
                  }
                  body(row, at);
                }
              });
}

void RearrangingLayer::Forward(const Blobs& bottom, const Blobs& top) {
  const float* in = bottom[0]->data().Read();
  float* out = top[0]->data().Write();
  ForEachRow([=, this](int64_t row, int64_t at) {
    const float* from = in + at;
    float* to = out + row * length_;
    if (stride_ == 1) {
      std::copy_n(from, length_, to);
    } else {
      for (int64_t i = 0; i < length_; ++i) to[i] = from[i * stride_];
    }
  });
}

void RearrangingLayer::Backward(const Blobs& top, const Flags& propagate_down,
                                const Blobs& bottom) {
  if (!propagate_down[0]) return;
  const float* diff = top[0]->diff().Read();
  float* out = bottom[0]->diff().Write();
  ForEachRow([=, this](int64_t row, int64_t at) {
    const float* from = diff + row * length_;
    float* to = out + at;
    if (stride_ == 1) {
      std::copy_n(from, length_, to);
    } else {
      for (int64_t i = 0; i < length_; ++i) to[i * stride_] = from[i];
    }
  });
}

}  // namespace crema
