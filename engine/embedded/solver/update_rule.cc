#include "engine/embedded/solver/update_rule.h"

#include <cmath>

#include "engine/shared/error.h"

namespace crema {

namespace {

// The regularized gradient of element i.
inline float Gradient(const UpdateArguments& a, float value, float diff) {
  const float sign = static_cast<float>((value > 0) - (value < 0));
  return a.diff_scale * diff + a.decay * (a.l1 ? sign : value);
}

// h = momentum * h + rate * g; w -= h.
class Sgd : public UpdateRule {
 public:
  explicit Sgd(float momentum) : momentum_(momentum) {}
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* h = history[0];
    const float momentum = momentum_;
    if (a.l1) {
      for (int64_t i = begin; i < end; ++i) {
        h[i] = momentum * h[i] + a.rate * Gradient(a, value[i], diff[i]);
        value[i] -= h[i];
      }
      return;
    }
    const float scale = a.diff_scale, decay = a.decay, rate = a.rate;
#pragma omp simd
    for (int64_t i = begin; i < end; ++i) {
      h[i] = momentum * h[i] + rate * (scale * diff[i] + decay * value[i]);
      value[i] -= h[i];
    }
  }

 private:
  const float momentum_;
};

// Nesterov's accelerated gradient as Caffe computes it:
//   h' = momentum * h + rate * g; w -= (1 + momentum) * h' - momentum * h.
class Nesterov : public UpdateRule {
 public:
  explicit Nesterov(float momentum) : momentum_(momentum) {}
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* h = history[0];
    for (int64_t i = begin; i < end; ++i) {
      const float before = h[i];
      h[i] = momentum_ * before + a.rate * Gradient(a, value[i], diff[i]);
      value[i] -= (1 + momentum_) * h[i] - momentum_ * before;
    }
  }

 private:
  const float momentum_;
};

// AdaGrad (Duchi et al. 2011): h += g^2; w -= rate * g / (sqrt(h) + delta).
class AdaGrad : public UpdateRule {
 public:
  explicit AdaGrad(float delta) : delta_(delta) {}
  bool KeepsZeros() const override { return delta_ > 0; }
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* h = history[0];
    for (int64_t i = begin; i < end; ++i) {
      const float g = Gradient(a, value[i], diff[i]);
      h[i] += g * g;
      value[i] -= a.rate * g / (std::sqrt(h[i]) + delta_);
    }
  }

 private:
  const float delta_;
};

// RMSProp (Tieleman and Hinton 2012):
//   h = decay * h + (1 - decay) * g^2; w -= rate * g / (sqrt(h) + delta).
class RmsProp : public UpdateRule {
 public:
  RmsProp(float decay, float delta) : decay_(decay), delta_(delta) {}
  bool KeepsZeros() const override { return delta_ > 0; }
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* h = history[0];
    for (int64_t i = begin; i < end; ++i) {
      const float g = Gradient(a, value[i], diff[i]);
      h[i] = decay_ * h[i] + (1 - decay_) * g * g;
      value[i] -= a.rate * g / (std::sqrt(h[i]) + delta_);
    }
  }

 private:
  const float decay_, delta_;
};

// AdaDelta (Zeiler 2012), with momentum as the decay of both averages:
//   h = momentum * h + (1 - momentum) * g^2; d = g * sqrt((u + delta) / (h + delta));
//   u = momentum * u + (1 - momentum) * d^2; w -= rate * d.
class AdaDelta : public UpdateRule {
 public:
  AdaDelta(float momentum, float delta) : momentum_(momentum), delta_(delta) {}
  int num_histories() const override { return 2; }
  bool KeepsZeros() const override { return delta_ > 0; }
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* gradients = history[0];
    float* updates = history[1];
    for (int64_t i = begin; i < end; ++i) {
      const float g = Gradient(a, value[i], diff[i]);
      gradients[i] = momentum_ * gradients[i] + (1 - momentum_) * g * g;
      const float update = g * std::sqrt((updates[i] + delta_) / (gradients[i] + delta_));
      updates[i] = momentum_ * updates[i] + (1 - momentum_) * update * update;
      value[i] -= a.rate * update;
    }
  }

 private:
  const float momentum_, delta_;
};

