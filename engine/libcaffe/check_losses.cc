#include <fstream>
#include <string>

#include "engine/libcaffe/check_bottoms.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

using Blobs = std::vector<CaffeBlob*>;

void CheckItems(const Blobs& bottom) {
  for (const size_t i : {0, 1}) {
    Require(bottom[i]->num_axes() > 0, "Expected bottom ", i, " to have axes but found a scalar");
  }
  Require(bottom[0]->shape(0) == bottom[1]->shape(0),
          "Expected the first two bottoms to have as many items but found ", ShapeText(*bottom[0]),
          " and ", ShapeText(*bottom[1]));
}

// One label for each position outside of the axis of the classes.
void CheckLabelCount(const Blobs& bottom, int axis) {
  axis = AxisOf(*bottom[0], axis);
  const int labels = bottom[0]->count(0, axis) * bottom[0]->count(axis + 1);
  Require(bottom[1]->count() == labels, "Expected ", labels, " labels for predictions of shape ",
          ShapeText(*bottom[0]), " with classes along axis ", axis, " but found ",
          ShapeText(*bottom[1]));
}

// Of (N), or axes of 1 behind.
void CheckColumn(const CaffeBlob& blob, size_t index) {
  CheckAxesUpTo(blob, 4);
  Require(blob.channels() == 1 && blob.height() == 1 && blob.width() == 1, "Expected bottom ",
          index, " to have one value per item but found ", ShapeText(blob));
}

void CheckInfogain(const caffe::LayerParameter& param, const Blobs& bottom, bool setting_up) {
  const caffe::InfogainLossParameter& p = param.infogain_loss_param();
  Require(!param.loss_param().has_normalize(),
          "Expected normalization in loss_param, which InfogainLoss needs, but found normalize");
  CheckItems(bottom);
  CheckLabelCount(bottom, p.axis());
  const int classes = bottom[0]->shape(AxisOf(*bottom[0], p.axis()));
  if (bottom.size() > 2) {
    Require(bottom[2]->count() == int64_t{classes} * classes, "Expected the third bottom to hold ",
            classes, " × ", classes, " values but found ", ShapeText(*bottom[2]));
    return;
  }
  Require(p.has_source(),
          "Expected a third bottom, or a source, with the infogain matrix but found neither");
  if (!setting_up) return;
  std::ifstream file(p.source(), std::ios::binary);
  caffe::BlobProto matrix;
  Require(file.is_open() && matrix.ParseFromIstream(&file), "Expected a BlobProto in '", p.source(),
          "' but could not read one");
  Require(matrix.data_size() == int64_t{classes} * classes, "Expected ", classes, " × ", classes,
          " values in '", p.source(), "' but found ", matrix.data_size());
}

void CheckContrastive(const Blobs& bottom) {
  for (const CaffeBlob* blob : bottom) CheckAxesUpTo(*blob, 4);
  CheckItems(bottom);
  for (const size_t i : {0, 1}) {
    Require(bottom[i]->height() == 1 && bottom[i]->width() == 1, "Expected bottom ", i,
            " to have a row of values per item but found ", ShapeText(*bottom[i]));
  }
  Require(bottom[0]->channels() == bottom[1]->channels(),
          "Expected the first two bottoms to have one shape but found ", ShapeText(*bottom[0]),
          " and ", ShapeText(*bottom[1]));
  CheckColumn(*bottom[2], 2);
  Require(bottom[2]->num() == bottom[0]->num(), "Expected ", bottom[0]->num(),
          " labels, one per item, but found ", ShapeText(*bottom[2]));
}

}  // namespace

bool CheckLosses(const caffe::LayerParameter& param, const Blobs& bottom, bool setting_up) {
  const std::string& type = param.type();
  if (type == "SoftmaxWithLoss") {
    CheckItems(bottom);
    CheckLabelCount(bottom, param.softmax_param().axis());
  } else if (type == "Accuracy") {
    const caffe::AccuracyParameter& p = param.accuracy_param();
    CheckLabelCount(bottom, p.axis());
    const int classes = bottom[0]->shape(AxisOf(*bottom[0], p.axis()));
    Require(static_cast<int64_t>(p.top_k()) <= classes, "Expected a top_k of at most ", classes,
            ", the number of classes, but found ", p.top_k());
  } else if (type == "InfogainLoss") {
    CheckInfogain(param, bottom, setting_up);
  } else if (type == "EuclideanLoss") {
    CheckAxesUpTo(*bottom[0], 4);
    CheckAxesUpTo(*bottom[1], 4);
    CheckItems(bottom);
    Require(bottom[0]->count() == bottom[1]->count(),
            "Expected bottoms of as many values but found ", ShapeText(*bottom[0]), " and ",
            ShapeText(*bottom[1]));
  } else if (type == "SigmoidCrossEntropyLoss") {
    CheckItems(bottom);
    Require(bottom[0]->count() == bottom[1]->count(), "Expected a target for each value but found ",
            ShapeText(*bottom[0]), " and ", ShapeText(*bottom[1]));
  } else if (type == "HingeLoss") {
    CheckAxesUpTo(*bottom[0], 4);
    CheckItems(bottom);
  } else if (type == "MultinomialLogisticLoss") {
    CheckAxesUpTo(*bottom[0], 4);
    CheckColumn(*bottom[1], 1);
    CheckItems(bottom);
  } else if (type == "ContrastiveLoss") {
    CheckContrastive(bottom);
  } else {
    return false;
  }
  return true;
}

}  // namespace crema::libcaffe
