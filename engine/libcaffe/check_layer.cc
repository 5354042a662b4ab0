#include "engine/libcaffe/check_layer.h"

#include <algorithm>
#include <string>

#include "engine/libcaffe/params.h"
#include "engine/libcaffe/registry.h"
#include "engine/shared/error.h"
#include "engine/shared/memory_limit.h"

namespace crema::libcaffe {

namespace {

void CheckPositive(uint32_t value, const char* field) {
  Require(value > 0, "Expected ", field, " to be 1 or more but found ", value);
}

template <class Values>
void CheckAllPositive(const Values& values, const char* field) {
  for (const auto value : values) CheckPositive(value, field);
}

// Either kernel_size, or kernel_h and kernel_w; likewise for strides and pads.
void CheckEither(bool one, bool height, bool width, const std::string& name) {
  Require(height == width, "Expected ", name, "_h and ", name, "_w together but found one of them");
  Require(!(one && height), "Expected ", name, " or ", name, "_h and ", name,
          "_w but found both forms");
}

// The windows of a Convolution, Deconvolution or Im2col layer.
void CheckKernel(const caffe::ConvolutionParameter& p) {
  CheckEither(p.kernel_size_size() > 0, p.has_kernel_h(), p.has_kernel_w(), "kernel");
  Require(p.kernel_size_size() > 0 || p.has_kernel_h(),
          "Expected kernel_size, or kernel_h and kernel_w, but found neither");
  CheckAllPositive(p.kernel_size(), "kernel_size");
  if (p.has_kernel_h())
    CheckPositive(std::min(p.kernel_h(), p.kernel_w()), "kernel_h and kernel_w");
  CheckEither(p.stride_size() > 0, p.has_stride_h(), p.has_stride_w(), "stride");
  CheckAllPositive(p.stride(), "stride");
  if (p.has_stride_h())
    CheckPositive(std::min(p.stride_h(), p.stride_w()), "stride_h and stride_w");
  CheckEither(p.pad_size() > 0, p.has_pad_h(), p.has_pad_w(), "pad");
  CheckAllPositive(p.dilation(), "dilation");
}

void CheckConvolution(const caffe::ConvolutionParameter& p) {
  CheckPositive(p.num_output(), "num_output");
  CheckPositive(p.group(), "group");
  Require(p.num_output() % p.group() == 0,
          "Expected num_output to be a multiple of group but found ", p.num_output(), " and ",
          p.group());
  CheckKernel(p);
}

void CheckPooling(const caffe::PoolingParameter& p) {
  const bool sized = p.has_kernel_size() || p.has_kernel_h() || p.has_kernel_w();
  if (p.global_pooling()) {
    Require(!sized, "Expected no kernel size with global_pooling but found one");
  } else {
    CheckEither(p.has_kernel_size(), p.has_kernel_h(), p.has_kernel_w(), "kernel");
    Require(sized, "Expected kernel_size, or kernel_h and kernel_w, but found neither");
  }
  CheckEither(p.has_pad(), p.has_pad_h(), p.has_pad_w(), "pad");
  CheckEither(p.has_stride(), p.has_stride_h(), p.has_stride_w(), "stride");
  const uint32_t kernel_h = p.has_kernel_h() ? p.kernel_h() : p.kernel_size();
  const uint32_t kernel_w = p.has_kernel_w() ? p.kernel_w() : p.kernel_size();
  const uint32_t pad_h = p.has_pad_h() ? p.pad_h() : p.pad();
  const uint32_t pad_w = p.has_pad_w() ? p.pad_w() : p.pad();
  if (!p.global_pooling()) {
    CheckPositive(std::min(kernel_h, kernel_w), "the kernel's size");
    Require((pad_h == 0 && pad_w == 0) || (pad_h < kernel_h && pad_w < kernel_w),
            "Expected a pad below the kernel's size but found ", std::max(pad_h, pad_w));
  }
  CheckPositive(p.has_stride_h() ? std::min(p.stride_h(), p.stride_w()) : p.stride(), "stride");
  const bool plain = pad_h == 0 && pad_w == 0 &&
                     (p.has_stride_h() ? p.stride_h() == 1 && p.stride_w() == 1 : p.stride() == 1);
  Require(!p.global_pooling() || plain,
          "Expected no pad and a stride of 1 with global_pooling but found another");
  Require(p.pool() != caffe::PoolingParameter_PoolMethod_STOCHASTIC,
          "Expected a pool of MAX or AVE but found STOCHASTIC, which Caffe only has on GPUs");
}

void CheckEltwise(const caffe::LayerParameter& param) {
  const caffe::EltwiseParameter& p = param.eltwise_param();
  Require(p.coeff_size() == 0 || p.coeff_size() == param.bottom_size(), "Expected no coeff or ",
          param.bottom_size(), ", one per bottom, but found ", p.coeff_size());
  Require(p.coeff_size() == 0 || p.operation() != caffe::EltwiseParameter_EltwiseOp_PROD,
          "Expected no coeff with the operation PROD but found ", p.coeff_size());
}

void CheckReshape(const caffe::BlobShape& shape) {
  int inferred = 0;
  for (const int64_t dim : shape.dim()) {
    Require(dim >= -1, "Expected dims of -1 or more but found ", dim);
    inferred += dim == -1;
  }
  Require(inferred <= 1, "Expected at most one dim of -1 but found ", inferred);
}

void CheckDims(const caffe::BlobShape& shape) {
  std::vector<int> dims;
  for (const int64_t dim : shape.dim()) {
    Require(dim >= 0 && dim <= INT32_MAX, "Expected axes of 0 to 2^31 - 1 but found ", dim);
    dims.push_back(static_cast<int>(dim));
  }
  CheckShape(dims);
}

void CheckInput(const caffe::LayerParameter& param) {
  const int shapes = param.input_param().shape_size();
  Require(shapes == 0 || shapes == 1 || shapes == param.top_size(),
          "Expected no shape, one, or one per top but found ", shapes);
  for (const caffe::BlobShape& shape : param.input_param().shape()) CheckDims(shape);
}

void CheckDummyData(const caffe::LayerParameter& param) {
  const caffe::DummyDataParameter& p = param.dummy_data_param();
  const int tops = param.top_size();
  const auto fits = [&](int found) { return found == 1 || found == tops; };
  Require(p.data_filler_size() == 0 || fits(p.data_filler_size()),
          "Expected no data_filler, one, or one per top but found ", p.data_filler_size());
  if (p.num_size() > 0) {
    Require(p.shape_size() == 0,
            "Expected shape or num, channels, height and width but found both");
    for (const int found : {p.num_size(), p.channels_size(), p.height_size(), p.width_size()}) {
      Require(fits(found),
              "Expected num, channels, height and width once, or once per top, but found ", found);
    }
  } else {
    Require(fits(p.shape_size()), "Expected one shape, or one per top, but found ", p.shape_size());
  }
  for (const caffe::BlobShape& shape : p.shape()) CheckDims(shape);
  for (int i = 0; i < tops; ++i) {
    const auto at = [i](const auto& values) { return values.Get(values.size() == 1 ? 0 : i); };
    std::vector<int> shape;
    if (p.num_size() > 0) {
      for (const uint32_t dim : {at(p.num()), at(p.channels()), at(p.height()), at(p.width())})
        shape.push_back(static_cast<int>(std::min<uint32_t>(dim, INT32_MAX)));
    } else {
      const caffe::BlobShape own = at(p.shape());
      for (const int64_t dim : own.dim()) shape.push_back(static_cast<int>(dim));
    }
    CheckDummyTop(p, i, shape);
  }
}

// libcaffe fixes its statistics by a multiplier of 0.
void CheckBatchNorm(const caffe::LayerParameter& param) {
  for (const caffe::ParamSpec& spec : param.param()) {
    Require(spec.lr_mult() == 0,
            "Expected an lr_mult of 0 for the statistics of BatchNorm, which are not learned, but "
            "found ",
            spec.lr_mult());
  }
}

void CheckSlice(const caffe::LayerParameter& param) {
  const caffe::SliceParameter& p = param.slice_param();
  Require(!(p.has_axis() && p.has_slice_dim()), "Expected axis or slice_dim but found both");
  Require(p.slice_point_size() == 0 || p.slice_point_size() == param.top_size() - 1, "Expected ",
          param.top_size() - 1, " slice points, one fewer than tops, but found ",
          p.slice_point_size());
  for (int i = 1; i < p.slice_point_size(); ++i) {
    Require(p.slice_point(i) > p.slice_point(i - 1),
            "Expected slice points in rising order but found ", p.slice_point(i), " after ",
            p.slice_point(i - 1));
  }
}

// Every FillerParameter in the message, found by reflection, as layers keep them in many fields.
void CheckFillers(const google::protobuf::Message& message) {
  if (message.GetDescriptor() == caffe::FillerParameter::descriptor()) {
    CheckFiller(static_cast<const caffe::FillerParameter&>(message), nullptr);
    return;
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      CheckFillers(reflection.GetMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i)
      CheckFillers(reflection.GetRepeatedMessage(message, field, i));
  }
}

void CheckStoredBlobs(const caffe::LayerParameter& param) {
  for (int i = 0; i < param.blobs_size(); ++i) {
    try {
      CheckStored(param.blobs(i));
    } catch (const Error& error) {
      throw Error(StrCat("Parameter ", i, " is not whole: ", error.what()));
    }
  }
}

// The layer must not ask for cuDNN, which the libraries used here do not have. (SPP ignores its
// engine field.)
void CheckEngine(const caffe::LayerParameter& param) {
  if (param.type() == "SPP") return;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  param.GetReflection()->ListFields(param, &fields);
  for (const auto* field : fields) {
    if (field->is_repeated() || field->message_type() == nullptr) continue;
    const auto* engine = field->message_type()->FindFieldByName("engine");
    if (engine == nullptr || engine->enum_type() == nullptr) continue;
    const auto& message = param.GetReflection()->GetMessage(param, field);
    Require(message.GetReflection()->GetEnum(message, engine)->name() != "CUDNN",
            "Expected the engine DEFAULT or CAFFE in ", field->name(),
            ", since this libcaffe computes without cuDNN, but found CUDNN");
  }
}

// The second top of a loss is its softmax. BVLC's libcaffe gives the layer one loss weight for both
// tops, and the softmax inside SoftmaxWithLoss two weights for its one top.
void CheckLossTops(const caffe::LayerParameter& param) {
#ifndef CREMA_OWN_LIBCAFFE
  if (param.top_size() < 2) return;
  Require(param.type() != "SoftmaxWithLoss",
          "Expected a SoftmaxWithLoss layer with 1 top, since libcaffe can't set up another, but "
          "found ",
          param.top_size(), ": give the net a Softmax layer beside it");
  Require(param.type() != "InfogainLoss" || param.loss_weight_size() > 0,
          "Expected a loss_weight for each of the ", param.top_size(),
          " tops, which libcaffe requires, but found none");
#else
  static_cast<void>(param);
#endif
}

void CheckLossWeights(const caffe::LayerParameter& param, int tops) {
  Require(param.loss_weight_size() == 0 || param.loss_weight_size() == tops,
          "Expected no loss_weight or ", tops, ", one per top, but found ",
          param.loss_weight_size());
}

void CheckByType(const caffe::LayerParameter& param) {
  const std::string& type = param.type();
  if (type == "Convolution" || type == "Deconvolution") {
    CheckConvolution(param.convolution_param());
  } else if (type == "Im2col") {
    CheckKernel(param.convolution_param());
  } else if (type == "Pooling") {
    CheckPooling(param.pooling_param());
  } else if (type == "InnerProduct") {
    CheckPositive(param.inner_product_param().num_output(), "num_output");
  } else if (type == "Embed") {
    CheckPositive(param.embed_param().num_output(), "num_output");
    CheckPositive(param.embed_param().input_dim(), "input_dim");
  } else if (type == "RNN" || type == "LSTM") {
    CheckPositive(param.recurrent_param().num_output(), "num_output");
  } else if (type == "LRN") {
    Require(param.lrn_param().local_size() % 2 == 1, "Expected an odd local_size but found ",
            param.lrn_param().local_size());
  } else if (type == "Dropout") {
    const float ratio = param.dropout_param().dropout_ratio();
    Require(ratio > 0 && ratio < 1, "Expected a dropout_ratio between 0 and 1 but found ", ratio);
  } else if (type == "Eltwise") {
    CheckEltwise(param);
  } else if (type == "Reshape") {
    CheckReshape(param.reshape_param().shape());
  } else if (type == "Input") {
    CheckInput(param);
  } else if (type == "DummyData") {
    CheckDummyData(param);
  } else if (type == "MemoryData") {
    throw Error(
        "Expected a layer whose data can be given from here but found MemoryData, which takes it "
        "from a C++ program: use an Input layer, or a layer in TypeScript");
  } else if (type == "Slice") {
    CheckSlice(param);
  } else if (type == "Concat") {
    Require(!(param.concat_param().has_axis() && param.concat_param().has_concat_dim()),
            "Expected axis or concat_dim but found both");
  } else if (type == "BatchNorm") {
    CheckBatchNorm(param);
  } else if (type == "Filter") {
    Require(param.top_size() == param.bottom_size() - 1,
            "Expected a top for each bottom but the last, the selector, but found ",
            param.bottom_size(), " bottoms and ", param.top_size(), " tops");
  } else if (type == "Parameter") {
    CheckDims(param.parameter_param().shape());
    for (const int64_t dim : param.parameter_param().shape().dim())
      Require(dim > 0, "Expected a parameter with values but found a dim of 0");
  } else if (type == "Tile") {
    Require(param.tile_param().tiles() > 0, "Expected tiles to be 1 or more but found ",
            param.tile_param().tiles());
  } else if (type == "ArgMax") {
    CheckPositive(param.argmax_param().top_k(), "top_k");
  } else if (type == "Accuracy") {
    CheckPositive(param.accuracy_param().top_k(), "top_k");
  } else if (type == "SPP") {
    CheckPositive(param.spp_param().pyramid_height(), "pyramid_height");
  } else if (type == "Exp") {
    const float base = param.exp_param().base();
    Require(base == -1 || base > 0, "Expected a base of -1 or above 0 but found ", base);
  } else if (type == "Log") {
    const float base = param.log_param().base();
    Require(base == -1 || base > 0, "Expected a base of -1 or above 0 but found ", base);
  }
}

// libcaffe is about to fill a blob of this shape.
void CheckRoom(const std::vector<int>& shape) {
  constexpr int64_t kMany = 8 << 20;  // Asking the system for less is not worth the time.
  int64_t bytes = sizeof(float);
  for (const int dim : shape) bytes *= dim;
  if (bytes >= kMany) crema::CheckFits(bytes, AvailableMemory());
}

}  // namespace

void CheckFiller(const caffe::FillerParameter& filler, const std::vector<int>* shape) {
  const std::string& type = filler.type();
#ifndef CREMA_OWN_LIBCAFFE  // A libcaffe of the user's may know more of them.
  static const char* const types[] = {"bilinear",          "constant", "gaussian", "msra",
                                      "positive_unitball", "uniform",  "xavier"};
  Require(std::find(std::begin(types), std::end(types), type) != std::end(types),
          "Expected a filler (constant, uniform, gaussian, positive_unitball, xavier, msra, "
          "bilinear) but found '",
          type, "'");
#endif
  if (type == "gaussian") {
    Require(filler.std() > 0, "Expected a filler's std above 0 but found ", filler.std());
    Require(filler.sparse() >= -1, "Expected sparse of -1 or more but found ", filler.sparse());
  } else {
    Require(filler.sparse() == -1, "Expected sparse with a gaussian filler but found it with '",
            type, "'");
  }
  if (type == "uniform") {
    Require(filler.min() <= filler.max(),
            "Expected a filler's min to be at most its max but found ", filler.min(), " and ",
            filler.max());
  }
  if (shape == nullptr) return;
  CheckShape(*shape);
  CheckRoom(*shape);
  for (const int dim : *shape) {
    Require(dim > 0, "Expected a blob with values but found ", ShapeString(*shape));
  }
  Require(!shape->empty() || (type != "xavier" && type != "msra" && type != "positive_unitball"),
          "Expected a parameter with axes for the filler '", type, "' but found a scalar");
  Require(filler.sparse() == -1 || shape->empty() || filler.sparse() <= shape->front(),
          "Expected sparse of at most ", shape->empty() ? 0 : shape->front(),
          ", the outputs of the parameter, but found ", filler.sparse());
  Require(type != "bilinear" || (shape->size() == 4 && (*shape)[2] == (*shape)[3]),
          "Expected a square blob of 4 axes for a bilinear filler but found ", ShapeString(*shape));
  Require(filler.sparse() == -1 || !shape->empty(),
          "Expected a blob with axes for a sparse filler but found a scalar");
}

void CheckDummyTop(const caffe::DummyDataParameter& param, int top, const std::vector<int>& shape) {
  const int fillers = param.data_filler_size();
  if (fillers > 0) return CheckFiller(param.data_filler(fillers == 1 ? 0 : top), &shape);
  caffe::FillerParameter zero;
  CheckFiller(zero, &shape);
}

void CheckLayer(const caffe::LayerParameter& param) {
  Require(param.propagate_down_size() == 0 || param.propagate_down_size() == param.bottom_size(),
          "Expected no propagate_down or ", param.bottom_size(), ", one per bottom, but found ",
          param.propagate_down_size());
  // Of a layer of libcaffe's own without tops, CheckArity knows how many it gets.
  if (IsHostType(param.type()) || param.top_size() > 0) CheckLossWeights(param, param.top_size());
  CheckStoredBlobs(param);
  CheckEngine(param);
  CheckLossTops(param);
  CheckByType(param);
  CheckFillers(param);
}

void CheckArity(const CaffeLayer& layer, const caffe::LayerParameter& param) {
  const auto check = [&](int exact, int least, int most, int found, const char* what) {
    if (exact >= 0) least = most = exact;
    if ((least < 0 || found >= least) && (most < 0 || found <= most)) return;
    const std::string range = least == most ? StrCat(least)
                              : most < 0    ? StrCat("at least ", least)
                              : least < 0   ? StrCat("at most ", most)
                                            : StrCat(least, " to ", most);
    throw Error(StrCat("Expected a ", param.type(), " layer to have ", range, " ", what,
                       least == 1 && most == 1 ? "" : "s", " but found ", found));
  };
  const int bottoms = param.bottom_size();
  int tops = param.top_size();
  if (layer.AutoTopBlobs()) tops = std::max({tops, layer.MinTopBlobs(), layer.ExactNumTopBlobs()});
  check(layer.ExactNumBottomBlobs(), layer.MinBottomBlobs(), layer.MaxBottomBlobs(), bottoms,
        "bottom");
  check(layer.ExactNumTopBlobs(), layer.MinTopBlobs(), layer.MaxTopBlobs(), tops, "top");
  CheckLossWeights(param, tops);
  Require(!layer.EqualNumBottomTopBlobs() || bottoms == tops, "Expected a ", param.type(),
          " layer to have as many tops as bottoms but found ", bottoms, " bottoms and ", tops,
          " tops");
}

}  // namespace crema::libcaffe
