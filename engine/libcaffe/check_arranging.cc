#include <limits>
#include <string>

#include "engine/libcaffe/check_bottoms.h"
#include "engine/libcaffe/params.h"
#include "engine/shared/error.h"

namespace crema::libcaffe {

namespace {

using Blobs = std::vector<CaffeBlob*>;

// From `axis`, or from the older field that only counts from the front.
int AxisOrDim(const CaffeBlob& bottom, int axis, bool has_dim, uint32_t dim, const char* field) {
  if (!has_dim) return AxisOf(bottom, axis);
  Require(dim < static_cast<uint32_t>(bottom.num_axes()), "Expected ", field,
          " to be an axis of the bottom, ", ShapeText(bottom), ", but found ", dim);
  return static_cast<int>(dim);
}

void CheckConcat(const caffe::ConcatParameter& p, const Blobs& bottom) {
  const auto axis = static_cast<size_t>(
      AxisOrDim(*bottom[0], p.axis(), p.has_concat_dim(), p.concat_dim(), "concat_dim"));
  std::vector<int> all = bottom[0]->shape();
  for (size_t i = 1; i < bottom.size(); ++i) {
    std::vector<int> shape = bottom[i]->shape();
    Require(shape.size() == all.size(), "Expected bottoms of as many axes but found ",
            ShapeText(*bottom[0]), " and ", ShapeText(*bottom[i]));
    const int size = shape[axis];
    shape[axis] = all[axis];
    Require(shape == all, "Expected bottoms of one shape, apart from axis ", axis, ", but found ",
            ShapeText(*bottom[0]), " and ", ShapeText(*bottom[i]));
    Require(size <= std::numeric_limits<int>::max() - all[axis],
            "Expected a top of fewer than 2^31 values but found more");
    all[axis] += size;
    CheckShape(all);
  }
}

void CheckSlice(const caffe::SliceParameter& p, const CaffeBlob& bottom, size_t tops) {
  const int axis = AxisOrDim(bottom, p.axis(), p.has_slice_dim(), p.slice_dim(), "slice_dim");
  const int size = bottom.shape(axis);
  const auto parts = static_cast<int>(tops);
  if (p.slice_point_size() == 0) {
    Require(size % parts == 0, "Expected axis ", axis, " of the bottom, ", ShapeText(bottom),
            ", to divide evenly by ", parts, " tops but found ", size);
    return;
  }
  const uint32_t first = p.slice_point(0), last = p.slice_point(p.slice_point_size() - 1);
  Require(first > 0 && last<static_cast<uint32_t>(size), "Expected slice points within axis ", axis,
                            " of the bottom, ", ShapeText(bottom), ", but found ", first> 0
              ? last
              : first);
}

void CheckCrop(const caffe::CropParameter& p, const Blobs& bottom) {
  const CaffeBlob &from = *bottom[0], &like = *bottom[1];
  const int axis = AxisOf(from, p.axis()), axes = from.num_axes();
  Require(p.offset_size() <= 1 || p.offset_size() == axes - axis, "Expected no offset, one, or ",
          axes - axis, ", one per axis from ", axis, " on, but found ", p.offset_size());
  Require(like.num_axes() >= axes, "Expected the second bottom to have the ", axes,
          " axes of the first but found ", ShapeText(like));
  for (int i = axis; i < axes; ++i) {
    const int64_t offset = p.offset_size() == 0 ? 0 : p.offset(p.offset_size() == 1 ? 0 : i - axis);
    Require(offset + like.shape(i) <= from.shape(i), "Expected a crop within axis ", i, " of ",
            ShapeText(from), " but found ", like.shape(i), " from ", offset, " on");
  }
}

void CheckFlatten(const caffe::FlattenParameter& p, const CaffeBlob& bottom) {
  const int first = AxisOf(bottom, p.axis()), last = AxisOf(bottom, p.end_axis(), "end_axis");
  Require(last >= first - 1, "Expected end_axis not before axis but found ", last, " before ",
          first);
}

void CheckReshape(const caffe::ReshapeParameter& p, const CaffeBlob& bottom) {
  const int axes = bottom.num_axes();
  const int first = p.axis() >= 0 ? p.axis() : axes + p.axis() + 1;
  Require(first >= 0 && first <= axes, "Expected axis to be an axis of the bottom, ",
          ShapeText(bottom), ", or the end of them, but found ", p.axis());
  Require(p.num_axes() >= -1 && p.num_axes() <= axes - first, "Expected num_axes of -1 to ",
          axes - first, " but found ", p.num_axes());
  const int last = p.num_axes() == -1 ? axes : first + p.num_axes();
  // The product of all that is not inferred.
  int64_t count = int64_t{bottom.count(0, first)} * bottom.count(last);
  bool inferred = false;
  std::vector<int> shape(bottom.shape().begin(), bottom.shape().begin() + first);
  for (int i = 0; i < p.shape().dim_size(); ++i) {
    int64_t dim = p.shape().dim(i);
    if (dim == 0) {
      Require(first + i < axes, "Expected dim ", i, " of 0 to have an axis of the bottom, ",
              ShapeText(bottom), ", to copy but found none");
      dim = bottom.shape(first + i);
    }
    Require(dim <= std::numeric_limits<int>::max(), "Expected dims below 2^31 but found ", dim);
    shape.push_back(static_cast<int>(dim));
    inferred |= dim == -1;
    if (dim != -1) count *= dim;
    Require(count <= std::numeric_limits<int>::max(), "Expected the ", bottom.count(),
            " values of the bottom, ", ShapeText(bottom), ", but found a larger shape");
  }
  shape.insert(shape.end(), bottom.shape().begin() + last, bottom.shape().end());
  Require(shape.size() <= kMaxBlobAxes, "Expected at most ", kMaxBlobAxes, " axes but found ",
          shape.size());
  Require(inferred ? count > 0 && bottom.count() % count == 0 : count == bottom.count(),
          "Expected a shape for the ", bottom.count(), " values of the bottom, ", ShapeText(bottom),
          ", but found ", ShapeString(shape));
}

void CheckFilter(const Blobs& bottom) {
  const CaffeBlob& selector = *bottom.back();
  Require(selector.num_axes() > 0 && selector.count() == selector.shape(0),
          "Expected the last bottom, the selector, to have one value per item but found ",
          ShapeText(selector));
  for (const CaffeBlob* blob : bottom) {
    Require(blob->num_axes() > 0 && blob->shape(0) == selector.shape(0),
            "Expected bottoms of as many items but found ", ShapeText(*blob), " and ",
            ShapeText(selector));
  }
}

void CheckTile(const caffe::TileParameter& p, const CaffeBlob& bottom) {
  std::vector<int> shape = bottom.shape();
  int& size = shape[static_cast<size_t>(AxisOf(bottom, p.axis()))];
  Require(int64_t{size} * p.tiles() <= std::numeric_limits<int>::max(),
          "Expected a top of fewer than 2^31 values but found more");
  size *= p.tiles();
  CheckShape(shape);
}

}  // namespace

bool CheckArranging(const caffe::LayerParameter& param, const Blobs& bottom, size_t tops) {
  const std::string& type = param.type();
  if (type == "Concat") {
    CheckConcat(param.concat_param(), bottom);
  } else if (type == "Slice") {
    CheckSlice(param.slice_param(), *bottom[0], tops);
  } else if (type == "Crop") {
    CheckCrop(param.crop_param(), bottom);
  } else if (type == "Flatten") {
    CheckFlatten(param.flatten_param(), *bottom[0]);
  } else if (type == "Reshape") {
    CheckReshape(param.reshape_param(), *bottom[0]);
  } else if (type == "Filter") {
    CheckFilter(bottom);
  } else if (type == "Tile") {
    CheckTile(param.tile_param(), *bottom[0]);
  } else if (type == "BatchReindex") {
    CheckAxes(*bottom[1], 1);
    Require(bottom[0]->num_axes() > 0, "Expected a bottom with axes but found a scalar");
  } else {
    return false;
  }
  return true;
}

}  // namespace crema::libcaffe
