#include "engine/embedded/solver/solver.h"

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "engine/shared/parallel.h"
#include "engine/tests/net_builder.h"

namespace crema::test {
namespace {

caffe::SolverParameter SolverOf(const std::string& type,
                                const caffe::NetParameter& net = SmallNet()) {
  caffe::SolverParameter param;
  param.set_type(type);
  param.set_base_lr(0.05f);
  param.set_lr_policy("fixed");
  param.set_random_seed(7);
  *param.mutable_train_net_param() = net;
  return param;
}

// A net that depends on its generators: new data in every forward, and Dropout.
caffe::NetParameter NoisyNet() {
  caffe::NetParameter net;
  AddNoise(net, "data", {4, 16, 8, 8});
  AddNoise(net, "label", {4, 10});
  AddConvolution(net, "conv", "data", 32, 3);
  AddLayer(net, "drop", "Dropout", {"conv"}, {"conv"});
  AddInnerProduct(net, "ip", "conv", 10);
  AddLayer(net, "loss", "EuclideanLoss", {"ip", "label"}, {"loss"});
  return net;
}

// The history of one element and its new value.
struct Element {
  double value, gradient, first = 0, second = 0;
};
using Rule = std::function<void(Element&, int iteration)>;

// Runs some iterations and checks each update against a few lines of arithmetic.
void CheckRule(const caffe::SolverParameter& param, const Rule& rule) {
  Solver solver(param, kNoHost);
  Net& net = solver.net();
  SetInputs(net);
  std::vector<Element> elements(ParamsOf(net).size());
  for (int iteration = 0; iteration < 6; ++iteration) {
    SCOPED_TRACE(StrCat(param.type(), ", iteration ", iteration));
    EXPECT_EQ(solver.iteration(), iteration);
    solver.ForwardBackward();
    const Values diffs = ParamsOf(net, true), before = ParamsOf(net);
    double norm = 0;
    for (const float d : diffs) norm += static_cast<double>(d) * static_cast<double>(d);
    norm = std::sqrt(norm);
    const double clip = static_cast<double>(param.clip_gradients());
    double scale = clip >= 0 && norm > clip ? clip / norm : 1;
    scale /= param.iter_size();
    solver.ApplyUpdate();
    const Values after = ParamsOf(net);
    for (size_t i = 0; i < elements.size(); ++i) {
      Element& e = elements[i];
      e.value = static_cast<double>(before[i]);
      const double decay = static_cast<double>(param.weight_decay());
      e.gradient = scale * static_cast<double>(diffs[i]);
      if (param.regularization_type() == "L2") e.gradient += decay * e.value;
      if (param.regularization_type() == "L1") {
        e.gradient += decay * ((e.value > 0) - (e.value < 0));
      }
      rule(e, iteration);
      ASSERT_NEAR(e.value, static_cast<double>(after[i]), 2e-5 * std::max(1.0, std::fabs(e.value)))
          << "element " << i;
    }
  }
}

constexpr double kRate = 0.05;

void StepSgd(Element& e, double momentum) {
  e.first = momentum * e.first + kRate * e.gradient;
  e.value -= e.first;
}

// Runs one rule on plain and on blocked parameters, with every kind of regularization.
void CheckEverywhere(caffe::SolverParameter param, const Rule& rule) {
  CheckRule(param, rule);
  param.set_weight_decay(0.1f);
  CheckRule(param, rule);
  param.set_regularization_type("L1");
  CheckRule(param, rule);
  param.set_regularization_type("L2");
  param.set_clip_gradients(0.1f);
  CheckRule(param, rule);
  param.set_iter_size(3);
  CheckRule(param, rule);
  *param.mutable_train_net_param() = NoisyNet();
  CheckRule(param, rule);
}

void Train(Solver& solver, int iterations) {
  for (int i = 0; i < iterations; ++i) {
    solver.ForwardBackward();
    solver.ApplyUpdate();
  }
}

TEST(SolverTest, Sgd) {
  caffe::SolverParameter param = SolverOf("SGD");
  CheckEverywhere(param, [](Element& e, int) { StepSgd(e, 0); });
  param.set_momentum(0.9f);
  CheckEverywhere(param, [](Element& e, int) { StepSgd(e, 0.9); });
}

TEST(SolverTest, Nesterov) {
  caffe::SolverParameter param = SolverOf("Nesterov");
  param.set_momentum(0.9f);
  CheckEverywhere(param, [](Element& e, int) {
    const double before = e.first;
    e.first = 0.9 * before + kRate * e.gradient;
    e.value -= 1.9 * e.first - 0.9 * before;
  });
}

TEST(SolverTest, AdaGrad) {
  caffe::SolverParameter param = SolverOf("AdaGrad");
  param.set_delta(1e-3f);
  CheckEverywhere(param, [](Element& e, int) {
    e.first += e.gradient * e.gradient;
    e.value -= kRate * e.gradient / (std::sqrt(e.first) + 1e-3);
  });
}

TEST(SolverTest, RmsProp) {
  caffe::SolverParameter param = SolverOf("RMSProp");
  param.set_delta(1e-3f);
  param.set_rms_decay(0.95f);
  CheckEverywhere(param, [](Element& e, int) {
    e.first = 0.95 * e.first + 0.05 * e.gradient * e.gradient;
    e.value -= kRate * e.gradient / (std::sqrt(e.first) + 1e-3);
  });
}

TEST(SolverTest, AdaDelta) {
  caffe::SolverParameter param = SolverOf("AdaDelta");
  param.set_delta(1e-3f);
  param.set_momentum(0.95f);
  CheckEverywhere(param, [](Element& e, int) {
    e.first = 0.95 * e.first + 0.05 * e.gradient * e.gradient;
    const double update = e.gradient * std::sqrt((e.second + 1e-3) / (e.first + 1e-3));
    e.second = 0.95 * e.second + 0.05 * update * update;
    e.value -= kRate * update;
  });
}

TEST(SolverTest, Adam) {
  caffe::SolverParameter param = SolverOf("Adam");
  param.set_momentum(0.9f);
  param.set_momentum2(0.999f);
  param.set_delta(1e-3f);
  CheckEverywhere(param, [](Element& e, int iteration) {
    const int t = iteration + 1;
    e.first = 0.9 * e.first + 0.1 * e.gradient;
    e.second = 0.999 * e.second + 0.001 * e.gradient * e.gradient;
    const double rate = kRate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    e.value -= rate * e.first / (std::sqrt(e.second) + 1e-3);
  });
}

TEST(SolverTest, AdamW) {
  caffe::SolverParameter param = SolverOf("AdamW");
  param.set_momentum(0.9f);
  param.set_momentum2(0.99f);
  param.set_delta(1e-3f);
  const auto check = [&](const caffe::SolverParameter& solver, double decay) {
    // CheckRule adds Caffe's decay, of the gradient, which AdamW does not have.
    CheckRule(solver, [=](Element& e, int iteration) {
      const int t = iteration + 1;
      const double gradient = e.gradient - decay * e.value;
      e.first = 0.9 * e.first + 0.1 * gradient;
      e.second = 0.99 * e.second + 0.01 * gradient * gradient;
      const double first = e.first / (1 - std::pow(0.9, t));
      const double second = e.second / (1 - std::pow(0.99, t));
      e.value -= kRate * (first / (std::sqrt(second) + 1e-3) + decay * e.value);
    });
  };
  check(param, 0);
  param.set_weight_decay(0.1f);
  const auto decay = static_cast<double>(0.1f);
  check(param, decay);
  param.set_clip_gradients(0.1f);
  check(param, decay);
  param.set_iter_size(3);
  check(param, decay);
  *param.mutable_train_net_param() = NoisyNet();
  check(param, decay);
}

TEST(SolverTest, MultipliesRatesAndDecaysByParameter) {
  caffe::NetParameter net = SmallNet();
  for (int i = 0; i < 2; ++i) net.mutable_layer(2)->add_param()->set_lr_mult(2);
  for (int i = 0; i < 2; ++i) net.mutable_layer(4)->add_param()->set_decay_mult(0.5f);
  caffe::SolverParameter param = SolverOf("SGD", net);
  param.set_weight_decay(0.2f);
  Solver solver(param, kNoHost);
  SetInputs(solver.net());
  solver.ForwardBackward();
  const Values before = ParamsOf(solver.net()), diffs = ParamsOf(solver.net(), true);
  solver.ApplyUpdate();
  const Values after = ParamsOf(solver.net());
  for (size_t i = 0; i < before.size(); ++i) {
    const bool first = i < 20;  // (3 + 1) * 5 values of ip1.
    const float rate = first ? 0.1f : 0.05f, decay = first ? 0.2f : 0.1f;
    EXPECT_NEAR(before[i] - rate * (diffs[i] + decay * before[i]), after[i], 1e-6f);
  }
}

TEST(SolverTest, LeavesFrozenParametersAlone) {
  for (const char* type : {"SGD", "Nesterov", "AdaGrad", "RMSProp", "AdaDelta", "Adam"}) {
    caffe::NetParameter net = SmallNet();
    for (int i = 0; i < 2; ++i) net.mutable_layer(2)->add_param()->set_lr_mult(0);
    caffe::SolverParameter param = SolverOf(type, net);
    param.set_weight_decay(0.2f);
    Solver solver(param, kNoHost);
    SetInputs(solver.net());
    const Values before = ParamsOf(solver.net());
    for (int i = 0; i < 3; ++i) {
      solver.ForwardBackward();
      solver.ApplyUpdate();
    }
    const Values after = ParamsOf(solver.net());
    EXPECT_TRUE(std::equal(before.begin(), before.begin() + 20, after.begin())) << type;
    EXPECT_FALSE(std::equal(before.begin() + 20, before.end(), after.begin() + 20)) << type;
  }
}

// 28 channels in blocks of 16 end in padding; its 0 / 0 must not reach the values.
TEST(SolverTest, WithoutDeltaThePaddingOfLayoutsStaysZero) {
  for (const char* type : {"AdaGrad", "RMSProp", "AdaDelta", "Adam"}) {
    caffe::NetParameter net;
    AddNoise(net, "data", {2, 32, 6, 6});
    AddConvolution(net, "conv1", "data", 28, 3);
    AddConvolution(net, "conv2", "conv1", 32, 3).add_loss_weight(1);
    caffe::SolverParameter param = SolverOf(type, net);
    param.set_delta(0);
    Solver solver(param, kNoHost);
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(std::isfinite(solver.ForwardBackward())) << type;
      solver.ApplyUpdate();
    }
    for (const float v : ParamsOf(solver.net())) ASSERT_TRUE(std::isfinite(v)) << type;
  }
}

TEST(SolverTest, AccumulatesIterSizePasses) {
  caffe::SolverParameter param = SolverOf("SGD");
  Solver one(param, kNoHost);
  param.set_iter_size(4);
  Solver four(param, kNoHost);
  for (Solver* solver : {&one, &four}) SetInputs(solver->net());
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(one.ForwardBackward(), four.ForwardBackward(), 1e-5f);
    one.ApplyUpdate();
    four.ApplyUpdate();
  }
  const Values a = ParamsOf(one.net()), b = ParamsOf(four.net());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-5f);
}