// Adam (Kingma and Ba 2015):
//   m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
//   w -= rate * sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + epsilon).
class Adam : public UpdateRule {
 public:
  Adam(float beta1, float beta2, float epsilon) : beta1_(beta1), beta2_(beta2), epsilon_(epsilon) {}
  int num_histories() const override { return 2; }
  bool KeepsZeros() const override { return epsilon_ > 0; }
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* m = history[0];
    float* v = history[1];
    const auto t = static_cast<float>(a.iteration + 1);
    const float rate = a.rate * std::sqrt(1 - std::pow(beta2_, t)) / (1 - std::pow(beta1_, t));
    for (int64_t i = begin; i < end; ++i) {
      const float g = Gradient(a, value[i], diff[i]);
      m[i] = beta1_ * m[i] + (1 - beta1_) * g;
      v[i] = beta2_ * v[i] + (1 - beta2_) * g * g;
      value[i] -= rate * m[i] / (std::sqrt(v[i]) + epsilon_);
    }
  }

 private:
  const float beta1_, beta2_, epsilon_;
};

// AdamW (Loshchilov and Hutter 2019, algorithm 2), whose decay is apart from the gradient:
//   m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
//   w -= rate * (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon) + decay * w).
class AdamW : public UpdateRule {
 public:
  AdamW(float beta1, float beta2, float epsilon)
      : beta1_(beta1), beta2_(beta2), epsilon_(epsilon) {}
  int num_histories() const override { return 2; }
  void Apply(const UpdateArguments& a, int64_t begin, int64_t end, float* value, const float* diff,
             float* const* history) const override {
    float* m = history[0];
    float* v = history[1];
    // As doubles, since 1 - beta2^t is small at first.
    const auto t = static_cast<double>(a.iteration + 1);
    const auto first = static_cast<float>(1 - std::pow(static_cast<double>(beta1_), t));
    const auto second = static_cast<float>(std::sqrt(1 - std::pow(static_cast<double>(beta2_), t)));
    for (int64_t i = begin; i < end; ++i) {
      const float g = a.diff_scale * diff[i];
      m[i] = beta1_ * m[i] + (1 - beta1_) * g;
      v[i] = beta2_ * v[i] + (1 - beta2_) * g * g;
      value[i] -=
          a.rate * (m[i] / first / (std::sqrt(v[i]) / second + epsilon_) + a.decay * value[i]);
    }
  }

 private:
  const float beta1_, beta2_, epsilon_;
};

std::unique_ptr<UpdateRule> MakeAdamW(const caffe::SolverParameter& param) {
  const auto check = [](float beta, const char* field) {
    Require(beta >= 0 && beta < 1, "Expected a ", field,
            " from 0 to below 1 with a solver of type AdamW but found ", beta);
  };
  check(param.momentum(), "momentum");
  check(param.momentum2(), "momentum2");
  Require(param.delta() > 0, "Expected a delta above 0 with a solver of type AdamW but found ",
          param.delta());
  Require(param.regularization_type() == "L2",
          "Expected no regularization_type of its own with a solver of type AdamW, whose "
          "weight_decay shrinks the values themselves, but found ",
          param.regularization_type());
  return std::make_unique<AdamW>(param.momentum(), param.momentum2(), param.delta());
}

void RefuseMomentum(const caffe::SolverParameter& param) {
  Require(param.momentum() == 0, "Expected no momentum with a solver of type ", param.type(),
          " but found ", param.momentum());
}

}  // namespace

std::unique_ptr<UpdateRule> MakeUpdateRule(const caffe::SolverParameter& param) {
  const std::string& type = param.type();
  if (type == "SGD") return std::make_unique<Sgd>(param.momentum());
  if (type == "Nesterov") return std::make_unique<Nesterov>(param.momentum());
  if (type == "AdaGrad") {
    RefuseMomentum(param);
    return std::make_unique<AdaGrad>(param.delta());
  }
  if (type == "RMSProp") {
    RefuseMomentum(param);
    Require(param.rms_decay() >= 0 && param.rms_decay() < 1,
            "Expected an rms_decay from 0 to below 1 but found ", param.rms_decay());
    return std::make_unique<RmsProp>(param.rms_decay(), param.delta());
  }
  if (type == "AdaDelta") return std::make_unique<AdaDelta>(param.momentum(), param.delta());
  if (type == "Adam")
    return std::make_unique<Adam>(param.momentum(), param.momentum2(), param.delta());
  if (type == "AdamW") return MakeAdamW(param);
  throw Error(StrCat(
      "Expected a solver type (SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam, AdamW) but found '",
      type, "'"));
}

}  // namespace crema
