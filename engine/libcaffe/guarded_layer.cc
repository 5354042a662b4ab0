#include "engine/libcaffe/guarded_layer.h"

#include <algorithm>
#include <map>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "engine/libcaffe/check_bottoms.h"
#include "engine/shared/error.h"

// The classes, visible so that their types are libcaffe's own.
#pragma GCC visibility push(default)
#include <caffe/layers/absval_layer.hpp>
#include <caffe/layers/accuracy_layer.hpp>
#include <caffe/layers/argmax_layer.hpp>
#include <caffe/layers/batch_norm_layer.hpp>
#include <caffe/layers/batch_reindex_layer.hpp>
#include <caffe/layers/bias_layer.hpp>
#include <caffe/layers/bnll_layer.hpp>
#if __has_include(<caffe/layers/clip_layer.hpp>)
#include <caffe/layers/clip_layer.hpp>
#endif
#include <caffe/layers/concat_layer.hpp>
#include <caffe/layers/contrastive_loss_layer.hpp>
#include <caffe/layers/conv_layer.hpp>
#include <caffe/layers/crop_layer.hpp>
#include <caffe/layers/deconv_layer.hpp>
#include <caffe/layers/dropout_layer.hpp>
#include <caffe/layers/dummy_data_layer.hpp>
#include <caffe/layers/eltwise_layer.hpp>
#include <caffe/layers/elu_layer.hpp>
#include <caffe/layers/embed_layer.hpp>
#include <caffe/layers/euclidean_loss_layer.hpp>
#include <caffe/layers/exp_layer.hpp>
#include <caffe/layers/filter_layer.hpp>
#include <caffe/layers/flatten_layer.hpp>
#include <caffe/layers/hinge_loss_layer.hpp>
#include <caffe/layers/im2col_layer.hpp>
#include <caffe/layers/infogain_loss_layer.hpp>
#include <caffe/layers/inner_product_layer.hpp>
#include <caffe/layers/input_layer.hpp>
#include <caffe/layers/log_layer.hpp>
#include <caffe/layers/lrn_layer.hpp>
#include <caffe/layers/lstm_layer.hpp>
#include <caffe/layers/multinomial_logistic_loss_layer.hpp>
#include <caffe/layers/mvn_layer.hpp>
#include <caffe/layers/parameter_layer.hpp>
#include <caffe/layers/pooling_layer.hpp>
#include <caffe/layers/power_layer.hpp>
#include <caffe/layers/prelu_layer.hpp>
#include <caffe/layers/reduction_layer.hpp>
#include <caffe/layers/relu_layer.hpp>
#include <caffe/layers/reshape_layer.hpp>
#include <caffe/layers/rnn_layer.hpp>
#include <caffe/layers/scale_layer.hpp>
#include <caffe/layers/sigmoid_cross_entropy_loss_layer.hpp>
#include <caffe/layers/sigmoid_layer.hpp>
#include <caffe/layers/silence_layer.hpp>
#include <caffe/layers/slice_layer.hpp>
#include <caffe/layers/softmax_layer.hpp>
#include <caffe/layers/softmax_loss_layer.hpp>
#include <caffe/layers/split_layer.hpp>
#include <caffe/layers/spp_layer.hpp>
#if __has_include(<caffe/layers/swish_layer.hpp>)
#include <caffe/layers/swish_layer.hpp>
#endif
#include <caffe/layers/tanh_layer.hpp>
#include <caffe/layers/threshold_layer.hpp>
#include <caffe/layers/tile_layer.hpp>
#pragma GCC visibility pop

namespace crema::libcaffe {

namespace {

using Blobs = std::vector<CaffeBlob*>;

// `Base` with our checks around its set-up. What it has to keep to later is checked by the net.
template <class Base>
class Guarded : public Base {
 public:
  Guarded(const caffe::LayerParameter& param, SharedParams& shared)
      : Base(param), shared_(&shared) {}