TEST(SolverTest, FollowsItsLearningRatePolicy) {
  caffe::SolverParameter param = SolverOf("SGD");
  param.set_lr_policy("multistep");
  param.set_gamma(0.1f);
  param.add_stepvalue(2);
  param.add_stepvalue(3);
  Solver solver(param, kNoHost);
  SetInputs(solver.net());
  for (const float rate : {0.05f, 0.05f, 0.005f, 0.0005f, 0.0005f}) {
    EXPECT_FLOAT_EQ(solver.CurrentRate(), rate);
    EXPECT_FLOAT_EQ(solver.CurrentRate(), rate);  // Asking changes nothing.
    solver.ForwardBackward();
    const Values before = ParamsOf(solver.net()), diffs = ParamsOf(solver.net(), true);
    solver.ApplyUpdate();
    EXPECT_NEAR(before[0] - ParamsOf(solver.net())[0], rate * diffs[0], 1e-6f);
  }
}

TEST(SolverTest, CountsAStepOnceHoweverOftenItIsAskedForItsRate) {
  caffe::SolverParameter param = SolverOf("SGD");
  param.set_lr_policy("multistep");
  param.set_gamma(0.1f);
  for (const int value : {2, 2, 5, 4}) param.add_stepvalue(value);
  Solver solver(param, kNoHost);
  SetInputs(solver.net());
  const int steps[] = {0, 0, 1, 2, 2, 3, 4, 4};
  for (const int step : steps) {
    caffe::SolverState state;
    for (int i = 0; i < 3; ++i) {
      EXPECT_NEAR(solver.CurrentRate(), 0.05 * std::pow(0.1, step), 1e-7);
      state = solver.State();
    }
    Solver resumed(param, kNoHost);
    resumed.Restore(state);
    EXPECT_EQ(resumed.CurrentRate(), solver.CurrentRate());
    solver.ForwardBackward();
    solver.ApplyUpdate();
    EXPECT_EQ(solver.State().current_step(), step);
  }
}

