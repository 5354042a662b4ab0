#include "engine/embedded/layers/convolution_tuner.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <vector>

#include "engine/shared/error.h"
#include "engine/shared/memory_limit.h"

namespace crema {

namespace {

constexpr double kMostDifference = 1e-3;

// How long each way of a pass is tried, once it has run to warm up.
struct Patience {
  int runs;
  double seconds;
};

Patience PatienceOf(Tune how) {
  return how == Tune::kFull ? Patience{50, 0.5} : Patience{10, 0.06};
}

// A way that is not the rule's must take less than this part of its time. In the net there is more
// that counts: the layouts of the layers around, and a ReLU that Winograd's algorithm has for
// nothing; and others use the machine, too.
constexpr double kWorthwhile = 0.8;

enum Pass { kForward, kData, kWeights, kPasses };

// Values of both signs that repeat late, about 1 in size.
void FillWithNoise(Storage& storage, uint32_t seed) {
  float* values = storage.Write();
  uint32_t state = seed;
  for (int64_t i = 0; i < storage.count(); ++i) {
    state = state * 1664525u + 1013904223u;
    values[i] = static_cast<float>(static_cast<int32_t>(state)) * 0x1p-30f;
  }
}

bool Agrees(Storage& right, Storage& found) {
  const float *expected = right.Read(), *values = found.Read();
  double square = 0, difference = 0;
  for (int64_t i = 0; i < right.count(); ++i) {
    const double value = static_cast<double>(expected[i]);
    const double off = static_cast<double>(values[i]) - value;
    square += value * value;
    difference += off * off;
  }
  // NaN does not agree.
  return difference <= kMostDifference * kMostDifference * square;
}

constexpr double kNoTime = std::numeric_limits<double>::infinity();

}  // namespace

// A convolution of its own, with blobs of its own.
class ConvolutionTuner::Trial {
 public:
  Trial(const ConvolutionTuner& tuner, const ConvolutionChoice& choice) : passes_(tuner.main_) {
    image_.ReshapeLike(tuner.image_);
    map_.ReshapeLike(tuner.map_);
    weights_.ReshapeLike(tuner.weights_);
    FillWithNoise(image_.data(), 1);
    FillWithNoise(map_.diff(), 2);
    FillWithNoise(weights_.data(), 3);
    if (tuner.bias_ != nullptr) {
      bias_.emplace();
      bias_->ReshapeLike(*tuner.bias_);
      FillWithNoise(bias_->data(), 4);
    }
    passes_.PlanAs(choice, tuner.geometry_, image_, map_, weights_, bias());
  }

  void Run(Pass pass) {
    switch (pass) {
      case kForward:
        return passes_.Forward(image_.data(), weights_, bias(), map_.data());
      case kData:
        return passes_.Backward(map_.diff(), weights_, image_.diff());
      default:
        // As after the solver has cleared them.
        weights_.diff().SetZero();
        if (bias_) bias_->diff().SetZero();
        passes_.BackwardWeights(image_.data(), map_.diff(), weights_, true, bias(),
                                bias_.has_value());
    }
  }

  void Measure(Pass pass) {
    const auto start = std::chrono::steady_clock::now();
    Run(pass);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    least_[pass] = std::min(least_[pass], spent.count());
  }
  // The least seconds so far.
  double least(Pass pass) const { return least_[pass]; }

  // What the pass made.
  Storage& result(Pass pass) {
    return pass == kForward ? map_.data() : pass == kData ? image_.diff() : weights_.diff();
  }

 private:
  Blob* bias() { return bias_ ? &*bias_ : nullptr; }

