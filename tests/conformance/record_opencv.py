"""Asks OpenCV's dnn module about layers of Caffe's forks, which opencv_test.ts compares with the library's.

    python3 tests/conformance/record_opencv.py >tests/conformance/golden/opencv_library.json

Needs OpenCV 4.6 with Python (Debian: python3-opencv). Each answer has the net, its inputs and its outputs, so
that the test needs no OpenCV.
"""

import base64
import gzip
import json
import os
import tempfile

import cv2
import numpy as np

random = np.random.RandomState(11)


def inputs_of(shapes):
    return "".join(
        f'layer {{ name: "{name}" type: "Input" top: "{name}" input_param {{ shape {{ '
        + " ".join(f"dim: {size}" for size in np.shape(value))
        + " } } }\n"
        for name, value in shapes.items()
    )


def ask(layers, inputs, outputs=("y",)):
    text = inputs_of(inputs) + layers
    with tempfile.NamedTemporaryFile("w", suffix=".prototxt", delete=False) as file:
        file.write(text)
    net = cv2.dnn.readNetFromCaffe(file.name)
    os.remove(file.name)
    for name, value in inputs.items():
        net.setInput(np.array(value, dtype=np.float32), name)
    found = net.forward(list(outputs))
    return {
        "net": text,
        "inputs": {name: packed(value) for name, value in inputs.items()},
        "outputs": {
            name: {"shape": list(value.shape), "values": packed(value)} for name, value in zip(outputs, found)
        },
    }


def packed(value):
    """Little-endian float32, gzip, base64, as in the other records."""
    data = np.asarray(value, dtype="<f4").tobytes()
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def uniform(*shape, least=-1.0, most=1.0):
    return random.uniform(least, most, shape).astype(np.float32)


def regions(count, items, size):
    corners = random.uniform(0, size * 0.6, (count, 2)).round()
    ends = corners + random.uniform(2, size * 0.5, (count, 2)).round()
    return np.hstack([random.randint(0, items, (count, 1)), corners, ends]).astype(np.float32)


PRIORS = """layer { name: "%s" type: "PriorBox" bottom: "x" bottom: "image" top: "%s" prior_box_param { %s } }\n"""
SMALL = {"x": uniform(1, 2, 3, 4), "image": uniform(1, 3, 30, 40)}


def priors(param, inputs=SMALL):
    return ask(PRIORS % ("y", "y", " ".join([
        param, "" if "clip" in param else "clip: false", "" if "variance" in param else "variance: 0.1"
    ])), inputs)


def detections(param, classes, shared=True, items=1):
    count = 12 * 6
    inputs = dict(SMALL)
    inputs["loc"] = uniform(items, count * 4 * (1 if shared else classes), least=-0.6, most=0.6)
    inputs["conf"] = uniform(items, count * classes, least=0, most=1)
    prior = PRIORS % ("prior", "prior", "min_size: 8 max_size: 15 aspect_ratio: 2 aspect_ratio: 3 clip: false "
                      "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2")
    layer = (
        'layer { name: "y" type: "DetectionOutput" bottom: "loc" bottom: "conf" bottom: "prior" top: "y" '
        f"detection_output_param {{ num_classes: {classes} share_location: {str(shared).lower()} background_label_id: 0 "
        f"{param} }} }}"
    )
    return ask(prior + layer, inputs)


def pooled(kind, param, features, rois):
    layer = f'layer {{ name: "y" type: "{kind}" bottom: "x" bottom: "rois" top: "y" {param} }}'
    return ask(layer, {"x": features, "rois": rois})


def proposals(param, most):
    inputs = {
        "scores": uniform(1, 18, 5, 6, least=0, most=1),
        "deltas": uniform(1, 36, 5, 6, least=-0.3, most=0.3),
        "info": np.array([[80, 96, 1]], dtype=np.float32),
    }
    layer = (
        'layer { name: "y" type: "Proposal" bottom: "scores" bottom: "deltas" bottom: "info" top: "y" '
        f"proposal_param {{ {param} post_nms_topn: {most} }} }}"
    )
    return ask(layer, inputs)