TEST(SolverTest, RefusesToUpdateWithoutAPolicy) {
  caffe::SolverParameter param = SolverOf("SGD");
  param.clear_lr_policy();
  Solver solver(param, kNoHost);
  SetInputs(solver.net());
  solver.ForwardBackward();
  EXPECT_THROW(solver.ApplyUpdate(), Error);
  EXPECT_EQ(solver.iteration(), 0);
}

TEST(SolverTest, ATestNetsOwnLayersFollowTheOwnersOfTheirParameters) {
  // "first" is in both nets; "second", before or after it, is only in the test net.
  for (const bool before : {false, true}) {
    caffe::SolverParameter param = SolverOf("SGD", SmallNet());
    caffe::NetParameter test;
    AddInput(test, "data", {4, 3});
    const auto add = [&](const char* name) {
      auto& layer = AddInnerProduct(test, name, "data", 5);
      layer.add_param()->set_name("w");
      layer.add_param()->set_name("b");
    };
    if (before) add("second");
    add("ip1");
    if (!before) add("second");
    add("third");
    *param.add_test_net_param() = test;
    Solver solver(param, kNoHost);
    SetInputs(solver.net());
    Train(solver, 2);
    Net& own = *solver.test_nets()[0];
    for (const char* name : {"ip1", "second", "third"}) {
      for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(&NodeOf(own, name).layer->blobs()[i]->data(),
                  &NodeOf(solver.net(), "ip1").layer->blobs()[i]->data())
            << name;
      }
    }
  }
}

