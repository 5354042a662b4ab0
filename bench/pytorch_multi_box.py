"""SSD's loss in PyTorch, as its re-implementations there write it: matching per image, the hardest negatives by sorting."""

import torch
import torch.nn.functional as F

EXPRESSED = {"num_classes", "code_type", "overlap_threshold", "neg_pos_ratio"}


def multi_box_loss(param):
    """A function of box predictions (N, 4P), confidences (N, P K), priors (1, 2, 4P) and objects (1, 1, G, 8)."""
    unknown = sorted(set(param) - EXPRESSED)
    if unknown or param.get("code_type") != "CENTER_SIZE":
        raise ValueError("no MultiBoxLoss with " + ", ".join(unknown or ["corners as code"]))
    classes, threshold, ratio = param["num_classes"], param.get("overlap_threshold", 0.5), param.get("neg_pos_ratio", 3)

    def loss(locations, confidences, priors, objects):
        items = locations.shape[0]
        locations, confidences = locations.view(items, -1, 4), confidences.view(items, -1, classes)
        with torch.no_grad():
            boxes, variances = priors.view(2, -1, 4)
            objects = objects.view(-1, 8)
            matched = [match(objects[objects[:, 0] == item], boxes, variances, threshold) for item in range(items)]
            labels = torch.stack([label for label, _ in matched])
            targets = torch.stack([target for _, target in matched])
            positive = labels > 0
        entropy = F.cross_entropy(confidences.flatten(0, 1), labels.flatten(), reduction="none").view(items, -1)
        with torch.no_grad():
            rank = entropy.masked_fill(positive, 0).sort(1, descending=True)[1].sort(1)[1]
            negative = rank < (ratio * positive.sum(1, keepdim=True)).clamp(max=boxes.shape[0] - 1)
        distance = F.smooth_l1_loss(locations[positive], targets[positive], reduction="sum")
        return (distance + entropy[positive | negative].sum()) / positive.sum().clamp(min=1)

    return loss


def match(objects, boxes, variances, threshold):
    """The label of each prior, 0 for the background, and the object's box as seen from it."""
    overlap = overlaps(objects[:, 3:7], boxes)
    best, index = overlap.max(0)
    own = overlap.argmax(1)
    index[own] = torch.arange(len(objects))
    best[own] = 2
    labels = objects[index, 1].long().masked_fill(best < threshold, 0)
    return labels, encode(objects[index, 3:7], boxes, variances)


def overlaps(a, b):
    """The intersection over the union of each box of a with each of b."""
    size = (torch.minimum(a[:, None, 2:], b[:, 2:]) - torch.maximum(a[:, None, :2], b[:, :2])).clamp(min=0)
    shared = size.prod(2)
    area_a, area_b = ((box[:, 2:] - box[:, :2]).prod(1) for box in (a, b))
    return shared / (area_a[:, None] + area_b - shared)


def encode(boxes, priors, variances):
    size, prior_size = boxes[:, 2:] - boxes[:, :2], priors[:, 2:] - priors[:, :2]
    offset = (boxes[:, :2] + boxes[:, 2:] - priors[:, :2] - priors[:, 2:]) / 2
    return torch.cat([offset / prior_size, (size / prior_size).log()], 1) / variances
