"""Asks the Python layers of py-faster-rcnn for their answers, which rcnn_test.ts compares.

    python3 tests/unit/layers/rcnn_record.py CHECKOUT >tests/unit/layers/rcnn_answers.json

CHECKOUT is a checkout of https://github.com/rbgirshick/py-faster-rcnn. Its files, which are written in Python
2, are changed as little as it takes to run them in Python 3 without Caffe; numpy is needed.
"""

import json
import re
import sys
import types

import numpy as np

checkout = sys.argv[1]
np.float = float
np.int = int


def module(name, path=None, **fields):
    made = types.ModuleType(name)
    made.__dict__.update(fields)
    sys.modules[name] = made
    if path is not None:
        with open(f"{checkout}/lib/{path}") as file:
            source = file.read()
        # Blocks that print.
        source = re.sub(r"^( *)if (?:DEBUG|__name__ .*):\n(?:\1 +.*\n|\s*\n)+", r"\1pass\n", source, flags=re.M)
        source = re.sub(r"^( *)print .*$", r"\1pass", source, flags=re.M)
        source = source.replace("xrange", "range")
        source = source.replace("cfg.TRAIN.BATCH_SIZE / num_images", "cfg.TRAIN.BATCH_SIZE // num_images")
        source = source.replace("start = 4 * cls", "start = int(4 * cls)")
        exec(compile(source, path, "exec"), made.__dict__)
    return made


def overlaps(boxes, others):
    result = np.zeros((len(boxes), len(others)))
    for n, a in enumerate(boxes):
        for k, b in enumerate(others):
            w = min(a[2], b[2]) - max(a[0], b[0]) + 1
            h = min(a[3], b[3]) - max(a[1], b[1]) + 1
            if w > 0 and h > 0:
                area = lambda c: (c[2] - c[0] + 1) * (c[3] - c[1] + 1)
                result[n, k] = w * h / (area(a) + area(b) - w * h)
    return result


class Config(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


module("caffe", Layer=object)
module("yaml", load=lambda text: eval("{" + text + "}"))
module("easydict", EasyDict=Config)
module("utils")
module("utils.cython_bbox", bbox_overlaps=overlaps)
module("fast_rcnn", __path__=[])
module("fast_rcnn.config", __file__=f"{checkout}/lib/fast_rcnn/config.py", path="fast_rcnn/config.py")
module("fast_rcnn.bbox_transform", path="fast_rcnn/bbox_transform.py")
nms = module("py_cpu_nms", path="nms/py_cpu_nms.py")
module("fast_rcnn.nms_wrapper", nms=nms.py_cpu_nms)
module("generate_anchors", path="rpn/generate_anchors.py")
proposal = module("proposal_layer", path="rpn/proposal_layer.py")
anchor_target = module("anchor_target_layer", path="rpn/anchor_target_layer.py")
proposal_target = module("proposal_target_layer", path="rpn/proposal_target_layer.py")
# Takes the first ones instead of any, so that the answer does not depend on numpy's generator.
np.random.choice = lambda all, size, replace: all[: int(size)]


class Blob:
    def __init__(self, data):
        self.data = np.array(data, dtype=np.float32)

    def reshape(self, *shape):
        self.data = np.zeros(shape, dtype=np.float32)


def run(layer, param, phase, bottoms, tops):
    layer.param_str_ = param
    layer.phase = phase
    bottom, top = [Blob(each) for each in bottoms], [Blob(0) for _ in range(tops)]
    layer.setup(bottom, top)
    layer.forward(bottom, top)
    return {
        "param": param,
        "phase": phase,
        "bottoms": [answer(each) for each in bottom],
        "tops": [answer(each) for each in top],
    }


def answer(blob):
    values = [int(x) if x == int(x) else float(f"{x:.6g}") for x in blob.data.ravel()]
    return {"shape": list(blob.data.shape), "values": values if any(values) else []}


random = np.random.RandomState(5)
sizes = [[150, 200, 1.5]]
scores = random.uniform(0, 1, (1, 18, 4, 5))
deltas = random.normal(0, 0.3, (1, 36, 4, 5))
boxes = [[10, 10, 110, 90, 3], [60, 5, 190, 120, 1], [2, 100, 40, 140, 2]]
rois = np.zeros((40, 5))
rois[:, 1] = random.uniform(0, 100, 40).round()
rois[:, 2] = random.uniform(0, 80, 40).round()
rois[:, 3] = rois[:, 1] + random.uniform(10, 90, 40).round()
rois[:, 4] = rois[:, 2] + random.uniform(10, 60, 40).round()
rois[:6, 1:] = [[12, 8, 108, 95], [55, 10, 180, 118], [10, 30, 110, 80], [0, 98, 38, 142], [70, 9, 190, 110], [9, 9, 99, 90]]
answers = {
    "proposal, TEST": run(proposal.ProposalLayer(), "'feat_stride': 16", "TEST", [scores, deltas, sizes], 2),
    "proposal, TRAIN, scales": run(
        proposal.ProposalLayer(), "'feat_stride': 32\n,'scales': [2, 4, 8]", "TRAIN", [scores, deltas, sizes], 1
    ),
    "anchor target": run(
        anchor_target.AnchorTargetLayer(), "'feat_stride': 16,'scales': [4]", "TRAIN",
        [np.zeros((1, 2, 9, 12)), boxes, sizes, np.zeros((1, 1))], 4,
    ),
    "anchor target, allowed_border": run(
        anchor_target.AnchorTargetLayer(), "'feat_stride': 32,'allowed_border': 40", "TRAIN",
        [np.zeros((1, 18, 4, 6)), boxes, sizes], 4,
    ),
    "proposal target": run(
        proposal_target.ProposalTargetLayer(), "'num_classes': 4", "TRAIN", [rois, boxes], 5
    ),
}
print(json.dumps(answers))
