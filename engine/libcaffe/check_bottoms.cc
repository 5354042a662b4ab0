#include "engine/libcaffe/check_bottoms.h"

#include <algorithm>
#include <set>
#include <string>

#include "engine/libcaffe/check_layer.h"
#include "engine/libcaffe/params.h"
#include "engine/libcaffe/session.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

using Blobs = std::vector<CaffeBlob*>;

int Count(const CaffeBlob& blob, int from) { return blob.count(from); }

// Types that can be set up without a value in their bottoms: what they allot does not depend on it.
bool SetsUpEmpty(const caffe::LayerParameter& param) {
  static const std::set<std::string> types = {
      "AbsVal", "BNLL",  "Clip", "Dropout", "ELU",     "Eltwise", "EuclideanLoss", "Exp",
      "Log",    "Power", "ReLU", "Sigmoid", "Silence", "TanH",    "Swish",         "Threshold"};
  // libcaffe puts a loss weight into the top's gradient.
  return types.count(param.type()) > 0 && param.loss_weight_size() == 0;
}

// Types that run without a value in a bottom, if it had some before, so that it has memory. Others
// divide by its size, or call functions that want a value.
bool RunsEmpty(const std::string& type) {
  static const std::set<std::string> types = {
      "BatchReindex",  "BNLL",    "Clip",      "Concat",  "Convolution", "Crop",
      "Deconvolution", "Dropout", "ELU",       "Embed",   "Flatten",     "Im2col",
      "InnerProduct",  "Pooling", "ReLU",      "Reshape", "Sigmoid",     "Slice",
      "Split",         "TanH",    "Threshold", "Tile"};
  return types.count(type) > 0;
}

void CheckEmpty(const caffe::LayerParameter& param, const Blobs& bottom, bool setting_up) {
  const std::string& type = param.type();
  if (type == "Silence" || (setting_up && SetsUpEmpty(param))) return;
  for (size_t i = 0; i < bottom.size(); ++i) {
    if (bottom[i]->count() > 0) continue;
    if (!setting_up && RunsEmpty(type) && MemoryOf(*bottom[i], false) != nullptr) continue;
    throw Error(StrCat("Expected bottom ", i, " to have values, since libcaffe can't ",
                       setting_up ? "set up" : "run", " a ", type, " layer without, but found ",
                       ShapeText(*bottom[i])));
  }
}

void CheckInnerProduct(const caffe::InnerProductParameter& p, const Params& params,
                       const CaffeBlob& bottom) {
  const int axis = AxisOf(bottom, p.axis()), inputs = Count(bottom, axis);
  const int outputs = static_cast<int>(p.num_output());
  const std::vector<int> weights =
      p.transpose() ? std::vector<int>{inputs, outputs} : std::vector<int>{outputs, inputs};
  CheckShape({bottom.count(0, axis), outputs});
  if (params.empty()) {
    CheckFiller(p.weight_filler(), &weights);
    const std::vector<int> biases = {outputs};
    if (p.bias_term()) CheckFiller(p.bias_filler(), &biases);
    return;
  }
  CheckShape(weights);
  Require(params[0]->count() == outputs * inputs, "Expected ",
          static_cast<double>(params[0]->count()) / outputs,
          " inputs an item, which the weights are for, but found ", inputs, " in ",
          ShapeText(bottom), " from axis ", axis, " on");
  if (p.bias_term()) CheckParam(params, 1, {outputs});
}

void CheckEmbed(const caffe::EmbedParameter& p, const Params& params, const CaffeBlob& bottom) {
  const auto outputs = static_cast<int>(p.num_output()), inputs = static_cast<int>(p.input_dim());
  CheckShape({bottom.count(), outputs});
  Require(bottom.num_axes() < kMaxBlobAxes, "Expected a bottom of fewer than ", kMaxBlobAxes,
          " axes but found ", ShapeText(bottom));
  const std::vector<int> weights = {inputs, outputs}, biases = {outputs};
  if (params.empty()) {
    CheckFiller(p.weight_filler(), &weights);
    if (p.bias_term()) CheckFiller(p.bias_filler(), &biases);
  }
  CheckParam(params, 0, weights);
  if (p.bias_term()) CheckParam(params, 1, biases);
}

// The second operand of a Scale or Bias layer has the shape of the bottom from an axis on.
void CheckOperand(const CaffeBlob& bottom, const std::vector<int>& shape, int axis,
                  const char* what) {
  if (shape.empty()) return;
  axis = AxisOf(bottom, axis);
  const auto begin = bottom.shape().begin() + axis;
  const bool fits = shape.size() <= static_cast<size_t>(bottom.num_axes() - axis) &&
                    std::equal(shape.begin(), shape.end(), begin);
  Require(fits, "Expected ", what, " to have the sizes of the bottom, ", ShapeText(bottom),
          ", from axis ", axis, " on but found ", ShapeString(shape));
}

