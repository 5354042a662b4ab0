#include "engine/libcaffe/prepare.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/registry.h"
#include "engine/libcaffe/wiring.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

constexpr const char* kOnlyEmbedded = ", which only the embedded engine has";

void CheckPolicy(const caffe::SolverParameter& p) {
  const std::string& policy = p.lr_policy();
  static const std::set<std::string> policies = {"fixed",     "step", "exp",    "inv",
                                                 "multistep", "poly", "sigmoid"};
#ifndef CREMA_OWN_LIBCAFFE  // A libcaffe of the user's may know more of them.
  Require(policies.count(policy) > 0,
          "Expected an lr_policy (fixed, step, exp, inv, multistep, poly, sigmoid) but found '",
          policy, "'", policy == "cosine" ? kOnlyEmbedded : "");
#endif
  if (policy == "step" || policy == "sigmoid") {
    Require(p.stepsize() > 0, "Expected a stepsize of 1 or more with lr_policy ", policy,
            " but found ", p.stepsize());
  }
  if (policies.count(policy) > 0 && policy != "fixed" && policy != "poly") {
    Require(p.gamma() >= 0, "Expected a gamma of 0 or more but found ", p.gamma());
  }
}

void CheckRule(const caffe::SolverParameter& p) {
  const auto types = caffe::SolverRegistry<float>::SolverTypeList();
  if (std::find(types.begin(), types.end(), p.type()) == types.end()) {
    std::string names;
    for (const std::string& type : types) names += (names.empty() ? "" : ", ") + type;
    throw Error(StrCat("Expected a solver type that libcaffe has (", names, ") but found '",
                       p.type(), "'", p.type() == "AdamW" ? kOnlyEmbedded : ""));
  }
  if (p.type() == "AdaGrad" || p.type() == "RMSProp") {
    Require(p.momentum() == 0, "Expected no momentum with a solver of type ", p.type(),
            " but found ", p.momentum());
  }
  if (p.type() == "RMSProp") {
    Require(p.rms_decay() >= 0 && p.rms_decay() < 1,
            "Expected an rms_decay from 0 to below 1 but found ", p.rms_decay());
  }
}

}  // namespace

void PrepareNet(caffe::NetParameter& net, const crema_host& host) {
  Require(net.layers_size() == 0 && net.input_size() == 0,
          "Expected an upgraded net (layer, Input layers) but found the old form (layers, input)");
  net.clear_debug_info();  // Printed on the other side.
  Wiring wiring;
  for (caffe::LayerParameter& layer : *net.mutable_layer()) {
    try {
      Require(layer.include_size() == 0 || layer.exclude_size() == 0,
              "Expected include or exclude rules but found both");
      wiring.Add(layer, !IsHostType(layer.type()));
      CheckLayer(layer);
      if (!IsHostType(layer.type())) {
        CheckOwnLayer(layer);
        continue;
      }
      Require(host.create != nullptr, "Expected a layer type that the engine has but found '",
              layer.type(), "'");
      GiveToHost(layer);
    } catch (Error& error) {
      error.set_layer(layer.name());
      throw;
    }
  }
}

void PrepareSolver(caffe::SolverParameter& p, const crema_host& host) {
  Require(p.has_train_net_param(), "Expected the solver to hold its train net but found none");
  Require(p.iter_size() >= 1, "Expected an iter_size of 1 or more but found ", p.iter_size());
  Require(p.regularization_type() == "L1" || p.regularization_type() == "L2",
          "Expected a regularization_type of L1 or L2 but found '", p.regularization_type(), "'");
  CheckPolicy(p);
  CheckRule(p);
  p.clear_net();
  p.clear_net_param();
  p.clear_train_net();
  p.clear_test_net();
  // The states in the nets say what they are.
  p.clear_train_state();
  p.clear_test_state();
  p.mutable_train_net_param()->mutable_state()->set_phase(caffe::TRAIN);
  PrepareNet(*p.mutable_train_net_param(), host);
  for (caffe::NetParameter& test : *p.mutable_test_net_param()) {
    test.mutable_state()->set_phase(caffe::TEST);
    PrepareNet(test, host);
  }
  // The training loop, with its tests, displays and snapshots, is on the other side; libcaffe only
  // insists on having these numbers.
  p.clear_test_iter();
  for (int i = 0; i < p.test_net_param_size(); ++i) p.add_test_iter(1);
  p.set_test_interval(1);
  p.clear_average_loss();
  p.clear_display();
  p.clear_debug_info();
  p.clear_snapshot();
  p.clear_snapshot_prefix();
}

}  // namespace crema::libcaffe
