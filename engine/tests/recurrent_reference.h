#ifndef CREMA_ENGINE_TESTS_RECURRENT_REFERENCE_H_
#define CREMA_ENGINE_TESTS_RECURRENT_REFERENCE_H_

#include <cmath>
#include <string>
#include <vector>

#include "engine/tests/gradient_check.h"

namespace crema::test {

// The sizes of a recurrent layer's bottoms. `fixed` is the number of values of the static input; 0
// for none.
struct RecurrentCase {
  int steps, streams, inputs, units;
  int fixed = 0;
  bool expose = false;
};

inline caffe::LayerParameter RecurrentOf(const std::string& type, const RecurrentCase& c) {
  caffe::LayerParameter layer = ParamOf(type);
  auto& param = *layer.mutable_recurrent_param();
  param.set_num_output(static_cast<uint32_t>(c.units));
  param.set_expose_hidden(c.expose);
  for (auto* filler : {param.mutable_weight_filler(), param.mutable_bias_filler()}) {
    filler->set_type("uniform");
    filler->set_min(-0.6f);
    filler->set_max(0.6f);
  }
  return layer;
}

inline std::vector<Shape> RecurrentBottoms(const RecurrentCase& c, size_t states) {
  std::vector<Shape> shapes = {{c.steps, c.streams, c.inputs}, {c.steps, c.streams}};
  if (c.fixed > 0) shapes.push_back({c.streams, c.fixed});
  for (size_t i = 0; c.expose && i < states; ++i) shapes.push_back({1, c.streams, c.units});
  return shapes;
}

// Where sequences go on: nowhere in the first step, then here and there.
inline void SetCont(LayerTester& tester, const RecurrentCase& c) {
  Values& cont = tester.input(1);
  for (size_t i = 0; i < cont.size(); ++i) {
    cont[i] = i < static_cast<size_t>(c.streams) || i % 5 == 3 ? 0.0f : 1.0f;
  }
}

inline double Squash(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// a_t of recurrent.h for one stream, by its definition. `h` is that of the step before.
inline std::vector<double> RecurrentInput(LayerTester& tester, const RecurrentCase& c, int t, int n,
                                          int width, const std::vector<double>& h) {
  const auto value = [](const Values& v, int row, int length, int i) {
    return static_cast<double>(v[static_cast<size_t>(row * length + i)]);
  };
  const auto param = [&](size_t i) { return LayerTester::ValuesOf(tester.param(i).data()); };
  const Values w_x = param(0), b = param(1), w_static = c.fixed > 0 ? param(2) : Values(),
               w_h = param(c.fixed > 0 ? 3 : 2);
  const double cont = value(tester.input(1), t, c.streams, n);
  std::vector<double> a;
  for (int u = 0; u < width; ++u) {
    double sum = value(b, 0, width, u);
    for (int k = 0; k < c.inputs; ++k) {
      sum += value(w_x, u, c.inputs, k) * value(tester.input(0), t * c.streams + n, c.inputs, k);
    }
    for (int k = 0; k < c.fixed; ++k) {
      sum += value(w_static, u, c.fixed, k) * value(tester.input(2), n, c.fixed, k);
    }
    for (int k = 0; k < c.units; ++k) {
      sum += value(w_h, u, c.units, k) * cont * h[static_cast<size_t>(k)];
    }
    a.push_back(sum);
  }
  return a;
}

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_RECURRENT_REFERENCE_H_