  ConvolutionPasses passes_;
  Blob image_, map_, weights_;
  std::optional<Blob> bias_;
  std::array<double, kPasses> least_ = {kNoTime, kNoTime, kNoTime};
};

ConvolutionTuner::ConvolutionTuner(const ConvolutionGeometry& geometry,
                                   const GemmConvolution::Sizes& sizes, const Blob& image,
                                   const Blob& map, const Blob& weights, const Blob* bias,
                                   ConvolutionPasses::Main main, bool backward)
    : geometry_(geometry),
      sizes_(sizes),
      image_(image),
      map_(map),
      weights_(weights),
      bias_(bias),
      main_(main),
      backward_(backward) {}

std::string ConvolutionTuner::What() const {
  const GemmConvolution::Sizes& s = sizes_;
  return StrCat(main_ == ConvolutionPasses::Main::kForward ? "convolution" : "deconvolution",
                backward_ ? "" : " forward", ", ", s.images, " images, ", s.groups, " groups, ",
                s.in_channels, "x", s.in_h, "x", s.in_w, " to ", s.out_channels, "x", s.out_h, "x",
                s.out_w, ", kernel ", s.kernel_h, "x", s.kernel_w, ", stride ", s.stride_h, "x",
                s.stride_w, ", pad ", s.pad_h, "x", s.pad_w, ", dilation ", s.dilation_h, "x",
                s.dilation_w, bias_ != nullptr ? ", bias" : "", ", ", onednn::InstructionSet(),
                ", ", omp_in_parallel() ? 1 : omp_get_max_threads(), " threads");
}

bool ConvolutionTuner::CanTry() const {
  if (!WinogradSizes(sizes_) && !GemmConvolution::Suits(sizes_, onednn::VectorLanes())) {
    return false;
  }
  // Each in two layouts, and what Winograd's algorithm and the results take.
  const int64_t values = 4 * (image_.count() + map_.count() + weights_.count());
  return 2 * values * static_cast<int64_t>(sizeof(float)) < AvailableMemory();
}

std::optional<ConvolutionChoice> ConvolutionTuner::Possible(const std::string& way) const {
  const auto choice = ConvolutionChoice::Parse(way);
  if (choice && choice->winograd.any() && !WinogradSizes(sizes_)) return std::nullopt;
  return choice;
}

ConvolutionChoice ConvolutionTuner::Fastest(Tune how, const ConvolutionChoice& rule) const {
  const bool transposed = main_ == ConvolutionPasses::Main::kBackward;
  const bool by_winograd = WinogradSizes(sizes_).has_value();
  Trial direct(*this, {});
  std::optional<Trial> winograd, patches;
  std::vector<Trial*> trials = {&direct};
  if (by_winograd) {
    const bool all = true;
    trials.push_back(&winograd.emplace(*this, ConvolutionChoice{.winograd = {all, all, all}}));
  }
  if (GemmConvolution::Suits(sizes_, onednn::VectorLanes())) {
    trials.push_back(&patches.emplace(*this, ConvolutionChoice{.patches = true}));
  }
  const auto [runs, seconds] = PatienceOf(how);
  ConvolutionChoice choice;
  double blocked = 0, over_patches = 0;
  for (const Pass pass : {kForward, kData, kWeights}) {
    if (!backward_ && pass != (transposed ? kData : kForward)) continue;
    for (Trial* trial : trials) trial->Run(pass);
    double spent = 0;
    for (int run = 0; run < runs && spent < seconds; ++run) {
      // In turn, as the machine may be slower for a while.
      for (Trial* trial : trials) trial->Measure(pass);
      spent += direct.least(pass);
    }
    double least = direct.least(pass);
    if (winograd && Agrees(direct.result(pass), winograd->result(pass))) {
      bool& chosen = pass == kForward ? choice.winograd.forward
                     : pass == kData  ? choice.winograd.data
                                      : choice.winograd.weights;
      const bool ruled = pass == kForward ? rule.winograd.forward
                         : pass == kData  ? rule.winograd.data
                                          : rule.winograd.weights;
      const double margin = ruled ? 1 / kWorthwhile : kWorthwhile;
      chosen = winograd->least(pass) < margin * least;
      if (chosen) least = winograd->least(pass);
    }
    blocked += least;
    if (patches) over_patches += patches->least(pass);
  }
  if (!patches) return choice;
  const double margin = rule.patches ? 1 / kWorthwhile : kWorthwhile;
  if (over_patches < margin * blocked) return {.patches = true};
  return choice;
}

}  // namespace crema