def layer_of(kind, param="", scale=1):
    layer = f'layer {{ name: "y" type: "{kind}" bottom: "x" top: "y" {param} }}'
    return ask(layer, {"x": scale * uniform(2, 4, 5, 7)})


answers = {
    "PriorBox: one size": priors("min_size: 7"),
    "PriorBox: max_size, ratios, four variances": priors(
        "min_size: 7 max_size: 16 aspect_ratio: 2 aspect_ratio: 3 variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2"
    ),
    "PriorBox: clip, no flip, step, offset": priors(
        "min_size: 9 aspect_ratio: 2 aspect_ratio: 0.5 flip: false clip: true step: 10 offset: 0.25"
    ),
    "PriorBox: two sizes": priors("min_size: 5 min_size: 12 max_size: 9 max_size: 20 aspect_ratio: 2"),
    "PriorBox: step_h, step_w": priors("min_size: 6 aspect_ratio: 3 step_h: 11 step_w: 9"),
    "DetectionOutput: CENTER_SIZE": detections(
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.45 top_k: 30 } keep_top_k: 20 confidence_threshold: 0.3", 3
    ),
    "DetectionOutput: CORNER": detections(
        "code_type: CORNER nms_param { nms_threshold: 0.6 top_k: 40 } keep_top_k: 30 confidence_threshold: 0.5", 4
    ),
    "DetectionOutput: boxes of each class": detections(
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.3 top_k: 20 } keep_top_k: 15 "
        "confidence_threshold: 0.2", 3, shared=False
    ),
    "DetectionOutput: two items": detections(
        "code_type: CENTER_SIZE nms_param { nms_threshold: 0.5 top_k: 50 } keep_top_k: 20 confidence_threshold: 0.3",
        3, items=2
    ),
    "Proposal": proposals("feat_stride: 16 ratio: 0.5 ratio: 1 ratio: 2 scale: 2 scale: 3 scale: 4 nms_thresh: 0.7", 20),
    "Proposal: base_size": proposals(
        "feat_stride: 16 base_size: 8 min_size: 1 ratio: 0.5 ratio: 1 ratio: 2 scale: 2 scale: 4 scale: 6 pre_nms_topn: 60 "
        "nms_thresh: 0.5", 10
    ),
    "ROIPooling": pooled(
        "ROIPooling", "roi_pooling_param { pooled_h: 3 pooled_w: 2 spatial_scale: 0.5 }",
        uniform(1, 3, 12, 14), regions(6, 1, 24)
    ),
    "PSROIPooling": pooled(
        "PSROIPooling", "psroi_pooling_param { output_dim: 2 group_size: 3 spatial_scale: 0.5 }",
        uniform(1, 18, 12, 14), regions(6, 1, 24)
    ),
    "Permute: channels last": layer_of(
        "Permute", "permute_param { order: 0 order: 2 order: 3 order: 1 }"
    ),
    "Permute: items and rows": layer_of(
        "Permute", "permute_param { order: 2 order: 1 order: 0 order: 3 }"
    ),
    "Normalize: over channels": layer_of("Normalize", "norm_param { across_spatial: false }"),
    "Normalize: over all": layer_of("Normalize", "norm_param { across_spatial: true }", 3),
    "Normalize: eps": layer_of("Normalize", "norm_param { across_spatial: false eps: 0.5 }"),
    "ReLU6": layer_of("ReLU6", scale=9),
    "HardSwish": layer_of("HardSwish", scale=5),
    "HardSigmoid": layer_of("HardSigmoid", scale=5),
    "Pooling: ceil_mode: false": layer_of(
        "Pooling", "pooling_param { pool: MAX kernel_size: 2 stride: 2 ceil_mode: false }"
    ),
}
print(json.dumps(answers, indent=2))