TEST(SolverTest, KeepsTheGeneratorsOfLayersOfOneNameApart) {
  caffe::NetParameter net = NoisyNet();
  for (auto& layer : *net.mutable_layer()) {
    if (layer.type() == "DummyData" || layer.type() == "Dropout") layer.clear_name();
  }
  AddNoise(net, "more", {3, 1}).clear_name();
  caffe::SolverParameter param = SolverOf("SGD", net);
  param.set_base_lr(1e-5f);
  Solver whole(param, kNoHost), first(param, kNoHost);
  Train(whole, 5);
  Train(first, 2);
  Solver resumed(param, kNoHost);
  resumed.net().CopyFrom(first.net().ToProto(false));
  resumed.Restore(first.State());
  Train(resumed, 3);
  EXPECT_EQ(ParamsOf(whole.net()), ParamsOf(resumed.net()));
  EXPECT_EQ(Copy(BlobOf(whole.net(), "more").data()), Copy(BlobOf(resumed.net(), "more").data()));
}

TEST(SolverTest, PinnedParametersTrainTheSame) {
  for (const char* type : {"SGD", "Adam"}) {
    Solver plain(SolverOf(type, NoisyNet()), kNoHost), pinned(SolverOf(type, NoisyNet()), kNoHost);
    std::vector<float*> data;
    for (const Learnable& learnable : pinned.net().learnables()) {
      data.push_back(learnable.blob->PinData());
      learnable.blob->PinDiff();
    }
    for (int i = 0; i < 3; ++i) {
      for (Solver* solver : {&plain, &pinned}) {
        solver->ForwardBackward();
        solver->ApplyUpdate();
      }
    }
    const Values expected = ParamsOf(plain.net());
    size_t at = 0;
    for (size_t p = 0; p < data.size(); ++p) {
      const int64_t count = pinned.net().learnables()[p].blob->count();
      for (int64_t i = 0; i < count; ++i) ASSERT_NEAR(data[p][i], expected[at++], 1e-5f);
    }
  }
}

