#ifndef CREMA_ENGINE_TESTS_LAYER_TESTER_H_
#define CREMA_ENGINE_TESTS_LAYER_TESTER_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/embedded/core/blob.h"
#include "engine/embedded/core/layer.h"
#include "engine/embedded/layers/layers.h"

namespace crema::test {

using Values = std::vector<float>;

// A layer with its bottoms and tops, but no net. The bottoms start with fixed random values in
// -2..2.
class LayerTester {
 public:
  struct Options {
    int tops = 1;
    // Makes the first bottom the first top.
    bool in_place = false;
    // Keeps the bottoms' data and tops' diffs of 3 to 5 axes in channel blocks of this size; 1
    // means plain.
    int block = 1;
  };

  LayerTester(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms);
  LayerTester(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
              const Options& options);

  Layer& layer() { return *layer_; }
  const Options& options() const { return options_; }
  const Blobs& bottoms() const { return bottom_; }
  const Blobs& tops() const { return top_; }
  Blob& bottom(size_t i = 0) { return *bottom_[i]; }
  Blob& top(size_t i = 0) { return *top_[i]; }
  Blob& param(size_t i) { return *layer_->blobs()[i]; }

  // The values from which every forward starts (in place, it overwrites the bottom's own).
  Values& input(size_t i = 0) { return inputs_[i]; }
  // The gradients from which every backward starts.
  Values& top_diff(size_t i = 0) { return top_diffs_[i]; }

  // Reshapes a bottom, with new random values, and then the layer.
  void ReshapeBottom(size_t i, const Shape& shape);

  void Forward();
  // The bottoms' diffs hold garbage before it, unless they are the tops' diffs.
  void Backward(const Flags& propagate_down);
  void Backward() { Backward(Flags(bottom_.size(), true)); }

  Values TopData(size_t i = 0) { return ValuesOf(top_[i]->data()); }
  Values BottomDiff(size_t i = 0) { return ValuesOf(bottom_[i]->diff()); }
  Values ParamDiff(size_t i) { return ValuesOf(param(i).diff()); }

  // A storage's plain values. Fails the test if the padding of its native layout is not zero.
  static Values ValuesOf(Storage& storage);

 private:
  void Reshaped();
  void Set(Blob& blob, Storage& storage, const Values& values) const;

  const Options options_;
  std::unique_ptr<Layer> layer_;
  std::vector<std::unique_ptr<Blob>> blobs_;
  Blobs bottom_, top_;
  std::vector<Values> inputs_, top_diffs_;
  uint64_t seed_ = 1;
};

// A parameter of the given type, in TRAIN.
caffe::LayerParameter ParamOf(const std::string& type, caffe::Phase phase = caffe::TRAIN);

// Fixed random values in low..high.
Values RandomValues(int64_t count, uint64_t seed, float low = -2.0f, float high = 2.0f);

void ExpectNear(const Values& expected, const Values& found, double tolerance = 1e-5);

// Runs the layer with plain blobs, and with blobs in blocks of 8 and 16 channels; expects the same
// values.
void ExpectSameInBlocks(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
                        LayerTester::Options options = {}, double tolerance = 1e-5);

// The message of the Error that making or setting up the layer throws; "" if it throws none.
std::string ErrorOf(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
                    LayerTester::Options options = {});

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_LAYER_TESTER_H_
