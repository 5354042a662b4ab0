// What a solver saves and restores.
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "engine/shared/parallel.h"
#include "engine/tests/solver_builder.h"

namespace crema::test {
namespace {

TEST(SolverTest, ARestoredRunEqualsAnUninterruptedOne) {
  for (const char* type : {"SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam", "AdamW"}) {
    SCOPED_TRACE(type);
    caffe::SolverParameter param = SolverOf(type, NoisyNet());
    param.set_base_lr(1e-5f);
    param.set_warmup_iter(4);  // Over when the run is resumed and has gone on for an iteration.
    if (std::string(type) != "AdaGrad" && std::string(type) != "RMSProp") param.set_momentum(0.9f);
    param.set_lr_policy("step");
    param.set_stepsize(2);
    param.set_gamma(0.5f);
    param.set_weight_decay(0.01f);
    Solver whole(param, kNoHost), first(param, kNoHost);
    Train(whole, 7);
    Train(first, 3);
    const caffe::SolverState state = first.State();
    const caffe::NetParameter weights = first.net().ToProto(false);
    EXPECT_EQ(state.iter(), 3);
    EXPECT_EQ(state.current_step(), 1);
    // Asking for the state changes nothing.
    Train(first, 4);
    EXPECT_EQ(ParamsOf(whole.net()), ParamsOf(first.net()));
    // The generators of the state continue, whatever the seed of the new run.
    for (const int64_t seed : {7, 1701}) {
      param.set_random_seed(seed);
      Solver second(param, kNoHost);
      Train(second, seed == 7 ? 0 : 2);
      second.net().CopyFrom(weights);
      second.Restore(state);
      EXPECT_EQ(second.iteration(), 3);
      EXPECT_EQ(second.State().SerializeAsString(), state.SerializeAsString());
      Train(second, 4);
      EXPECT_EQ(ParamsOf(whole.net()), ParamsOf(second.net()));
      for (const float v : ParamsOf(second.net())) ASSERT_TRUE(std::isfinite(v));
      EXPECT_EQ(whole.State().SerializeAsString(), second.State().SerializeAsString());
    }
  }
}

TEST(SolverTest, ARestoredRunFollowsTheCosine) {
  caffe::SolverParameter param = SolverOf("AdamW", NoisyNet());
  param.set_momentum(0.9f);
  param.set_weight_decay(0.01f);
  param.set_lr_policy("cosine");
  param.set_max_iter(10);
  param.set_min_lr(0.001f);
  param.set_warmup_iter(2);
  Solver whole(param, kNoHost), first(param, kNoHost), second(param, kNoHost);
  Train(whole, 9);
  Train(first, 5);
  second.net().CopyFrom(first.net().ToProto(false));
  second.Restore(first.State());
  EXPECT_EQ(second.CurrentRate(), first.CurrentRate());
  EXPECT_NEAR(second.CurrentRate(), 0.001 + 0.049 * (1 + std::cos(std::numbers::pi * 3 / 8)) / 2,
              1e-8);
  Train(second, 4);
  EXPECT_EQ(ParamsOf(whole.net()), ParamsOf(second.net()));
  EXPECT_EQ(whole.State().SerializeAsString(), second.State().SerializeAsString());
}

TEST(SolverTest, RestoresTestNetsGeneratorsToo) {
  caffe::SolverParameter param = SolverOf("SGD", NoisyNet());
  *param.add_test_net_param() = NoisyNet();
  *param.add_test_net_param() = NoisyNet();
  Solver first(param, kNoHost), second(param, kNoHost);
  Train(first, 1);
  first.test_nets()[1]->Forward();
  second.net().CopyFrom(first.net().ToProto(false));
  second.Restore(first.State());
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(first.test_nets()[i]->Forward(), second.test_nets()[i]->Forward());
  }
}

TEST(SolverTest, ReadsAStateFromCaffe) {
  Solver solver(SolverOf("SGD"), kNoHost);
  caffe::SolverState state = solver.State();
  state.set_iter(42);
  state.clear_generator();
  state.clear_generator_seed();
  for (auto& blob : *state.mutable_history()) {
    std::fill(blob.mutable_data()->begin(), blob.mutable_data()->end(), 0.25f);
  }
  solver.Restore(state);
  EXPECT_EQ(solver.iteration(), 42);
  EXPECT_EQ(solver.State().history(3).data(0), 0.25f);
}

std::string RestoreError(Solver& solver, const caffe::SolverState& state) {
  try {
    solver.Restore(state);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SolverTest, RefusesAStateThatDoesNotFitAndKeepsItsOwn) {
  caffe::SolverParameter param = SolverOf("SGD");
  param.set_lr_policy("multistep");
  param.add_stepvalue(2);
  Solver solver(param, kNoHost);
  SetInputs(solver.net());
  Train(solver, 3);
  const caffe::SolverState good = solver.State();
  Solver adam(SolverOf("Adam"), kNoHost);
  EXPECT_EQ(RestoreError(solver, adam.State()),
            "Expected a state with 4 history blobs but found 8: the state is of another net or "
            "solver type");
  caffe::SolverState bad = good;
  bad.mutable_history(0)->set_data(0, 99);
  bad.mutable_history(3)->mutable_shape()->set_dim(0, 7);
  EXPECT_EQ(RestoreError(solver, bad),
            "History blob 3 does not fit: Expected shape 2 (2) but found 7 (7)");
  bad = good;
  bad.mutable_history(2)->mutable_data()->RemoveLast();
  EXPECT_NE(RestoreError(solver, bad).find("Expected 10 values but found 9"), std::string::npos);
  for (const int negative : {-1, std::numeric_limits<int>::min()}) {
    bad = good;
    bad.set_iter(negative);
    EXPECT_NE(RestoreError(solver, bad), "");
    bad = good;
    bad.set_current_step(negative);
    EXPECT_NE(RestoreError(solver, bad), "");
  }
  EXPECT_EQ(solver.State().SerializeAsString(), good.SerializeAsString());
  EXPECT_EQ(RestoreError(solver, good), "");
  bad = good;  // Beyond all steps, but in range.
  bad.set_current_step(1000);
  EXPECT_EQ(RestoreError(solver, bad), "");
  EXPECT_NO_THROW(Train(solver, 1));
}

}  // namespace
}  // namespace crema::test
