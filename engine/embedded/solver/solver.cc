#include "engine/embedded/solver/solver.h"

#include <array>
#include <cmath>

#include "engine/embedded/core/options.h"
#include "engine/embedded/net/net_params.h"
#include "engine/embedded/solver/learning_rate.h"
#include "engine/embedded/solver/seed.h"
#include "engine/shared/parallel.h"

namespace crema {

namespace {

// Larger than for layers: parameters are updated blob by blob, and on a busy machine waiting for a
// second thread at each of the small ones costs more than it saves.
constexpr int64_t kUpdateGrain = 2 * kCheapGrain;

caffe::SolverParameter WithoutNets(const caffe::SolverParameter& param) {
  caffe::SolverParameter own = param;
  own.clear_net_param();
  own.clear_train_net_param();
  own.clear_test_net_param();
  return own;
}

}  // namespace

Solver::Solver(const caffe::SolverParameter& param, const crema_host& host)
    : param_(WithoutNets(param)), seed_(SeedOf(param.random_seed())), rule_(MakeUpdateRule(param)) {
  Require(param.has_train_net_param(), "Expected the solver to hold its train net but found none");
  Require(param.iter_size() >= 1, "Expected an iter_size of 1 or more but found ",
          param.iter_size());
  Require(param.regularization_type() == "L1" || param.regularization_type() == "L2",
          "Expected a regularization_type of L1 or L2 but found '", param.regularization_type(),
          "'");
  caffe::NetParameter train = param.train_net_param();
  train.mutable_state()->set_phase(caffe::TRAIN);
  const std::shared_ptr<Arena> arena = Options().recycle ? std::make_shared<Arena>() : nullptr;
  net_ = std::make_unique<Net>(train, seed_, 0, host, arena);
  for (const caffe::NetParameter& given : param.test_net_param()) {
    caffe::NetParameter test = given;
    test.mutable_state()->set_phase(caffe::TEST);
    const auto index = static_cast<uint32_t>(test_nets_.size() + 1);
    test_nets_.push_back(std::make_unique<Net>(test, seed_, index, host, arena));
    test_nets_.back()->ShareWith(*net_);
  }
  for (int h = 0; h < rule_->num_histories(); ++h) {
    for (const Learnable& learnable : net_->learnables()) {
      history_.push_back(std::make_unique<Blob>(learnable.blob->shape()));
    }
  }
  // A wrong policy is said now, not after the first pass; a missing one only when it is needed.
  if (param_.has_lr_policy()) CurrentRate();
}

float Solver::CurrentRate() const {
  if (set_rate_) return *set_rate_;
  int step = current_step_;  // Only an update counts it.
  return LearningRate(param_, iteration_, step);
}

void Solver::SetLearningRate(float rate) {
  Require(std::isnan(rate) || (std::isfinite(rate) && rate >= 0),
          "Expected a learning rate of 0 or more but found ", rate);
  set_rate_ = std::isnan(rate) ? std::nullopt : std::optional(rate);
}

float Solver::ForwardBackward() {
  net_->ClearDiffs();
  float loss = 0;
  for (int i = 0; i < param_.iter_size(); ++i) {
    loss += net_->Forward();
    net_->Backward();
  }
  return loss / static_cast<float>(param_.iter_size());
}

float Solver::ClipScale() {
  if (param_.clip_gradients() < 0) return 1.0f;
  double sum = 0;
  for (const Learnable& learnable : net_->learnables()) {
    Storage& diff = learnable.blob->diff();
    // Padding is zero and adds nothing.
    const int64_t count =
        diff.layout() != nullptr ? onednn::PaddedCount(*diff.layout()) : diff.count();
    const float* values = diff.layout() != nullptr ? diff.Read(*diff.layout()) : diff.Read();
    for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]) * values[i];
  }
  const double norm = std::sqrt(sum);
  return norm > param_.clip_gradients() ? static_cast<float>(param_.clip_gradients() / norm) : 1.0f;
}

