#include "engine/tests/layer_tester.h"

#include <cmath>

#include "engine/embedded/core/channel_view.h"

namespace crema::test {

caffe::LayerParameter ParamOf(const std::string& type, caffe::Phase phase) {
  caffe::LayerParameter param;
  param.set_name("tested");
  param.set_type(type);
  param.set_phase(phase);
  return param;
}

Values RandomValues(int64_t count, uint64_t seed, float low, float high) {
  Random random(seed, 7);
  Values values(static_cast<size_t>(count));
  for (float& v : values) v = low + (high - low) * random.NextUniform();
  return values;
}

LayerTester::LayerTester(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms)
    : LayerTester(param, bottoms, Options()) {}

LayerTester::LayerTester(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
                         const Options& options)
    : options_(options) {
  const LayerMaker make = FindLayer(param.type());
  if (make == nullptr) throw Error("Expected a known type but found " + param.type());
  layer_ = make(param);
  layer_->set_random(Random(1701, 3));
  for (const Shape& shape : bottoms) {
    bottom_.push_back(blobs_.emplace_back(std::make_unique<Blob>(shape)).get());
    inputs_.push_back(RandomValues(bottom_.back()->count(), seed_++));
  }
  for (int i = 0; i < options.tops; ++i) {
    const bool shared = options.in_place && i == 0;
    top_.push_back(shared ? bottom_[0] : blobs_.emplace_back(std::make_unique<Blob>()).get());
  }
  for (size_t i = 0; i < bottom_.size(); ++i) {
    Set(*bottom_[i], bottom_[i]->data(), inputs_[i]);
  }
  layer_->SetUp(bottom_, top_);
  Reshaped();
}

void LayerTester::ReshapeBottom(size_t i, const Shape& shape) {
  bottom_[i]->Reshape(shape);
  inputs_[i] = RandomValues(bottom_[i]->count(), seed_++);
  Reshaped();
}

void LayerTester::Reshaped() {
  layer_->Reshape(bottom_, top_);
  top_diffs_.clear();
  for (Blob* t : top_) top_diffs_.push_back(RandomValues(t->count(), 100 + seed_++, 0.5f, 2.0f));
}

void LayerTester::Set(Blob& blob, Storage& storage, const Values& values) const {
  std::copy(values.begin(), values.end(), storage.Write());
  if (options_.block == 1) return;
  const auto desc = onednn::BlockedDesc(blob.dims(), options_.block);
  if (desc.has_value() && blob.count() > 0) storage.ReadWrite(*desc);
}

void LayerTester::Forward() {
  for (size_t i = 0; i < bottom_.size(); ++i) {
    Set(*bottom_[i], bottom_[i]->data(), inputs_[i]);
  }
  layer_->Forward(bottom_, top_);
}

void LayerTester::Backward(const Flags& propagate_down) {
  for (Blob* b : bottom_) {
    Set(*b, b->diff(), Values(static_cast<size_t>(b->count()), 123.0f));
  }
  for (size_t i = 0; i < top_.size(); ++i) Set(*top_[i], top_[i]->diff(), top_diffs_[i]);
  layer_->Backward(top_, propagate_down, bottom_);
}

Values LayerTester::ValuesOf(Storage& storage) {
  double padded_sum = 0, sum = 0;
  const bool native = storage.layout() != nullptr;
  if (native) {
    const onednn::Desc desc = *storage.layout();
    const float* memory = storage.Read(desc);
    for (int64_t i = 0; i < onednn::PaddedCount(desc); ++i) padded_sum += std::fabs(memory[i]);
  }
  const float* plain = storage.Read();
  Values values(plain, plain + storage.count());
  for (const float v : values) sum += std::fabs(v);
  if (native) {
    EXPECT_NEAR(padded_sum, sum, 1e-9 * (1 + sum)) << "the padding is not zero";
  }
  return values;
}

void ExpectNear(const Values& expected, const Values& found, double tolerance) {
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const double e = static_cast<double>(expected[i]);
    if (std::isnan(e)) {
      ASSERT_TRUE(std::isnan(found[i])) << "at " << i << ": " << found[i];
    } else {
      ASSERT_NEAR(e, static_cast<double>(found[i]), tolerance * std::max(1.0, std::fabs(e)))
          << "at " << i;
    }
  }
}

void ExpectSameInBlocks(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
                        LayerTester::Options options, double tolerance) {
  options.block = 1;
  LayerTester plain(param, bottoms, options);
  plain.Forward();
  std::vector<Values> tops;
  for (size_t i = 0; i < plain.tops().size(); ++i) tops.push_back(plain.TopData(i));
  plain.Backward();
  for (const int block : {8, 16}) {
    SCOPED_TRACE(StrCat("in blocks of ", block));
    options.block = block;
    LayerTester blocked(param, bottoms, options);
    for (size_t i = 0; i < bottoms.size(); ++i) blocked.input(i) = plain.input(i);
    for (size_t i = 0; i < tops.size(); ++i) blocked.top_diff(i) = plain.top_diff(i);
    for (size_t i = 0; i < plain.layer().blobs().size(); ++i) {
      const Values values = LayerTester::ValuesOf(plain.param(i).data());
      std::copy(values.begin(), values.end(), blocked.param(i).data().Write());
    }
    blocked.Forward();
    for (size_t i = 0; i < tops.size(); ++i) ExpectNear(tops[i], blocked.TopData(i), tolerance);
    blocked.Backward();
    for (size_t i = 0; i < bottoms.size(); ++i) {
      ExpectNear(plain.BottomDiff(i), blocked.BottomDiff(i), tolerance);
    }
    for (size_t i = 0; i < plain.layer().blobs().size(); ++i) {
      ExpectNear(plain.ParamDiff(i), blocked.ParamDiff(i), 10 * tolerance);
    }
  }
}

std::string ErrorOf(const caffe::LayerParameter& param, const std::vector<Shape>& bottoms,
                    LayerTester::Options options) {
  try {
    LayerTester tester(param, bottoms, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace crema::test
