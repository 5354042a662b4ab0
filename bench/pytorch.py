"""PyTorch's side of `deno task bench`: builds a Caffe net in PyTorch and times its passes.

Reads one JSON command per line and answers each with one line of JSON:
  {"net": [layer, ...], "threads": 2}  ->  {"version": "1.13.0", "blas": "..."}, or {"error": "..."} for a net it can't build
  {"passes": 5}                        ->  {"forward_ms": [...], "backward_ms": [...], "update_ms": [...], "peak_bytes": n}
"""

import json
import sys
import time

import torch
import torch.nn.functional as F


def pair(param, name, default):
    """kernel_size, stride or pad as Caffe gives them: for both axes, once or twice, or by h and w."""
    h, w = (name.replace("_size", "") + "_h", name.replace("_size", "") + "_w")
    if h in param or w in param:
        return (param.get(h, default), param.get(w, default))
    value = param.get(name, default)
    if isinstance(value, list):
        value = value or [default]
        return (value[0], value[-1])
    return (value, value)


class Net:
    """A net of Caffe's layers; `run` returns the sum of its losses."""

    def __init__(self, layers):
        self.steps = []
        self.params = []
        self.shapes = {}
        self.inputs = {}
        for layer in layers:
            make = getattr(self, "make_" + layer["type"], None)
            if make is None:
                raise ValueError("no layer type " + layer["type"])
            step = make(layer)
            if step is None:
                continue
            self.steps.append((layer.get("bottom", []), layer.get("top", []), step, "Loss" in layer["type"]))
            # Shapes of what follows come from a run.
            with torch.no_grad():
                self.run()

    def run(self):
        blobs = dict(self.inputs)
        loss = 0
        for bottoms, tops, step, is_loss in self.steps:
            top = step(*[blobs[name] for name in bottoms])
            if is_loss:
                loss = loss + top
            for name in tops[:1]:
                blobs[name] = top
        self.blobs = blobs
        return loss

    def param(self, *shape):
        value = torch.nn.Parameter(torch.randn(*shape) * 0.01)
        self.params.append(value)
        return value

    def shape_of(self, name):
        blob = self.blobs[name] if self.steps else self.inputs[name]
        return blob.shape

    def make_DummyData(self, layer):
        param = layer["dummy_data_param"]
        for i, (top, shape) in enumerate(zip(layer["top"], param["shape"])):
            filler = param["data_filler"][min(i, len(param["data_filler"]) - 1)]
            self.inputs[top] = torch.full(shape["dim"], float(filler.get("value", 0)))

    def make_Convolution(self, layer):
        param = layer["convolution_param"]
        channels, outputs, group = self.shape_of(layer["bottom"][0])[1], param["num_output"], param.get("group", 1)
        weight = self.param(outputs, channels // group, *pair(param, "kernel_size", 1))
        bias = self.param(outputs) if param.get("bias_term", True) else None
        stride, pad = pair(param, "stride", 1), pair(param, "pad", 0)
        return lambda x: F.conv2d(x, weight, bias, stride, pad, 1, group)

    def make_InnerProduct(self, layer):
        param = layer["inner_product_param"]
        inputs = self.shape_of(layer["bottom"][0])[1:].numel()
        weight = self.param(param["num_output"], inputs)
        bias = self.param(param["num_output"]) if param.get("bias_term", True) else None
        return lambda x: F.linear(x.flatten(1), weight, bias)

    def make_Pooling(self, layer):
        param = layer["pooling_param"]
        kernel, stride, pad = pair(param, "kernel_size", 1), pair(param, "stride", 1), pair(param, "pad", 0)
        if param.get("pool", "MAX") == "MAX":
            return lambda x: F.max_pool2d(x, kernel, stride, pad, ceil_mode=True)
        return lambda x: F.avg_pool2d(x, kernel, stride, pad, ceil_mode=True)

    def make_ReLU(self, layer):
        in_place = layer["bottom"] == layer["top"]
        return lambda x: F.relu(x, inplace=in_place and x.requires_grad)

    def make_LRN(self, layer):
        param = layer.get("lrn_param", {})
        size, alpha, beta = param.get("local_size", 5), param.get("alpha", 1.0), param.get("beta", 0.75)
        return lambda x: F.local_response_norm(x, size, alpha, beta, param.get("k", 1.0))

    def make_Dropout(self, layer):
        ratio = layer.get("dropout_param", {}).get("dropout_ratio", 0.5)
        return lambda x: F.dropout(x, ratio)

    def make_Sigmoid(self, _):
        return torch.sigmoid

    def make_TanH(self, _):
        return torch.tanh

    def make_Flatten(self, _):
        return lambda x: x.flatten(1)

    def make_SoftmaxWithLoss(self, _):
        return lambda x, label: F.cross_entropy(x, label.long())

    def make_SigmoidCrossEntropyLoss(self, layer):
        batch = self.shape_of(layer["bottom"][0])[0]
        return lambda x, t: F.binary_cross_entropy_with_logits(x, t.flatten(1), reduction="sum") / batch

    def make_EuclideanLoss(self, layer):
        batch = self.shape_of(layer["bottom"][0])[0]
        return lambda x, t: F.mse_loss(x, t.flatten(1), reduction="sum") / (2 * batch)


def memory(name):
    """Resident memory in bytes: now ("VmRSS") or at its peak ("VmHWM")."""
    for line in open("/proc/self/status", encoding="ascii"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def reset_peak():
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def blas():
    """The library that multiplies matrices: the file behind libblas.so.3, as this process mapped it."""
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    for line in open("/proc/self/maps", encoding="utf-8"):
        if "blas" in line:
            return line.split("/")[-2] + "/" + line.split("/")[-1].strip()
    return "of its own"


def timed(action):
    start = time.perf_counter()
    result = action()
    return 1000 * (time.perf_counter() - start), result


def passes(net, optimizer, count, before):
    answer = {"forward_ms": [], "backward_ms": [], "update_ms": []}
    for _ in range(count):
        optimizer.zero_grad(set_to_none=True)
        forward, loss = timed(net.run)
        backward, _ = timed(loss.backward)
        update, _ = timed(optimizer.step)
        for name, value in (("forward_ms", forward), ("backward_ms", backward), ("update_ms", update)):
            answer[name].append(value)
    answer["peak_bytes"] = memory("VmHWM") - before
    return answer


def main():
    net = optimizer = before = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if "net" in command:
                torch.set_num_threads(command["threads"])
                reset_peak()
                before = memory("VmRSS")
                net = Net(command["net"])
                params = net.params or [torch.zeros(1)]
                optimizer = torch.optim.SGD(params, lr=1e-4, momentum=0.9, weight_decay=5e-4)
                answer = {"version": torch.__version__, "blas": blas()}
            else:
                answer = passes(net, optimizer, command["passes"], before)
        except Exception as error:  # the bench decides what to do without this row
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