// The shape that a Scale or Bias layer gives its own parameter.
std::vector<int> OperandShape(const CaffeBlob& bottom, int axis, int axes) {
  Require(axes >= -1, "Expected num_axes of -1 or more but found ", axes);
  axis = AxisOf(bottom, axis);
  Require(axes <= bottom.num_axes() - axis, "Expected num_axes of at most ",
          bottom.num_axes() - axis, " for a bottom of shape ", ShapeText(bottom), " from axis ",
          axis, " on but found ", axes);
  const auto begin = bottom.shape().begin() + axis;
  return {begin, axes == -1 ? bottom.shape().end() : begin + axes};
}

void CheckScale(const caffe::ScaleParameter& p, const Params& params, const Blobs& bottom) {
  if (bottom.size() > 1) {
    CheckOperand(*bottom[0], bottom[1]->shape(), p.axis(), "the second bottom");
    const std::vector<int>& shape = bottom[1]->shape();
    if (p.bias_term() && params.empty()) {
      // The layer inside that adds the bias looks for the axis, even where it adds one value to
      // all.
      AxisOf(*bottom[0], p.axis());
      CheckFiller(p.bias_filler(), &shape);
    }
    if (p.bias_term()) CheckParam(params, 0, shape);
    return;
  }
  if (params.empty()) {
    const std::vector<int> shape = OperandShape(*bottom[0], p.axis(), p.num_axes());
    CheckFiller(p.filler(), &shape);
    if (p.bias_term()) CheckFiller(p.bias_filler(), &shape);
    return;
  }
  CheckOperand(*bottom[0], params[0]->shape(), p.axis(), "the scale");
  if (p.bias_term()) CheckParam(params, 1, params[0]->shape());
}

void CheckBias(const caffe::BiasParameter& p, const Params& params, const Blobs& bottom) {
  if (bottom.size() > 1) {
    CheckOperand(*bottom[0], bottom[1]->shape(), p.axis(), "the second bottom");
  } else if (params.empty()) {
    const std::vector<int> shape = OperandShape(*bottom[0], p.axis(), p.num_axes());
    CheckFiller(p.filler(), &shape);
  } else {
    CheckOperand(*bottom[0], params[0]->shape(), p.axis(), "the bias");
  }
}

void CheckBatchNorm(const Params& params, const CaffeBlob& bottom) {
  Require(bottom.num_axes() >= 2, "Expected a bottom of 2 or more axes but found ",
          ShapeText(bottom));
  const int channels = bottom.shape(1);
  for (size_t i = 0; i < params.size(); ++i) CheckParam(params, i, {i < 2 ? channels : 1});
}

void CheckPReLU(const caffe::PReLUParameter& p, const Params& params, const CaffeBlob& bottom) {
  Require(bottom.num_axes() >= 2 && bottom.num_axes() <= 4,
          "Expected a bottom of 2 to 4 axes but found ", ShapeText(bottom));
  const int slopes = p.channel_shared() ? 1 : bottom.shape(1);
  if (params.empty()) {
    const std::vector<int> shape = p.channel_shared() ? std::vector<int>() : std::vector{slopes};
    if (p.has_filler()) CheckFiller(p.filler(), &shape);
  } else {
    Require(params[0]->count() == slopes, "Expected ", slopes, " slopes but found ",
            params[0]->count());
  }
}

void CheckRecurrent(const caffe::LayerParameter& param, const Params& params, const Blobs& bottom) {
  const caffe::RecurrentParameter& p = param.recurrent_param();
  const CaffeBlob& x = *bottom[0];
  Require(x.num_axes() >= 3,
          "Expected a bottom of 3 or more axes, time steps, streams and inputs, but found ",
          ShapeText(x));
  const std::vector<int> steps = {x.shape(0), x.shape(1)};
  Require(bottom[1]->shape() == steps, "Expected the second bottom to have shape ",
          ShapeString(steps), ", the time steps and streams of the first, but found ",
          ShapeText(*bottom[1]));
  const size_t states = p.expose_hidden() ? (param.type() == "LSTM" ? 2 : 1) : 0;
  const bool has_static = bottom.size() > 2 + states;
  const auto outputs = static_cast<int>(p.num_output());
  if (has_static) {
    Require(bottom[2]->num_axes() >= 1 && bottom[2]->shape(0) == steps[1],
            "Expected the third bottom to have ", steps[1], " streams but found ",
            ShapeText(*bottom[2]));
  }
  for (size_t i = bottom.size() - states; i < bottom.size(); ++i) {
    const std::vector<int> state = {1, steps[1], outputs};
    Require(bottom[i]->shape() == state, "Expected bottom ", i, " to have shape ",
            ShapeString(state), " but found ", ShapeText(*bottom[i]));
  }
  const int inputs = Count(x, 2), gates = param.type() == "LSTM" ? 4 * outputs : outputs;
  if (params.empty()) {
    const std::vector<int> weights = {gates, inputs}, biases = {gates};
    CheckFiller(p.weight_filler(), &weights);
    CheckFiller(p.bias_filler(), &biases);
    return;
  }
  CheckParam(params, 0, {gates, inputs});
  if (has_static) CheckParam(params, 2, {gates, Count(*bottom[2], 1)});
}

