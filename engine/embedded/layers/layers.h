// The makers of the engine's layers, one per type; layer_types.inc lists them by their Caffe names.
#ifndef CREMA_ENGINE_EMBEDDED_LAYERS_LAYERS_H_
#define CREMA_ENGINE_EMBEDDED_LAYERS_LAYERS_H_

#include <memory>

#include "engine/embedded/core/layer.h"

namespace crema {

using LayerMaker = std::unique_ptr<Layer> (*)(const caffe::LayerParameter& param);

std::unique_ptr<Layer> MakeAbsVal(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeAccuracy(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeArgMax(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeAxpy(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeBatchNorm(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeBias(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeBn(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeBnll(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeClip(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeConcat(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeConvolution(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeCrop(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeDeconvolution(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeDepthwiseConvolution(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeDropout(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeDummyData(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeEltwise(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeElu(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeEmbed(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeEuclideanLoss(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeExp(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeFlatten(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeHardSigmoid(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeHardSwish(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeIm2col(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeInnerProduct(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeInput(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeInterp(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeLog(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeLrn(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeLstm(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeLstmUnit(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeMvn(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeParameter(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakePermute(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakePooling(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakePower(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakePrelu(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeReduction(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeRelu(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeRelu6(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeReorg(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeReshape(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeRnn(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeScale(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeShuffleChannel(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSigmoid(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSigmoidCrossEntropyLoss(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSilence(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSlice(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSoftmax(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSoftmaxWithLoss(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSplit(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSqueeze(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeSwish(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeTanH(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeThreshold(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeTile(const caffe::LayerParameter& param);
std::unique_ptr<Layer> MakeUpsample(const caffe::LayerParameter& param);

// The maker of a layer type, by its name in the prototxt; null if the engine does not have the
// type.
LayerMaker FindLayer(const std::string& type);
// All names, sorted, one per line.
const std::string& LayerTypeNames();

}  // namespace crema

#endif  // CREMA_ENGINE_EMBEDDED_LAYERS_LAYERS_H_
