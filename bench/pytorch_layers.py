"""PyTorch's side of `deno task bench --only ops,layers`: times one layer's forward and backward.

Speaks in lines of JSON, as pytorch.py does:
  {"net": [{"type": "GELU", "shape": [32, 128, 512], "heads": 8}], "threads": 2}  ->  {"version": "1.13.0", "blas": "..."}
  {"passes": 5}  ->  {"forward_ms": [...], "backward_ms": [...], "update_ms": [...], "peak_bytes": n}
"""

import json
import sys
import time

import torch


def blas():
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    for line in open("/proc/self/maps", encoding="utf-8"):
        if "blas" in line:
            return line.split("/")[-2] + "/" + line.split("/")[-1].strip()
    return "of its own"


def layer_of(command):
    size = command["shape"][-1]
    if command["type"] == "GELU":
        return torch.nn.GELU()
    if command["type"] == "LayerNorm":
        return torch.nn.LayerNorm(size)
    if command["type"] == "SelfAttention":
        attention = torch.nn.MultiheadAttention(size, command["heads"], batch_first=True)
        return lambda x: attention(x, x, x, need_weights=False)[0]
    if command["type"] in ("LSTM", "RNN"):
        recurrent = getattr(torch.nn, command["type"])(size, command["units"])
        return lambda x: recurrent(x)[0]
    if command["type"] == "Deconvolution":
        return torch.nn.ConvTranspose2d(
            command["shape"][1],
            command["outputs"],
            command["kernel"],
            command["stride"],
            command["pad"],
            groups=command["group"],
            bias=False,
        )
    raise ValueError("no layer type " + command["type"])


def passes(layer, x, diff, count):
    answer = {"forward_ms": [], "backward_ms": [], "update_ms": [], "peak_bytes": 0}
    for _ in range(count):
        x.grad = None
        start = time.perf_counter()
        y = layer(x)
        middle = time.perf_counter()
        y.backward(diff)
        end = time.perf_counter()
        answer["forward_ms"].append(1000 * (middle - start))
        answer["backward_ms"].append(1000 * (end - middle))
        answer["update_ms"].append(0)
    return answer


def main():
    layer = x = diff = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if "net" in command:
                torch.set_num_threads(command["threads"])
                layer = layer_of(command["net"][0]) if command["net"] else None
                if layer is not None:
                    x = torch.randn(command["net"][0]["shape"], requires_grad=True)
                    diff = torch.randn(layer(x).shape)
                answer = {"version": torch.__version__, "blas": blas()}
            else:
                answer = passes(layer, x, diff, command["passes"])
        except Exception as error:  # the bench decides what to do without this row
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
