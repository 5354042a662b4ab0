#include <algorithm>

#include "engine/embedded/layers/layers.h"
#include "engine/embedded/layers/rearrangement.h"
#include "engine/embedded/layers/view.h"

namespace crema {

namespace {

// Gives the values another shape: the dims of reshape_param replace the num_axes axes from `axis`
// on. A dim of 0 copies the bottom's length, and -1 is inferred. The top shares the bottom's
// memory.
class ReshapeLayer : public ViewLayer {
 public:
  using ViewLayer::ViewLayer;

  void SetUp(const Blobs& bottom, const Blobs& top) override {
    ViewLayer::SetUp(bottom, top);
    const auto& dims = param().reshape_param().shape().dim();
    Require(std::count(dims.begin(), dims.end(), -1) <= 1,
            "Expected reshape_param to have at most one dim of -1 but found ",
            std::count(dims.begin(), dims.end(), -1));
    for (const int64_t dim : dims) {
      Require(dim >= -1 && dim <= INT32_MAX,
              "Expected reshape_param to have dims from -1 to 2147483647 but found ", dim);
    }
  }

 protected:
  Shape TopShape(const Blob& blob) const override {
    const auto& reshape = param().reshape_param();
    const int axes = blob.num_axes();
    const int start = reshape.axis() >= 0 ? reshape.axis() : axes + reshape.axis() + 1;
    Require(start >= 0 && start <= axes, "Expected axis to be from ", -axes - 1, " to ", axes,
            " but found ", reshape.axis(), ", for a bottom of shape ", ShapeString(blob.shape()));
    Require(reshape.num_axes() >= -1 && reshape.num_axes() <= axes - start,
            "Expected num_axes to be from 0 to ", axes - start, ", or -1 for all, but found ",
            reshape.num_axes(), ", for a bottom of shape ", ShapeString(blob.shape()));
    const int end = reshape.num_axes() == -1 ? axes : start + reshape.num_axes();

    Shape shape(blob.shape().begin(), blob.shape().begin() + start);
    int inferred = -1;
    for (const int64_t dim : reshape.shape().dim()) {
      const int at = static_cast<int>(shape.size());
      if (dim == 0) {
        Require(at < axes,
                "Expected a dim of 0 to stand where the bottom has an axis to copy but "
                "found it for axis ",
                at, ", for a bottom of shape ", ShapeString(blob.shape()));
        shape.push_back(blob.shape(at));
      } else if (dim == -1) {
        inferred = at;
        shape.push_back(1);
      } else {
        shape.push_back(static_cast<int>(dim));
      }
    }
    shape.insert(shape.end(), blob.shape().begin() + end, blob.shape().end());
    if (inferred >= 0) {
      const int64_t others = CountOf(shape);
      Require(others > 0 && blob.count() % others == 0, "Expected the bottom's ", blob.count(),
              " values to divide by the product of the other dims, ", others,
              ", but found a remainder");
      shape[static_cast<size_t>(inferred)] = static_cast<int>(blob.count() / others);
    }
    Require(CountOf(shape) == blob.count(), "Expected a shape of ", blob.count(),
            " values, as the bottom has, but found ", ShapeString(shape));
    return shape;
  }
};

// With pixelshuffler: r, of Intel's and Synopsys' Caffe, (N, C r^2, H, W) becomes (N, C, H r, W r):
// channel c r^2 + i r + j has the pixels at row i and column j of the blocks of r x r (Shi et al.,
// 2016, "Real-Time Single Image and Video Super-Resolution").
class PixelShuffleLayer : public RearrangingLayer {
 public:
  using RearrangingLayer::RearrangingLayer;

 protected:
  Order Arrange(const Blob& bottom, Shape& top) const override {
    Require(bottom.num_axes() == 4, "Expected a bottom of 4 axes to shuffle but found shape ",
            ShapeString(bottom.shape()));
    const int64_t r = param().reshape_param().pixelshuffler();
    Require(r >= 1 && r <= INT16_MAX, "Expected a pixelshuffler from 1 to ", INT16_MAX,
            " but found ", r);
    const int64_t n = bottom.shape(0), c = bottom.shape(1), h = bottom.shape(2),
                  w = bottom.shape(3);
    Require(c % (r * r) == 0, "Expected channels that ", r * r, ", the square of pixelshuffler, ",
            "divides, but found ", c);
    Require(h * r <= INT32_MAX && w * r <= INT32_MAX, "Expected a top of at most ", INT32_MAX,
            " rows and columns but found ", h * r, " and ", w * r);
    const int64_t few = c / (r * r), plane = h * w;
    top = {bottom.shape(0), static_cast<int>(few), static_cast<int>(h * r),
           static_cast<int>(w * r)};
    return {{n, few, h, r, w, r}, {c * plane, r * r * plane, w, r * plane, 1, plane}};
  }
};

}  // namespace

std::unique_ptr<Layer> MakeReshape(const caffe::LayerParameter& param) {
  if (param.reshape_param().pixelshuffler() != 1) return std::make_unique<PixelShuffleLayer>(param);
  return std::make_unique<ReshapeLayer>(param);
}

}  // namespace crema
