#include "engine/libcaffe/check_run.h"

#include <algorithm>
#include <cfloat>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/shared/error.h"
#include "engine/shared/label.h"

namespace crema::libcaffe {

namespace {

// Values by which a layer indexes another blob: whole numbers below `end`.
struct Indices {
  const CaffeBlob* blob;
  // The number of values that the layer reads; the blob may hold more.
  int count;
  int64_t end;
  std::optional<int> ignored;
  const char* name;
};

std::optional<int> Ignored(bool given, int label) {
  return given ? std::optional<int>(label) : std::nullopt;
}

// The labels of a loss, or of a score, over the classes along an axis.
Indices AlongAxis(const std::vector<CaffeBlob*>& bottom, int axis, std::optional<int> ignored) {
  return {bottom[1], bottom[1]->count(), bottom[0]->shape(axis), ignored, "labels"};
}

// The labels of a loss whose items are rows.
Indices OfRows(const std::vector<CaffeBlob*>& bottom) {
  const int rows = bottom[0]->shape(0);
  return {bottom[1], std::min(rows, bottom[1]->count()), rows == 0 ? 0 : bottom[0]->count() / rows,
          std::nullopt, "labels"};
}

std::optional<Indices> IndicesOf(const caffe::LayerParameter& param,
                                 const std::vector<CaffeBlob*>& bottom) {
  const std::string& type = param.type();
  const auto of_loss = [&] {
    return Ignored(param.loss_param().has_ignore_label(), param.loss_param().ignore_label());
  };
  if (type == "SoftmaxWithLoss") return AlongAxis(bottom, param.softmax_param().axis(), of_loss());
  if (type == "InfogainLoss")
    return AlongAxis(bottom, param.infogain_loss_param().axis(), of_loss());
  if (type == "Accuracy") {
    const caffe::AccuracyParameter& p = param.accuracy_param();
    return AlongAxis(bottom, p.axis(), Ignored(p.has_ignore_label(), p.ignore_label()));
  }
  if (type == "HingeLoss" || type == "MultinomialLogisticLoss") return OfRows(bottom);
  if (type == "Embed")
    return Indices{bottom[0], bottom[0]->count(), param.embed_param().input_dim(), std::nullopt,
                   "indices"};
  if (type == "BatchReindex")
    return Indices{bottom[1], bottom[1]->count(), bottom[0]->shape(0), std::nullopt, "indices"};
  return std::nullopt;
}

// Checks the last of `tops` windows along an axis of `length`.
void CheckLastWindow(int tops, int64_t stride, int64_t pad, int length, const char* axis) {
  const int64_t begin = (tops - 1) * stride - pad;
  Require(begin < length, "Expected every window to see the image but found the last of ", tops,
          " along the ", axis, " to begin at ", begin, " of ", length,
          ": libcaffe computes nothing that makes sense there; give another stride or a pad");
}

}  // namespace

void CheckShapes(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom,
                 const std::vector<CaffeBlob*>& top) {
  if (layer.layer_param().type() != "Pooling") return;
  const caffe::PoolingParameter& p = layer.layer_param().pooling_param();
  if (p.global_pooling() || bottom[0]->num_axes() != 4 || top[0]->num_axes() != 4) return;
  CheckLastWindow(top[0]->shape(2), p.has_stride_h() ? p.stride_h() : p.stride(),
                  p.has_pad_h() ? p.pad_h() : p.pad(), bottom[0]->shape(2), "height");
  CheckLastWindow(top[0]->shape(3), p.has_stride_w() ? p.stride_w() : p.stride(),
                  p.has_pad_w() ? p.pad_w() : p.pad(), bottom[0]->shape(3), "width");
}

void CheckLabels(const CaffeLayer& layer, const std::vector<CaffeBlob*>& bottom) {
  const std::optional<Indices> indices = IndicesOf(layer.layer_param(), bottom);
  if (!indices.has_value() || indices->count == 0) return;
  const float* values = indices->blob->cpu_data();
  for (int i = 0; i < indices->count; ++i) {
    if (indices->ignored.has_value() && IsLabel(values[i], *indices->ignored)) continue;
    ClassOf(values[i], indices->end, indices->name);
  }
}

bool HasMaximumOfNaN(const CaffeLayer& layer, const std::vector<CaffeBlob*>& top) {
  const caffe::LayerParameter& param = layer.layer_param();
  if (param.type() != "Pooling" ||
      param.pooling_param().pool() != caffe::PoolingParameter_PoolMethod_MAX) {
    return false;
  }
  // libcaffe starts from this value, which remains if nothing is greater.
  const float* values = top[0]->cpu_data();
  return std::find(values, values + top[0]->count(), -FLT_MAX) != values + top[0]->count();
}

}  // namespace crema::libcaffe