void Solver::Update(size_t index, const UpdateArguments& arguments) {
  Blob& blob = *net_->learnables()[index].blob;
  const size_t number = net_->learnables().size();
  std::array<float*, 2> history{};
  float* value;
  const float* diff;
  int64_t count;
  // Use the gradient's layout, unless someone holds the address of the plain values, or the padding
  // of that layout would not stay zero.
  if (blob.diff().layout() != nullptr && !blob.data().open() && rule_->KeepsZeros()) {
    const onednn::Desc desc = *blob.diff().layout();
    count = onednn::PaddedCount(desc);
    diff = blob.diff().Read(desc);
    value = blob.data().ReadWrite(desc);
    for (size_t h = 0; h * number < history_.size(); ++h)
      history[h] = history_[h * number + index]->data().ReadWrite(desc);
  } else {
    count = blob.count();
    diff = blob.diff().Read();
    value = blob.data().ReadWrite();
    for (size_t h = 0; h * number < history_.size(); ++h)
      history[h] = history_[h * number + index]->data().ReadWrite();
  }
  ParallelFor(count, kUpdateGrain, [&](int64_t begin, int64_t end) {
    rule_->Apply(arguments, begin, end, value, diff, history.data());
  });
  blob.data().Sync();
}

void Solver::ApplyUpdate() {
  int step = current_step_;
  // The policy goes on counting its steps while another rate is set.
  const bool asks_policy = !set_rate_ || param_.has_lr_policy();
  const float policy_rate = asks_policy ? LearningRate(param_, iteration_, step) : 0;
  const float rate = set_rate_.value_or(policy_rate);
  const float diff_scale = ClipScale() / static_cast<float>(param_.iter_size());
  for (size_t i = 0; i < net_->learnables().size(); ++i) {
    const Learnable& learnable = net_->learnables()[i];
    if (learnable.lr_mult == 0) continue;  // Frozen: no rule changes a value at rate 0.
    Update(i, {rate * learnable.lr_mult, param_.weight_decay() * learnable.decay_mult,
               param_.regularization_type() == "L1", diff_scale, iteration_});
  }
  current_step_ = step;
  ++iteration_;
}

caffe::SolverState Solver::State() {
  caffe::SolverState state;
  state.set_iter(static_cast<int>(iteration_));
  state.set_current_step(current_step_);
  for (const auto& blob : history_) {
    caffe::BlobProto& stored = *state.add_history();
    ToProto(*blob, false, stored);
  }
  state.set_generator_seed(static_cast<int64_t>(seed_));
  net_->SaveGenerators(-1, state);
  for (size_t i = 0; i < test_nets_.size(); ++i)
    test_nets_[i]->SaveGenerators(static_cast<int>(i), state);
  return state;
}

void Solver::Restore(const caffe::SolverState& state) {
  Require(state.history_size() == static_cast<int>(history_.size()), "Expected a state with ",
          history_.size(), " history blobs but found ", state.history_size(),
          ": the state is of another net or solver type");
  Require(state.iter() >= 0 && state.current_step() >= 0,
          "Expected a state of iteration and step 0 or more but found ", state.iter(), " and ",
          state.current_step());
  // Everything is checked before anything changes.
  for (int i = 0; i < state.history_size(); ++i) {
    try {
      CheckFits(state.history(i), *history_[static_cast<size_t>(i)]);
    } catch (const Error& error) {
      throw Error(StrCat("History blob ", i, " does not fit: ", error.what()));
    }
  }
  for (int i = 0; i < state.history_size(); ++i)
    FromProto(state.history(i), *history_[static_cast<size_t>(i)]);
  iteration_ = state.iter();
  current_step_ = state.current_step();
  if (state.has_generator_seed()) seed_ = static_cast<uint64_t>(state.generator_seed());
  net_->RestoreGenerators(-1, state);
  for (size_t i = 0; i < test_nets_.size(); ++i)
    test_nets_[i]->RestoreGenerators(static_cast<int>(i), state);
}

}  // namespace crema
