"""PyTorch's side of `deno task bench`: builds a Caffe net in PyTorch and times its passes.

Reads one JSON command per line and answers each with one line of JSON:
  {"net": [layer, ...], "threads": 2, "channels_last": false, "evaluate": false}
                 ->  {"version": "1.13.0", "blas": "...", "convolutions": 2}, or {"error": "..."} for a net it can't build
  {"passes": 5}  ->  {"forward_ms": [...], "backward_ms": [...], "update_ms": [...], "peak_bytes": n}, of a net that
                     evaluates only forward
  {"layers": 5}  ->  {"types": {"Convolution": [milliseconds of all in a forward pass, ...], ...}}
  {"shapes": 1}  ->  {"shapes": {"blob": [...], ...}, "parameters": n, "loss": x}: of one pass, for tests
"""

import json
import sys
import time

import torch

from pytorch_net import Net


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


def inferences(net, count, before):
    answer = {"forward_ms": [], "backward_ms": [], "update_ms": []}
    with torch.inference_mode():
        for _ in range(count):
            answer["forward_ms"].append(timed(net.run)[0])
    answer["peak_bytes"] = memory("VmHWM") - before
    return answer


def layer_types(net, count):
    with torch.inference_mode():
        rounds = [net.run_timed() for _ in range(count)]
    return {"types": {name: [times[name] for times in rounds] for name in rounds[0]}}


def optimizer_of(params):
    """SGD with momentum and weight decay, in one pass over the parameters where this version of PyTorch can."""
    params = [param for param in params if param.requires_grad] or [torch.zeros(1)]
    options = {"lr": 1e-4, "momentum": 0.9, "weight_decay": 5e-4}
    try:
        return torch.optim.SGD(params, fused=True, **options)
    except (TypeError, RuntimeError):
        return torch.optim.SGD(params, **options)


def shapes(net):
    if net.evaluate:
        with torch.inference_mode():
            loss = net.run(keep=True)
    else:
        loss = net.run(keep=True)
        loss.backward()
    return {
        "shapes": {name: list(blob.shape) for name, blob in net.blobs.items()},
        "parameters": sum(param.numel() for param in net.params),
        "loss": float(loss),
    }


def main():
    net = optimizer = before = None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if "net" in command:
                torch.set_num_threads(command["threads"])
                net = optimizer = None
                reset_peak()
                before = memory("VmRSS")
                net = Net(command["net"], command.get("channels_last", False), command.get("evaluate", False))
                optimizer = None if net.evaluate else optimizer_of(net.params)
                reset_peak()
                answer = {"version": torch.__version__, "blas": blas(), "convolutions": net.convolutions}
            elif "shapes" in command:
                answer = shapes(net)
            elif "layers" in command:
                answer = layer_types(net, command["layers"])
            elif net.evaluate:
                answer = inferences(net, command["passes"], before)
            else:
                answer = passes(net, optimizer, command["passes"], before)
        except Exception as error:  # the bench decides what to do without this row
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