  void LayerSetUp(const Blobs& bottom, const Blobs& top) override {
    InLayer(this->layer_param_.name(), [&] {
      // Setting up may change it.
      const caffe::LayerParameter param = this->layer_param_;
      CheckBottoms(param, this->blobs_, bottom, top.size(), true);
      Base::LayerSetUp(bottom, top);
      shared_->Add(param, this->blobs_);
    });
  }

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    if constexpr (std::is_base_of_v<caffe::RecurrentLayer<float>, Base>) {
      InLayer(this->layer_param_.name(), [&] {
        Require(bottom[0]->shape(0) == this->T_, "Expected ", this->T_,
                " time steps, as when the net was made, but found ", bottom[0]->shape(0));
      });
    }
    if constexpr (std::is_base_of_v<caffe::Im2colLayer<float>, Base>) {
      InLayer(this->layer_param_.name(), [&] {
        const int axes = this->channel_axis_ + this->num_spatial_axes_ + 1;
        Require(bottom[0]->num_axes() == axes, "Expected a bottom of ", axes,
                " axes, as when the net was made, but found ", bottom[0]->num_axes());
      });
    }
    Base::Reshape(bottom, top);
  }

 private:
  SharedParams* shared_;  // used while the net is made
};

// libcaffe allots its memory in set-up alone.
class GuardedContrastiveLoss final : public Guarded<caffe::ContrastiveLossLayer<float>> {
 public:
  using Guarded::Guarded;

  void Reshape(const Blobs& bottom, const Blobs& top) override {
    Guarded::Reshape(bottom, top);
    const int items = bottom[0]->num(), channels = bottom[0]->channels();
    diff_.Reshape(items, channels, 1, 1);
    diff_sq_.Reshape(items, channels, 1, 1);
    dist_sq_.Reshape(items, 1, 1, 1);
    summer_vec_.Reshape(channels, 1, 1, 1);
    std::fill_n(summer_vec_.mutable_cpu_data(), channels, 1.0f);
  }
};

// Where the gradient of the scale is one product or one sum, libcaffe writes it over what was
// gathered before, and in place it writes a product over the values that it kept of the bottom.
class GuardedScale final : public Guarded<caffe::ScaleLayer<float>> {
 public:
  using Guarded::Guarded;

 protected:
  void Backward_cpu(const Blobs& top, const std::vector<bool>& propagate_down,
                    const Blobs& bottom) override {
    const bool learns = bottom.size() == 1 && this->param_propagate_down_[0];
    if (!learns || (outer_dim_ != 1 && bottom[0]->count() != this->blobs_[0]->count())) {
      KeepingBottom(top, propagate_down, bottom);
      return;
    }
    CaffeBlob& scale = *this->blobs_[0];
    float* diff = scale.mutable_cpu_diff();
    const std::vector<float> before(diff, diff + scale.count());
    std::fill_n(diff, scale.count(), 0.0f);
    KeepingBottom(top, propagate_down, bottom);
    diff = scale.mutable_cpu_diff();
    for (size_t i = 0; i < before.size(); ++i) diff[i] += before[i];
  }

 private:
  // So that a second backward finds the bottom's values as well.
  void KeepingBottom(const Blobs& top, const std::vector<bool>& propagate_down,
                     const Blobs& bottom) {
    if (top[0] != bottom[0]) return ScaleLayer::Backward_cpu(top, propagate_down, bottom);
    const float* kept = temp_.cpu_data();
    kept_.assign(kept, kept + temp_.count());
    ScaleLayer::Backward_cpu(top, propagate_down, bottom);
    std::copy(kept_.begin(), kept_.end(), temp_.mutable_cpu_data());
  }

