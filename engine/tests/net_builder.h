#ifndef CREMA_ENGINE_TESTS_NET_BUILDER_H_
#define CREMA_ENGINE_TESTS_NET_BUILDER_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/embedded/net/net.h"

namespace crema::test {

using Names = std::vector<std::string>;
using Values = std::vector<float>;

// These add a layer to a NetParameter and return it, for more settings.
caffe::LayerParameter& AddLayer(caffe::NetParameter& net, const std::string& name,
                                const std::string& type, const Names& bottoms, const Names& tops);
caffe::LayerParameter& AddInput(caffe::NetParameter& net, const std::string& top,
                                const Shape& shape);
// A gaussian DummyData layer: new values in every forward.
caffe::LayerParameter& AddNoise(caffe::NetParameter& net, const std::string& top,
                                const Shape& shape);
// The top has the layer's name; weights and biases are gaussian.
caffe::LayerParameter& AddInnerProduct(caffe::NetParameter& net, const std::string& name,
                                       const std::string& bottom, int outputs);
caffe::LayerParameter& AddConvolution(caffe::NetParameter& net, const std::string& name,
                                      const std::string& bottom, int outputs, int kernel);
caffe::LayerParameter& AddMaxPooling(caffe::NetParameter& net, const std::string& name,
                                     const std::string& bottom, int kernel, int stride);

// data (4, 3) -> ip1 (5) -> relu -> ip2 (2), with label (4, 2) -> Euclidean loss "loss".
caffe::NetParameter SmallNet();
// Convolutions in blocked layouts, pooling, dropout, inner product, loss: data (4, 16, 8, 8), label
// (4, 10).
caffe::NetParameter ConvNet();

// The message of the Error that making the net throws, "" if it throws none; `layer` gets its
// layer.
std::string NetError(const caffe::NetParameter& param, std::string* layer = nullptr);

// The net's blob of this name; fails the test if there is none.
Blob& BlobOf(Net& net, const std::string& name);
Net::Node& NodeOf(Net& net, const std::string& name);
void SetValues(Storage& storage, uint64_t seed);
Values Copy(Storage& storage);
// Fills every input with fixed random values.
void SetInputs(Net& net, uint64_t seed = 1);
// The data or diffs of all parameters in a row.
Values ParamsOf(Net& net, bool diffs = false);

inline constexpr crema_host kNoHost = {};

}  // namespace crema::test

#endif  // CREMA_ENGINE_TESTS_NET_BUILDER_H_