void CheckLstmUnit(const Blobs& bottom) {
  for (size_t i = 0; i < bottom.size(); ++i) CheckAxes(*bottom[i], i == 2 ? 2 : 3);
  const int streams = bottom[0]->shape(1), units = bottom[0]->shape(2);
  const std::vector<std::vector<int>> shapes = {
      {1, streams, units}, {1, streams, 4 * units}, {1, streams}};
  for (size_t i = 0; i < bottom.size(); ++i) {
    Require(bottom[i]->shape() == shapes[i], "Expected bottom ", i, " to have shape ",
            ShapeString(shapes[i]), " but found ", ShapeText(*bottom[i]));
  }
}

}  // namespace

std::string ShapeText(const CaffeBlob& blob) { return ShapeString(ShapeOf(blob)); }

int AxisOf(const CaffeBlob& blob, int axis, const char* field) {
  const int axes = blob.num_axes();
  Require(axis >= -axes && axis < axes, "Expected ", field, " to be an axis of the bottom, ",
          ShapeText(blob), ", but found ", axis);
  return axis < 0 ? axis + axes : axis;
}

void CheckAxesUpTo(const CaffeBlob& blob, int most) {
  Require(blob.num_axes() <= most, "Expected a bottom of at most ", most, " axes but found ",
          ShapeText(blob));
}

void CheckAxes(const CaffeBlob& blob, int axes) {
  Require(blob.num_axes() == axes, "Expected a bottom of ", axes, " axes but found ",
          ShapeText(blob));
}

void CheckParam(const Params& params, size_t index, const std::vector<int>& shape) {
  if (params.empty()) return;
  Require(index < params.size(), "Expected ", index + 1, " or more parameters but found ",
          params.size());
  Require(params[index]->shape() == shape, "Expected parameter ", index, " to have shape ",
          ShapeString(shape), ", which the bottom asks for, but found ", ShapeText(*params[index]));
}

void CheckBottoms(const caffe::LayerParameter& param, const Params& params, const Blobs& bottom,
                  size_t tops, bool setting_up) {
  const std::string& type = param.type();
  CheckEmpty(param, bottom, setting_up);
  if (CheckWindows(param, params, bottom) || CheckLosses(param, bottom, setting_up) ||
      CheckArranging(param, bottom, tops)) {
    return;
  }
  if (type == "InnerProduct") {
    CheckInnerProduct(param.inner_product_param(), params, *bottom[0]);
  } else if (type == "Embed") {
    CheckEmbed(param.embed_param(), params, *bottom[0]);
  } else if (type == "Scale") {
    CheckScale(param.scale_param(), params, bottom);
  } else if (type == "Bias") {
    CheckBias(param.bias_param(), params, bottom);
  } else if (type == "BatchNorm") {
    CheckBatchNorm(params, *bottom[0]);
  } else if (type == "PReLU") {
    CheckPReLU(param.prelu_param(), params, *bottom[0]);
  } else if (type == "MVN") {
    CheckAxesUpTo(*bottom[0], 4);
  } else if (type == "Softmax") {
    AxisOf(*bottom[0], param.softmax_param().axis());
  } else if (type == "Reduction") {
    AxisOf(*bottom[0], param.reduction_param().axis());
  } else if (type == "ArgMax") {
    const caffe::ArgMaxParameter& p = param.argmax_param();
    Require(bottom[0]->num_axes() > 0, "Expected a bottom with axes but found a scalar");
    const int values =
        p.has_axis() ? bottom[0]->shape(AxisOf(*bottom[0], p.axis())) : Count(*bottom[0], 1);
    Require(static_cast<int64_t>(p.top_k()) <= values, "Expected a top_k of at most ", values,
            " but found ", p.top_k());
  } else if (type == "Eltwise") {
    for (size_t i = 1; i < bottom.size(); ++i) {
      Require(bottom[i]->shape() == bottom[0]->shape(), "Expected bottoms of one shape but found ",
              ShapeText(*bottom[0]), " and ", ShapeText(*bottom[i]));
    }
  } else if (type == "RNN" || type == "LSTM") {
    CheckRecurrent(param, params, bottom);
  } else if (type == "LSTMUnit") {
    CheckLstmUnit(bottom);
  } else if (type == "HDF5Output") {
    for (const CaffeBlob* blob : bottom) CheckAxesUpTo(*blob, 4);
    Require(bottom.size() != 2 || bottom[0]->num() == bottom[1]->num(),
            "Expected data and labels of as many items but found ", ShapeText(*bottom[0]), " and ",
            ShapeText(*bottom[1]));
  }
}

}  // namespace crema::libcaffe
