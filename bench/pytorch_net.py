"""Caffe's layers in PyTorch: builds a net from the layers of a NetParameter, as JSON."""

import base64
import json
import time

import torch
import torch.nn.functional as F

from pytorch_integers import Integers
from pytorch_losses import Losses, loss_weights


def pair(param, name, default):
    """kernel_size, stride, pad or dilation as Caffe gives them: for both axes, once or twice, or by h and w."""
    h, w = (name.replace("_size", "") + "_h", name.replace("_size", "") + "_w")
    if h in param or w in param:
        return (param.get(h, default), param.get(w, default))
    value = param.get(name, default)
    if isinstance(value, list):
        value = value or [default]
        return (value[0], value[-1])
    return (value, value)


class Net(Losses):
    """
    A net of Caffe's layers; `run` returns the weighted sum of its losses. With `evaluate` it computes as in phase TEST,
    without gradients.
    """

    def __init__(self, layers, channels_last=False, evaluate=False):
        self.evaluate = evaluate
        self.steps = []
        self.types = []
        self.params = []
        self.shared = {}
        self.inputs = {}
        self.blobs = {}
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.convolutions = 0
        joined = scales_of_norms(layers)
        self.ended = []
        self.views = views_of(layers)
        last = {name: i for i, layer in enumerate(layers) for name in names_of(layer)}
        for index, layer in enumerate(layers):
            if index in joined.values():
                continue
            ended = [name for name in dict.fromkeys(names_of(layer)) if last[name] in (index, joined.get(index))]
            make = getattr(self, "make_" + layer["type"], None)
            if make is None:
                raise ValueError("no layer type " + layer["type"])
            self.specs = list(layer.get("param", []))
            self.may_overwrite = self.is_own(layer, ended)
            step = make(layer, layers[joined[index]]) if index in joined else make(layer)
            if step is None:
                continue
            self.steps.append((layer.get("bottom", []), layer.get("top", []), step, loss_weights(layer)))
            self.types.append(layer["type"])
            # Shapes of what follows come from a run.
            with torch.no_grad():
                self.run_step(self.blobs, *self.steps[-1])
            self.ended.append(ended)
            for name in ended:
                del self.blobs[name]
        self.blobs = {}

    def run(self, keep=False, on_step=None):
        """
        Lets go of each blob when no layer needs it any more, as a module's forward would; `keep` keeps all. `on_step` is
        called after each step, with its number.
        """
        blobs = dict(self.inputs)
        loss = 0
        for index, (step, ended) in enumerate(zip(self.steps, self.ended)):
            loss = loss + self.run_step(blobs, *step)
            if not keep:
                for name in ended:
                    del blobs[name]
            if on_step is not None:
                on_step(index)
        self.blobs = blobs if keep else {}
        return loss

    def run_timed(self):
        """The milliseconds of a pass, by type of layer. A BatchNorm has its Scale's."""
        times = dict.fromkeys(self.types, 0)
        start = time.perf_counter()

        def add(index):
            nonlocal start
            now = time.perf_counter()
            times[self.types[index]] += 1000 * (now - start)
            start = now

        self.run(on_step=add)
        return times

    def run_step(self, blobs, bottoms, tops, step, weights):
        values = step(*[blobs[name] for name in bottoms])
        if not isinstance(values, (tuple, list)):
            values = (values,)
        blobs.update(zip(tops, values))
        return sum(weight * value for weight, value in zip(weights, values) if weight != 0)

    def param(self, *shape, fan_in=0):
        """A parameter; of the same kind for another layer's if the prototxt gives both one name."""
        spec = self.specs.pop(0) if self.specs else {}
        name = spec.get("name")
        if name in self.shared:
            return self.shared[name]
        # He's filler keeps values and gradients of deep nets from becoming subnormal, which would be slow.
        value = torch.randn(*shape) * (2 / fan_in) ** 0.5 if fan_in else torch.zeros(*shape)
        if len(shape) == 4:
            value = value.contiguous(memory_format=self.format)
        value = torch.nn.Parameter(value, requires_grad=spec.get("lr_mult", 1) != 0)
        self.params.append(value)
        if name is not None:
            self.shared[name] = value
        return value

    def input(self, name, value):
        self.inputs[name] = value.contiguous(memory_format=self.format) if value.dim() == 4 else value
        self.blobs[name] = self.inputs[name]

    def is_own(self, layer, ended):
        """
        Whether a layer may write over its first bottom: there are no gradients that need it, no later layer does, and it
        is neither an input nor another blob's memory under a second name.
        """
        first, *others = layer.get("bottom", []) or [None]
        if not self.evaluate or first in self.inputs or first in others:
            return False
        return (first in ended or first in layer.get("top", [])) and first not in self.views

    def shape_of(self, name):
        return self.blobs[name].shape

    # Data

    def make_DummyData(self, layer):
        param = layer["dummy_data_param"]
        for i, top in enumerate(layer["top"]):
            shape = param["shape"][min(i, len(param["shape"]) - 1)]["dim"]
            filler = param["data_filler"][min(i, len(param["data_filler"]) - 1)]
            if filler.get("type", "constant") == "constant":
                self.input(top, torch.full(shape, float(filler.get("value", 0))))
            else:
                self.input(top, torch.randn(shape))

    def make_Input(self, layer):
        shapes = layer["input_param"]["shape"]
        for i, top in enumerate(layer["top"]):
            self.input(top, torch.randn(shapes[min(i, len(shapes) - 1)]["dim"]))

    def make_Values(self, layer):
        """What layers in TypeScript made that nothing below needs the gradient of."""
        for top, shape, values in zip(layer["top"], layer["shapes"], layer["values"]):
            data = bytearray(base64.b64decode(values))
            self.input(top, torch.frombuffer(data, dtype=torch.float32).reshape(shape))

    # Products

    def make_Convolution(self, layer):
        param = layer["convolution_param"]
        if param.get("axis", 1) != 1:
            raise ValueError("no convolution over axis %d" % param["axis"])
        self.convolutions += 1
        channels, outputs, group = self.shape_of(layer["bottom"][0])[1], param["num_output"], param.get("group", 1)
        kernel = pair(param, "kernel_size", 1)
        fan_in = channels // group * kernel[0] * kernel[1]
        weight = self.param(outputs, channels // group, *kernel, fan_in=fan_in)
        bias = self.param(outputs) if param.get("bias_term", True) else None
        stride, pad, dilation = (pair(param, name, default) for name, default in (("stride", 1), ("pad", 0), ("dilation", 1)))
        return lambda x: F.conv2d(x, weight, bias, stride, pad, dilation, group)

    def make_Deconvolution(self, layer):
        param = layer["convolution_param"]
        channels, outputs, group = self.shape_of(layer["bottom"][0])[1], param["num_output"], param.get("group", 1)
        kernel = pair(param, "kernel_size", 1)
        weight = self.param(channels, outputs // group, *kernel, fan_in=channels // group * kernel[0] * kernel[1])
        bias = self.param(outputs) if param.get("bias_term", True) else None
        stride, pad, dilation = (pair(param, name, default) for name, default in (("stride", 1), ("pad", 0), ("dilation", 1)))
        return lambda x: F.conv_transpose2d(x, weight, bias, stride, pad, 0, group, dilation)

    def make_InnerProduct(self, layer):
        param = layer["inner_product_param"]
        axis = param.get("axis", 1)
        inputs = self.shape_of(layer["bottom"][0])[axis:].numel()
        weight = self.param(param["num_output"], inputs, fan_in=inputs)
        bias = self.param(param["num_output"]) if param.get("bias_term", True) else None
        return lambda x: F.linear(x.flatten(axis), weight, bias)

    def make_Embed(self, layer):
        param = layer["embed_param"]
        weight = self.param(param["input_dim"], param["num_output"], fan_in=2)
        bias = self.param(param["num_output"]) if param.get("bias_term", True) else None
        integers = Integers()
        if bias is None:
            return lambda x: F.embedding(integers(x), weight)
        return lambda x: F.embedding(integers(x), weight) + bias

    def make_LSTM(self, layer):
        """A sequence that goes on (`cont` is not 0): PyTorch's LSTM has no other."""
        if len(layer["bottom"]) != 2 or len(layer["top"]) != 1 or not bool(self.blobs[layer["bottom"][1]][1:].all()):
            raise ValueError("no LSTM over sequences that end, with a static input or with states as tops")
        units = layer["recurrent_param"]["num_output"]
        lstm = torch.nn.LSTM(self.shape_of(layer["bottom"][0])[2:].numel(), units)
        self.params.extend(lstm.parameters())
        return lambda x, cont: lstm(x.flatten(2))[0]

    # Normalization

    def make_BatchNorm(self, layer, scale=None):
        """With the Scale that follows it, if any, as one: what a user of PyTorch would write."""
        param = layer.get("batch_norm_param", {})
        channels = self.shape_of(layer["bottom"][0])[1]
        mean, variance = torch.zeros(channels), torch.ones(channels)
        weight = bias = None
        if scale is not None:
            self.specs = list(scale.get("param", []))
            weight, bias = self.param(channels), self.param(channels)
            weight.data.fill_(1)
        momentum = 1 - param.get("moving_average_fraction", 0.999)
        eps = param.get("eps", 1e-5)
        train = not self.evaluate  # else the statistics stay as they are at first, which takes the time of any others
        return lambda x: F.batch_norm(x, mean, variance, weight, bias, train, momentum, eps)

    def make_Scale(self, layer):
        param = layer.get("scale_param", {})
        shape, axis, axes = self.shape_of(layer["bottom"][0]), param.get("axis", 1), param.get("num_axes", 1)
        if len(layer["bottom"]) != 1:
            raise ValueError("no Scale with a factor as bottom")
        own = [size if axis <= i < axis + axes else 1 for i, size in enumerate(shape)]
        weight = self.param(*own)
        weight.data.fill_(1)
        bias = self.param(*own) if param.get("bias_term", False) else None
        return (lambda x: x * weight) if bias is None else (lambda x: torch.addcmul(bias, x, weight))

    def make_LRN(self, layer):
        param = layer.get("lrn_param", {})
        if param.get("norm_region", "ACROSS_CHANNELS") != "ACROSS_CHANNELS":
            raise ValueError("no LRN within channels")
        size, alpha, beta = param.get("local_size", 5), param.get("alpha", 1.0), param.get("beta", 0.75)
        return lambda x: F.local_response_norm(x, size, alpha, beta, param.get("k", 1.0))

    def make_Dropout(self, layer):
        ratio = layer.get("dropout_param", {}).get("dropout_ratio", 0.5)
        return (lambda x: x) if self.evaluate else (lambda x: F.dropout(x, ratio))

    # Pooling and activations

    def make_Pooling(self, layer):
        param = layer["pooling_param"]
        largest = param.get("pool", "MAX") == "MAX"
        if param.get("pool", "MAX") not in ("MAX", "AVE"):
            raise ValueError("no pooling " + param["pool"])
        if param.get("global_pooling", False):
            return (lambda x: x.amax((2, 3), True)) if largest else (lambda x: F.adaptive_avg_pool2d(x, 1))
        kernel, stride, pad = pair(param, "kernel_size", 1), pair(param, "stride", 1), pair(param, "pad", 0)
        ceil = param.get("round_mode", "CEIL") == "CEIL" and param.get("ceil_mode", True)
        if largest:
            return lambda x: F.max_pool2d(x, kernel, stride, pad, ceil_mode=ceil)
        return lambda x: F.avg_pool2d(x, kernel, stride, pad, ceil_mode=ceil)

    def make_ReLU(self, layer):
        slope = layer.get("relu_param", {}).get("negative_slope", 0)
        in_place, own = layer["bottom"] == layer["top"], self.may_overwrite
        if slope != 0:
            return lambda x: F.leaky_relu(x, slope, inplace=own or in_place and x.requires_grad)
        return lambda x: F.relu(x, inplace=own or in_place and x.requires_grad)

    def make_Sigmoid(self, _):
        return torch.sigmoid

    def make_TanH(self, _):
        return torch.tanh

    def make_Softmax(self, layer):
        axis = layer.get("softmax_param", {}).get("axis", 1)
        return lambda x: F.softmax(x, axis)

    # Shapes and several blobs

    def make_Flatten(self, layer):
        param = layer.get("flatten_param", {})
        return lambda x: x.flatten(param.get("axis", 1), param.get("end_axis", -1))

    def make_Reshape(self, layer):
        param = layer["reshape_param"]
        if param.get("axis", 0) != 0 or param.get("num_axes", -1) != -1:
            raise ValueError("no Reshape of some axes")
        shape = self.shape_of(layer["bottom"][0])
        to = [shape[i] if size == 0 else size for i, size in enumerate(param["shape"]["dim"])]
        return lambda x: x.reshape(to)

    def make_Permute(self, layer):
        order = layer.get("permute_param", {}).get("order", [])
        return lambda x: x.permute(*order, *(axis for axis in range(x.dim()) if axis not in order))

    def make_Concat(self, layer):
        param = layer.get("concat_param", {})
        axis = param.get("axis", param.get("concat_dim", 1))
        return lambda *xs: torch.cat(xs, axis)

    def make_Slice(self, layer):
        param = layer.get("slice_param", {})
        axis, points = param.get("axis", param.get("slice_dim", 1)), param.get("slice_point", [])
        size = self.shape_of(layer["bottom"][0])[axis]
        if not points:
            count = len(layer["top"])
            points = [size // count * i for i in range(1, count)]
        sizes = [end - start for start, end in zip([0, *points], [*points, size])]
        return lambda x: x.split(sizes, axis)

    def make_Split(self, layer):
        return lambda x: (x,) * len(layer["top"])

    def make_Eltwise(self, layer):
        param = layer.get("eltwise_param", {})
        operation, coeff = param.get("operation", "SUM"), param.get("coeff", [])
        if operation == "PROD":
            return lambda x, *others: product(x, others)
        if operation == "MAX":
            return lambda x, *others: largest(x, others)
        if operation != "SUM" or any(weight != 1 for weight in coeff):
            raise ValueError("no Eltwise with coefficients")
        if self.may_overwrite:
            return lambda x, *others: add_all(x, others)
        return lambda x, *others: total(x, others)

    # Layers in TypeScript

    def make_Script(self, layer):
        name = layer["script_param"].get("layer", "")
        make = getattr(self, "script_" + name, None)
        if make is None:
            raise ValueError("no layer %s in TypeScript" % (name or layer["name"]))
        return make(layer)

    def script_GELULayer(self, _):
        return F.gelu

    def script_LayerNormLayer(self, layer):
        shape = self.shape_of(layer["bottom"][0])[-1:]
        weight, bias = self.param(*shape), self.param(*shape)
        weight.data.fill_(1)
        return lambda x: F.layer_norm(x, shape, weight, bias)

    def script_SoftmaxLossLayer(self, layer):
        return self.make_SoftmaxWithLoss(layer)

    def script_LabelSmoothingLayer(self, layer):
        param = json.loads(layer["script_param"].get("param_str") or "{}")
        return self.make_SoftmaxWithLoss(layer, param.get("epsilon", 0.1))


def scales_of_norms(layers):
    """The Scale, by index, that goes with each BatchNorm: in place after it, with a bias, over the channels."""
    joined = {}
    for index, (norm, scale) in enumerate(zip(layers, layers[1:])):
        param = scale.get("scale_param", {})
        if norm["type"] != "BatchNorm" or scale["type"] != "Scale" or not param.get("bias_term", False):
            continue
        if param.get("axis", 1) == 1 and param.get("num_axes", 1) == 1 and scale["bottom"] == scale["top"] == norm["top"]:
            joined[index] = index + 1
    return joined


def views_of(layers):
    """The blobs whose memory another blob may share."""
    types = ("Dropout", "Flatten", "Permute", "Reshape", "Slice", "Split")
    views = [layer for layer in layers if layer["type"] in types and layer["bottom"] != layer["top"]]
    return {name for layer in views for name in names_of(layer)}


def names_of(layer):
    return (*layer.get("bottom", []), *layer.get("top", []))


def add_all(x, others):
    for other in others:
        x += other
    return x


def total(x, others):
    for other in others:
        x = x + other
    return x


def product(x, others):
    for other in others:
        x = x * other
    return x


def largest(x, others):
    for other in others:
        x = torch.maximum(x, other)
    return x