// ---- State ----

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

// ---- Making one ----

TEST(SolverTest, TestNetsShareTheParameters) {
  caffe::SolverParameter param = SolverOf("SGD", NoisyNet());
  *param.add_test_net_param() = NoisyNet();
  Solver solver(param, kNoHost);
  ASSERT_EQ(solver.test_nets().size(), 1u);
  Net& test = *solver.test_nets()[0];
  EXPECT_EQ(test.phase(), caffe::TEST);
  EXPECT_EQ(solver.net().phase(), caffe::TRAIN);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ParamsOf(solver.net()), ParamsOf(test));
    test.Forward();
    Train(solver, 1);
  }
}

std::string SolverError(const std::function<void(caffe::SolverParameter&)>& change,
                        const std::string& type = "SGD") {
  caffe::SolverParameter param = SolverOf(type);
  change(param);
  try {
    Solver solver(param, kNoHost);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(SolverTest, RefusesWhatMakesNoSense) {
  using P = caffe::SolverParameter;
  EXPECT_EQ(SolverError([](P&) {}), "");
  EXPECT_EQ(SolverError([](P& p) { p.clear_train_net_param(); }),
            "Expected the solver to hold its train net but found none");
  EXPECT_EQ(SolverError([](P& p) { p.set_iter_size(0); }),
            "Expected an iter_size of 1 or more but found 0");
  EXPECT_EQ(SolverError([](P& p) { p.set_regularization_type("L3"); }),
            "Expected a regularization_type of L1 or L2 but found 'L3'");
  EXPECT_EQ(SolverError([](P& p) { p.set_type("sgd"); }),
            "Expected a solver type (SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam, AdamW) but "
            "found 'sgd'");
  EXPECT_EQ(SolverError([](P& p) { p.set_regularization_type("L1"); }, "AdamW"),
            "Expected no regularization_type of its own with a solver of type AdamW, whose "
            "weight_decay shrinks the values themselves, but found L1");
  EXPECT_EQ(SolverError([](P& p) { p.set_momentum(1); }, "AdamW"),
            "Expected a momentum from 0 to below 1 with a solver of type AdamW but found 1");
  EXPECT_EQ(SolverError([](P& p) { p.set_delta(0); }, "AdamW"),
            "Expected a delta above 0 with a solver of type AdamW but found 0");
  // Only an update needs a policy.
  EXPECT_EQ(SolverError([](P& p) { p.clear_lr_policy(); }), "");
  EXPECT_NE(SolverError([](P& p) { p.set_lr_policy("never"); }).find("found 'never'"),
            std::string::npos);
  for (const char* type : {"AdaGrad", "RMSProp"}) {
    EXPECT_NE(SolverError([](P& p) { p.set_momentum(0.9f); }, type).find("Expected no momentum"),
              std::string::npos);
  }
  EXPECT_NE(SolverError([](P& p) { p.set_rms_decay(1); }, "RMSProp").find("rms_decay"),
            std::string::npos);
  EXPECT_NE(
      SolverError([](P& p) { AddInnerProduct(*p.mutable_train_net_param(), "x", "nothing", 1); }),
      "");
  EXPECT_NE(SolverError([](P& p) {
              *p.add_test_net_param() = p.train_net_param();
              p.mutable_test_net_param(0)
                  ->mutable_layer(2)
                  ->mutable_inner_product_param()
                  ->set_num_output(9);
            }),
            "");
}

}  // namespace
}  // namespace crema::test
