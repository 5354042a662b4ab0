#include "engine/libcaffe/solver.h"

#include <cmath>
#include <locale>
#include <sstream>
#include <string>

#include "engine/libcaffe/params.h"
#include "engine/libcaffe/prepare.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

// Pointers to protected members, which can then be used on any solver.
struct OpenSolver : CaffeSolver {
  static constexpr auto iter() { return &OpenSolver::iter_; }
  static constexpr auto current_step() { return &OpenSolver::current_step_; }
  static constexpr auto param() { return &OpenSolver::param_; }
  static constexpr auto learning_rate() { return &OpenSolver::GetLearningRate; }
};

// The field of a SolverState that holds the state of libcaffe's random generator (caffe_generator
// in proto/caffe.proto); libcaffe's own schema does not know it.
constexpr int kGeneratorField = 1003;

std::string GeneratorState() {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << *caffe::caffe_rng();
  return text.str();
}

void RestoreGenerator(const std::string& state) {
  std::istringstream text(state + " ");  // Reading goes on to white space after the last number.
  text.imbue(std::locale::classic());
  caffe::rng_t generator;
  Require(static_cast<bool>(text >> generator),
          "Expected the state of a random generator but found something else");
  *caffe::caffe_rng() = generator;
}

}  // namespace

Solver::Solver(caffe::SolverParameter param, const crema_host* host) : session_(host) {
  PrepareSolver(param, session_.host());
  session_.Plan(*param.mutable_train_net_param());
  for (caffe::NetParameter& test : *param.mutable_test_net_param()) session_.Plan(test);
  {
    const Session::Use use(session_);
    owned_.reset(caffe::SolverRegistry<float>::CreateSolver(param));
  }
  solver_ = dynamic_cast<CaffeSolver*>(owned_.get());
  Require(solver_ != nullptr, "Expected a solver derived from SGDSolver but found type '",
          param.type(), "'");
  net_ = std::make_unique<Net>(solver_->net(), session_);
  for (const auto& test : solver_->test_nets()) {
    ShareWith(*test, net_->net());
    test_nets_.push_back(std::make_unique<Net>(test, session_));
  }
}

int Solver::iteration() const { return solver_->iter(); }

float Solver::LearningRate() {
  if (set_rate_) return *set_rate_;
  // libcaffe counts the steps of multistep while it computes the rate. Only an update may.
  const int step = solver_->*OpenSolver::current_step();
  const float rate = (solver_->*OpenSolver::learning_rate())();
  solver_->*OpenSolver::current_step() = step;
  return rate;
}

void Solver::SetLearningRate(float rate) {
  Require(std::isnan(rate) || (std::isfinite(rate) && rate >= 0),
          "Expected a learning rate of 0 or more but found ", rate);
  set_rate_ = std::isnan(rate) ? std::nullopt : std::optional(rate);
}

float Solver::ForwardBackward() {
  net_->net().ClearParamDiffs();
  float loss = 0;
  for (int i = 0; i < solver_->param().iter_size(); ++i) {
    loss += net_->Forward(-1, -1);
    net_->Backward(-1, -1);
  }
  return loss / static_cast<float>(solver_->param().iter_size());
}

void Solver::ApplyUpdate() {
  const Session::Use use(session_);
  // Some versions of Caffe count the iteration in ApplyUpdate, others in the training loop.
  const int next = solver_->iter() + 1;
  if (set_rate_) {
    caffe::SolverParameter& param = solver_->*OpenSolver::param();
    const caffe::SolverParameter own = param;
    param.set_lr_policy("fixed");
    param.set_base_lr(*set_rate_);
    solver_->ApplyUpdate();
    param = own;
  } else {
    solver_->ApplyUpdate();
  }
  solver_->*OpenSolver::iter() = next;
}

caffe::SolverState Solver::State() {
  const Session::Use use(session_);
  caffe::SolverState state;
  state.set_iter(solver_->iter());
  state.set_current_step(solver_->*OpenSolver::current_step());
  for (const auto& blob : solver_->history()) blob->ToProto(state.add_history());
  state.mutable_unknown_fields()->AddLengthDelimited(kGeneratorField, GeneratorState());
  return state;
}

void Solver::Restore(const caffe::SolverState& state) {
  const Session::Use use(session_);
  const auto& history = solver_->history();
  Require(state.history_size() == static_cast<int>(history.size()), "Expected a state with ",
          history.size(), " history blobs but found ", state.history_size(),
          ": the state is of another net or solver type");
  for (int i = 0; i < state.history_size(); ++i) {
    try {
      CheckFits(state.history(i), *history[static_cast<size_t>(i)]);
    } catch (const Error& error) {
      throw Error(StrCat("History blob ", i, " does not fit: ", error.what()));
    }
  }
  for (int i = 0; i < state.unknown_fields().field_count(); ++i) {
    const auto& field = state.unknown_fields().field(i);
    if (field.number() == kGeneratorField &&
        field.type() == google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) {
      RestoreGenerator(field.length_delimited());
    }
  }
  for (int i = 0; i < state.history_size(); ++i)
    history[static_cast<size_t>(i)]->FromProto(state.history(i), false);
  solver_->*OpenSolver::iter() = state.iter();
  solver_->*OpenSolver::current_step() = state.current_step();
}

}  // namespace crema::libcaffe
