#include "engine/tests/net_builder.h"

#include <algorithm>

namespace crema::test {

namespace {

void SetFiller(caffe::FillerParameter& filler, float std) {
  filler.set_type("gaussian");
  filler.set_std(std);
}

}  // namespace

caffe::LayerParameter& AddLayer(caffe::NetParameter& net, const std::string& name,
                                const std::string& type, const Names& bottoms, const Names& tops) {
  caffe::LayerParameter& layer = *net.add_layer();
  layer.set_name(name);
  layer.set_type(type);
  for (const auto& bottom : bottoms) layer.add_bottom(bottom);
  for (const auto& top : tops) layer.add_top(top);
  return layer;
}

caffe::LayerParameter& AddInput(caffe::NetParameter& net, const std::string& top,
                                const Shape& shape) {
  caffe::LayerParameter& layer = AddLayer(net, top, "Input", {}, {top});
  caffe::BlobShape& to = *layer.mutable_input_param()->add_shape();
  for (const int dim : shape) to.add_dim(dim);
  return layer;
}

caffe::LayerParameter& AddNoise(caffe::NetParameter& net, const std::string& top,
                                const Shape& shape) {
  caffe::LayerParameter& layer = AddLayer(net, top, "DummyData", {}, {top});
  caffe::BlobShape& to = *layer.mutable_dummy_data_param()->add_shape();
  for (const int dim : shape) to.add_dim(dim);
  SetFiller(*layer.mutable_dummy_data_param()->add_data_filler(), 1);
  return layer;
}

caffe::LayerParameter& AddInnerProduct(caffe::NetParameter& net, const std::string& name,
                                       const std::string& bottom, int outputs) {
  caffe::LayerParameter& layer = AddLayer(net, name, "InnerProduct", {bottom}, {name});
  auto& param = *layer.mutable_inner_product_param();
  param.set_num_output(static_cast<uint32_t>(outputs));
  SetFiller(*param.mutable_weight_filler(), 0.5f);
  SetFiller(*param.mutable_bias_filler(), 0.5f);
  return layer;
}

caffe::LayerParameter& AddConvolution(caffe::NetParameter& net, const std::string& name,
                                      const std::string& bottom, int outputs, int kernel) {
  caffe::LayerParameter& layer = AddLayer(net, name, "Convolution", {bottom}, {name});
  auto& param = *layer.mutable_convolution_param();
  param.set_num_output(static_cast<uint32_t>(outputs));
  param.add_kernel_size(static_cast<uint32_t>(kernel));
  SetFiller(*param.mutable_weight_filler(), 0.1f);
  SetFiller(*param.mutable_bias_filler(), 0.1f);
  return layer;
}

caffe::LayerParameter& AddMaxPooling(caffe::NetParameter& net, const std::string& name,
                                     const std::string& bottom, int kernel, int stride) {
  caffe::LayerParameter& layer = AddLayer(net, name, "Pooling", {bottom}, {name});
  layer.mutable_pooling_param()->set_kernel_size(static_cast<uint32_t>(kernel));
  layer.mutable_pooling_param()->set_stride(static_cast<uint32_t>(stride));
  return layer;
}

caffe::NetParameter SmallNet() {
  caffe::NetParameter net;
  net.set_name("small");
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(net, "data", {4, 3});
  AddInput(net, "label", {4, 2});
  AddInnerProduct(net, "ip1", "data", 5);
  AddLayer(net, "relu", "ReLU", {"ip1"}, {"ip1"});
  AddInnerProduct(net, "ip2", "ip1", 2);
  AddLayer(net, "loss", "EuclideanLoss", {"ip2", "label"}, {"loss"});
  return net;
}

caffe::NetParameter ConvNet() {
  caffe::NetParameter net;
  net.set_name("conv");
  net.mutable_state()->set_phase(caffe::TRAIN);
  AddInput(net, "data", {4, 16, 8, 8});
  AddInput(net, "label", {4, 10});
  AddConvolution(net, "conv1", "data", 32, 3);
  AddLayer(net, "relu1", "ReLU", {"conv1"}, {"conv1"});
  AddMaxPooling(net, "pool1", "conv1", 2, 2);
  AddConvolution(net, "conv2", "pool1", 16, 2);
  AddLayer(net, "drop", "Dropout", {"conv2"}, {"conv2"});
  AddInnerProduct(net, "ip", "conv2", 10);
  AddLayer(net, "loss", "EuclideanLoss", {"ip", "label"}, {"loss"});
  return net;
}

std::string NetError(const caffe::NetParameter& param, std::string* layer) {
  try {
    Net net(param, 1, 0, kNoHost);
  } catch (const Error& error) {
    if (layer != nullptr) *layer = error.layer();
    return error.what();
  }
  return "";
}

Blob& BlobOf(Net& net, const std::string& name) {
  const auto& names = net.blob_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::runtime_error("no blob " + name);
  return *net.blobs()[static_cast<size_t>(found - names.begin())];
}

Net::Node& NodeOf(Net& net, const std::string& name) {
  for (Net::Node& node : net.nodes()) {
    if (node.layer->name() == name) return node;
  }
  throw std::runtime_error("no layer " + name);
}

void SetValues(Storage& storage, uint64_t seed) {
  Random random(seed, 11);
  float* values = storage.Write();
  for (int64_t i = 0; i < storage.count(); ++i) values[i] = 2 * random.NextUniform() - 1;
}

Values Copy(Storage& storage) {
  const float* values = storage.Read();
  return Values(values, values + storage.count());
}

void SetInputs(Net& net, uint64_t seed) {
  for (const int input : net.inputs()) {
    SetValues(net.blobs()[static_cast<size_t>(input)]->data(), seed++);
  }
}

Values ParamsOf(Net& net, bool diffs) {
  Values all;
  for (const Learnable& learnable : net.learnables()) {
    const Values values = Copy(diffs ? learnable.blob->diff() : learnable.blob->data());
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

}  // namespace crema::test
