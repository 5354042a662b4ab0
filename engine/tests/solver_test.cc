#include "engine/embedded/solver/solver.h"

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "engine/shared/parallel.h"
#include "engine/tests/solver_builder.h"

namespace crema::test {
namespace {

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
