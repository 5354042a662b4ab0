"""Caffe's losses in PyTorch."""

import torch
import torch.nn.functional as F

from pytorch_integers import Integers
from pytorch_multi_box import multi_box_loss


class Losses:
    """The part of a net that makes its losses."""

    def make_SoftmaxWithLoss(self, layer, smoothing=0.0):
        axis = layer.get("softmax_param", {}).get("axis", 1)
        ignored = layer.get("loss_param", {}).get("ignore_label", -100)
        integers = Integers()

        def loss(x, label):
            label = integers(label)
            if axis == x.dim() - 1:
                x, label = x.flatten(0, axis - 1), label.flatten()
            else:
                label = label.reshape(x.shape[:axis] + x.shape[axis + 1 :])
            return F.cross_entropy(x, label, ignore_index=ignored, label_smoothing=smoothing)

        if axis != 1 and axis != len(self.shape_of(layer["bottom"][0])) - 1:
            raise ValueError("no softmax over axis %d" % axis)
        return loss

    def make_SigmoidCrossEntropyLoss(self, layer):
        batch = self.shape_of(layer["bottom"][0])[0]
        return lambda x, t: F.binary_cross_entropy_with_logits(x, t.flatten(1), reduction="sum") / batch

    def make_EuclideanLoss(self, layer):
        batch = self.shape_of(layer["bottom"][0])[0]
        return lambda x, t: F.mse_loss(x, t.flatten(1), reduction="sum") / (2 * batch)

    def make_ContrastiveLoss(self, layer):
        param = layer.get("contrastive_loss_param", {})
        margin, batch = param.get("margin", 1.0), self.shape_of(layer["bottom"][0])[0]
        if param.get("legacy_version", False):
            raise ValueError("no ContrastiveLoss in its legacy version")

        def loss(a, b, same):
            squared = (a - b).square().sum(1)
            # The root has no derivative at 0.
            apart = (margin - squared.clamp(min=1e-12).sqrt()).clamp(min=0).square()
            return torch.where(same.flatten() != 0, squared, apart).sum() / (2 * batch)

        return loss

    def make_MultiBoxLoss(self, layer):
        return multi_box_loss(layer["multibox_loss_param"])


def loss_weights(layer):
    if layer.get("loss_weight"):
        return layer["loss_weight"]
    script = layer.get("script_param", {}).get("layer", "")
    is_loss = "Loss" in layer["type"] or "Loss" in script or script == "LabelSmoothingLayer"
    return [1] if is_loss else []
