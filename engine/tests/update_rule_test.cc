// What solvers do to parameters, against a few lines of arithmetic.
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "engine/shared/parallel.h"
#include "engine/tests/solver_builder.h"

namespace crema::test {
namespace {

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

}  // namespace
}  // namespace crema::test