  std::vector<float> kept_;
};

struct Class {
  const std::type_info& type;
  CaffeLayer* (*make)(const caffe::LayerParameter& param, SharedParams& shared);
};

template <class Base, class Made = Guarded<Base>>
Class Of() {
  return {typeid(Base), [](const caffe::LayerParameter& param, SharedParams& shared) {
            return static_cast<CaffeLayer*>(new Made(param, shared));
          }};
}

// By layer type. (What reads files, or is made by the shim, is left out.)
const std::map<std::string, Class>& Classes() {
  static const std::map<std::string, Class> classes = {
    {"AbsVal", Of<caffe::AbsValLayer<float>>()},
    {"Accuracy", Of<caffe::AccuracyLayer<float>>()},
    {"ArgMax", Of<caffe::ArgMaxLayer<float>>()},
    {"BatchNorm", Of<caffe::BatchNormLayer<float>>()},
    {"BatchReindex", Of<caffe::BatchReindexLayer<float>>()},
    {"Bias", Of<caffe::BiasLayer<float>>()},
    {"BNLL", Of<caffe::BNLLLayer<float>>()},
#if __has_include(<caffe/layers/clip_layer.hpp>)
    {"Clip", Of<caffe::ClipLayer<float>>()},
#endif
    {"Concat", Of<caffe::ConcatLayer<float>>()},
    {"ContrastiveLoss", Of<caffe::ContrastiveLossLayer<float>, GuardedContrastiveLoss>()},
    {"Convolution", Of<caffe::ConvolutionLayer<float>>()},
    {"Crop", Of<caffe::CropLayer<float>>()},
    {"Deconvolution", Of<caffe::DeconvolutionLayer<float>>()},
    {"Dropout", Of<caffe::DropoutLayer<float>>()},
    {"DummyData", Of<caffe::DummyDataLayer<float>>()},
    {"Eltwise", Of<caffe::EltwiseLayer<float>>()},
    {"ELU", Of<caffe::ELULayer<float>>()},
    {"Embed", Of<caffe::EmbedLayer<float>>()},
    {"EuclideanLoss", Of<caffe::EuclideanLossLayer<float>>()},
    {"Exp", Of<caffe::ExpLayer<float>>()},
    {"Filter", Of<caffe::FilterLayer<float>>()},
    {"Flatten", Of<caffe::FlattenLayer<float>>()},
    {"HingeLoss", Of<caffe::HingeLossLayer<float>>()},
    {"Im2col", Of<caffe::Im2colLayer<float>>()},
    {"InfogainLoss", Of<caffe::InfogainLossLayer<float>>()},
    {"InnerProduct", Of<caffe::InnerProductLayer<float>>()},
    {"Input", Of<caffe::InputLayer<float>>()},
    {"Log", Of<caffe::LogLayer<float>>()},
    {"LRN", Of<caffe::LRNLayer<float>>()},
    {"LSTM", Of<caffe::LSTMLayer<float>>()},
    {"LSTMUnit", Of<caffe::LSTMUnitLayer<float>>()},
    {"MultinomialLogisticLoss", Of<caffe::MultinomialLogisticLossLayer<float>>()},
    {"MVN", Of<caffe::MVNLayer<float>>()},
    {"Parameter", Of<caffe::ParameterLayer<float>>()},
    {"Pooling", Of<caffe::PoolingLayer<float>>()},
    {"Power", Of<caffe::PowerLayer<float>>()},
    {"PReLU", Of<caffe::PReLULayer<float>>()},
    {"Reduction", Of<caffe::ReductionLayer<float>>()},
    {"ReLU", Of<caffe::ReLULayer<float>>()},
    {"Reshape", Of<caffe::ReshapeLayer<float>>()},
    {"RNN", Of<caffe::RNNLayer<float>>()},
    {"Scale", Of<caffe::ScaleLayer<float>, GuardedScale>()},
    {"SigmoidCrossEntropyLoss", Of<caffe::SigmoidCrossEntropyLossLayer<float>>()},
    {"Sigmoid", Of<caffe::SigmoidLayer<float>>()},
    {"Silence", Of<caffe::SilenceLayer<float>>()},
    {"Slice", Of<caffe::SliceLayer<float>>()},
    {"Softmax", Of<caffe::SoftmaxLayer<float>>()},
    {"SoftmaxWithLoss", Of<caffe::SoftmaxWithLossLayer<float>>()},
    {"Split", Of<caffe::SplitLayer<float>>()},
    {"SPP", Of<caffe::SPPLayer<float>>()},
#if __has_include(<caffe/layers/swish_layer.hpp>)
    {"Swish", Of<caffe::SwishLayer<float>>()},
#endif
    {"TanH", Of<caffe::TanHLayer<float>>()},
    {"Threshold", Of<caffe::ThresholdLayer<float>>()},
    {"Tile", Of<caffe::TileLayer<float>>()},
  };
  return classes;
}

}  // namespace

boost::shared_ptr<CaffeLayer> GuardLayer(boost::shared_ptr<CaffeLayer> layer,
                                         const caffe::LayerParameter& param, SharedParams& shared) {
  const auto found = Classes().find(param.type());
  if (found == Classes().end() || typeid(*layer) != found->second.type) return layer;
  return boost::shared_ptr<CaffeLayer>(found->second.make(param, shared));
}

}  // namespace crema::libcaffe
