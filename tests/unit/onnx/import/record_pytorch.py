"""Records the models of this folder's fixtures: small nets with random weights, as PyTorch's exporter writes them.

Run with a Python that has PyTorch (2.x; the exporter is the one of TorchScript):

    python tests/unit/onnx/import/record_pytorch.py

For each net it writes NAME.onnx, and NAME.json with the inputs' shapes and the outputs.
"""

import json
import pathlib
import sys
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
try:  # The exporter only needs the package onnx for functions written in onnxscript.
    import onnx  # noqa: F401
except ImportError:
    from torch.onnx._internal.torchscript_exporter import onnx_proto_utils

    onnx_proto_utils._add_onnxscript_fn = lambda model, _: model

folder = pathlib.Path(__file__).parent / "fixtures"


class Residual(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.down = None
        if stride != 1 or inputs != outputs:
            self.down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + (x if self.down is None else self.down(x)))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 4, 7, 2, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)
        )
        widths = [4, 6, 8, 10]
        self.blocks = nn.Sequential(
            *[
                block
                for i, width in enumerate(widths)
                for block in (
                    Residual(widths[max(0, i - 1)], width, 1 if i == 0 else 2),
                    Residual(width, width, 1),
                )
            ]
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(10, 5)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.blocks(self.stem(x))), 1))


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expand):
        super().__init__()
        hidden = inputs * expand
        self.residual = stride == 1 and inputs == outputs
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.ReLU6(True),
            nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.ReLU6(True),
            Inverted(6, 6, 1, 2), Inverted(6, 8, 2, 3), Inverted(8, 8, 1, 3),
        )
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(8, 5))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(channels, 2, 1), nn.Conv2d(2, channels, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.fc2(F.relu(self.fc1(F.adaptive_avg_pool2d(x, 1)))))


class MobileNetV3(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 6, 3, 2, 1, bias=False), nn.BatchNorm2d(6), nn.Hardswish(),
            nn.Conv2d(6, 6, 5, 1, 2, groups=6), SqueezeExcite(6), nn.Hardswish(), nn.SiLU(),
            nn.Conv2d(6, 4, 1), nn.ELU(), nn.LeakyReLU(0.1), nn.PReLU(4),
        )

    def forward(self, x):
        return F.log_softmax(self.layers(x).mean([2, 3]), 1)


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeeze, 1)
        self.expand1, self.expand3 = nn.Conv2d(squeeze, expand, 1), nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.squeeze(x))
        return torch.cat([torch.relu(self.expand1(x)), torch.relu(self.expand3(x))], 1)


class SqueezeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True), Fire(8, 3, 6), Fire(12, 3, 6),
            nn.MaxPool2d(3, 2, ceil_mode=True), Fire(12, 4, 8),
        )
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Conv2d(16, 5, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1))
        )

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class DenseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, 2, 1, bias=False)
        self.bns = nn.ModuleList([nn.BatchNorm2d(6 + 4 * i) for i in range(3)])
        self.convs = nn.ModuleList([nn.Conv2d(6 + 4 * i, 4, 3, 1, 1, bias=False) for i in range(3)])
        self.pool = nn.AvgPool2d(2, 2)
        self.last = nn.BatchNorm2d(18)
        self.padded = nn.AvgPool2d(3, 2, 1, count_include_pad=False)

    def forward(self, x):
        x = self.stem(x)
        for bn, conv in zip(self.bns, self.convs):
            x = torch.cat([x, conv(torch.relu(bn(x)))], 1)
        x = self.padded(self.pool(torch.relu(self.last(x))))
        return F.softmax(x.view(x.size(0), -1), dim=1)


class ShuffleNet(nn.Module):
    """Its shapes are computed from the input's: chains of Shape, Gather, Unsqueeze and Concat."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, 1)
        self.branch = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4), nn.ReLU(True))

    def forward(self, x):
        a, b = self.conv(x).chunk(2, 1)
        x = torch.cat([a, self.branch(b)], 1)
        n, c, h, w = x.size()
        x = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, -1, h, w)
        x = F.pixel_shuffle(x, 2)
        x = F.interpolate(x, size=(x.size(2) + 3, x.size(3) * 2), mode="bilinear", align_corners=True)
        return x[:, :, 1:-1, ::2].max(1)[0].reshape(n, -1)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(3, 4, 3, 2, 1)
        self.up = nn.ConvTranspose2d(4, 4, 3, 2, 1, output_padding=1)
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.out = nn.Conv2d(7, 2, 3)

    def forward(self, x):
        y = torch.sigmoid(self.norm(self.up(torch.tanh(self.down(x)))))
        y = F.interpolate(F.avg_pool2d(y, 2), scale_factor=2, mode="nearest")
        return self.out(F.pad(torch.cat([x, y], 1), (1, 1, 1, 1), mode="reflect")).argmax(1)


class Tagger(nn.Module):
    """Words, a bidirectional LSTM of two layers, batch first, and a score for each word."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 6)
        self.lstm = nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True)
        self.norm = nn.LayerNorm(10)
        self.score = nn.Linear(10, 4)

    def forward(self, x):
        y, (h, _) = self.lstm(self.words(x))
        return self.score(self.norm(y)), h


class Recurrence(nn.Module):
    """An LSTM and an RNN with states from before."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 5)
        self.rnn = nn.RNN(5, 3, nonlinearity="relu")

    def forward(self, x, h, c):
        y, (h2, c2) = self.lstm(x, (h, c))
        z, last = self.rnn(y)
        return z, last, h2, c2


def values(*shape):
    """Numbers that the test computes too."""
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 7919 % 199 - 99) / 64).reshape(shape)


def image(batch, side=17):
    return values(batch, 3, side, side)


torch.manual_seed(1)
dynamic = {"x": {0: "batch"}}
nets = {
    "resnet": (ResNet(), (image(2, 33),), 13, None),
    "mobilenet_v2": (MobileNetV2(), (image(2),), 11, dynamic),
    "mobilenet_v3": (MobileNetV3(), (image(2),), 14, None),
    "squeezenet": (SqueezeNet(), (image(2, 35),), 9, None),
    "densenet": (DenseNet(), (image(2),), 12, dynamic),
    "shufflenet": (ShuffleNet(), (image(2, 12),), 15, {"x": {0: "batch", 2: "height", 3: "width"}}),
    "unet": (UNet(), (image(2, 12),), 17, None),
    "tagger": (Tagger(), (torch.arange(21).mul(7).remainder(11).reshape(3, 7),), 13, None),
    "recurrence": (
        Recurrence(), (values(6, 2, 4), values(1, 2, 5), values(1, 2, 5)), 10, None,
    ),
}

folder.mkdir(exist_ok=True)
for name in sys.argv[1:] or nets:
    net, inputs, opset, axes = nets[name]
    for module in net.modules():  # statistics that are not those of a new net
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.2, 0.2)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
    net.eval()
    torch.onnx.export(
        net, inputs, str(folder / f"{name}.onnx"), dynamo=False, opset_version=opset,
        input_names=["x", "h", "c"][: len(inputs)], dynamic_axes=axes, training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=name != "densenet",
    )
    with torch.no_grad():
        outputs = net(*inputs)
    flat = []
    for output in outputs if isinstance(outputs, tuple) else (outputs,):
        flat.append(output)

    def plain(tensor):
        return {"shape": list(tensor.shape), "data": [float(f"{value:.8g}") for value in tensor.flatten().tolist()]}

    text = json.dumps({"inputs": [list(each.shape) for each in inputs], "outputs": [plain(each) for each in flat]})
    (folder / f"{name}.json").write_text(text + "\n")
