import { layers as L, type NetParameter, NetSpec, oneOf, type Top, toProto } from "crema";
import { SCENE_CLASSES } from "../shared/scene.ts";
import { type Model, withoutTraining } from "../shared/model.ts";

const side = 64, batch = 32, num_classes = SCENE_CLASSES.length;

/** A small SSD (Liu et al. 2016) that finds shapes: default boxes around the cells of three feature maps. */
export const ssdSmall: Model = {
  folder: "ssd_small",
  about: "Detection: the boxes of circles, squares and triangles in synthetic images.",
  net: trainNet(oneOf(shapes({ phase: "TRAIN" }), shapes({ phase: "TEST" }, 320))),
  deploy: deployNet(),
  time: trainNet(shapes()),
  aboutSolver: "Learns in a few minutes. The test gives the mean average precision of SSD.",
  solver: {
    type: "Adam",
    test_iter: [10], // all 320 images
    test_interval: 200,
    test_initialization: false,
    eval_type: "detection",
    ap_version: "11point",
    show_per_class_result: true,
    base_lr: 0.002,
    momentum: 0.9,
    momentum2: 0.999,
    lr_policy: "poly",
    power: 1,
    display: 50,
    average_loss: 50,
    max_iter: 800,
    snapshot: 800,
  },
};

function shapes(include?: { phase: "TRAIN" | "TEST" }, examples?: number): [Top, Top] {
  const param_str = { batch_size: batch, side, examples };
  return L.Script({
    name: "shapes",
    module: "./shape_boxes.ts",
    layer: "ShapeBoxesLayer",
    param_str,
    ...include !== undefined && { include },
    ntop: 2,
  });
}

function trainNet([data, label]: [Top, Top]): NetParameter {
  const n = new NetSpec("ssd_small");
  [n.data, n.label] = [data, label];
  const { boxes, confidences, priors } = multiBoxHead(data);
  n.mbox_loss = L.MultiBoxLoss(boxes, confidences, priors, label, {
    num_classes,
    code_type: "CENTER_SIZE",
    include: { phase: "TRAIN" },
  });
  n.detection_eval = L.DetectionEvaluate(detect(boxes, confidences, priors, { phase: "TEST" }), label, {
    num_classes,
    include: { phase: "TEST" },
  });
  return n.toProto();
}

function deployNet(): NetParameter {
  const data = L.Input({ name: "data", shape: { dim: [1, 3, side, side] } });
  const { boxes, confidences, priors } = multiBoxHead(data);
  return withoutTraining({ name: "ssd_small", ...toProto(detect(boxes, confidences, priors)) });
}

/** What MultiBoxLoss and DetectionOutput take: (N, 4P), (N, P K) and (1, 2, 4P). */
interface MultiBoxHead {
  boxes: Top;
  confidences: Top;
  priors: Top;
}

/** The network up to the predictions of all default boxes; names as SSD's own script gives them. */
function multiBoxHead(data: Top): MultiBoxHead {
  const half = pool(conv(data, "conv1", 16), "pool1");
  const quarter = pool(conv(half, "conv2", 32), "pool2");
  const eighth = pool(conv(quarter, "conv3", 48), "pool3");
  const small = conv(conv(eighth, "conv4_1", 64), "conv4_2", 64);
  const middle = conv(conv(small, "conv5_1", 64, 2), "conv5_2", 64);
  const large = conv(middle, "conv6", 64, 2);
  const heads = [
    predict(small, "conv4_2", data, { min_size: 12, max_size: 20 }),
    predict(middle, "conv5_2", data, { min_size: 20, max_size: 30 }),
    predict(large, "conv6", data, { min_size: 30, max_size: 44 }),
  ];
  const joined = (name: string, axis: number, which: keyof MultiBoxHead) =>
    L.Concat(...heads.map((head) => head[which]), { name, axis });
  return {
    boxes: joined("mbox_loc", 1, "boxes"),
    confidences: joined("mbox_conf", 1, "confidences"),
    priors: joined("mbox_priorbox", 2, "priors"),
  };
}

/** The predictions at the cells of a feature map, each with two square default boxes. */
function predict(
  from: Top,
  name: string,
  data: Top,
  { min_size, max_size }: { min_size: number; max_size: number },
): MultiBoxHead {
  const perCell = 2;
  const head = (kind: "loc" | "conf", values: number) => {
    const each = `${name}_mbox_${kind}`;
    const scores = L.Convolution(from, {
      name: each,
      num_output: perCell * values,
      kernel_size: 3,
      pad: 1,
      weight_filler: { type: "xavier" },
    });
    const last = L.Permute(scores, { name: `${each}_perm`, order: [0, 2, 3, 1] });
    return L.Flatten(last, { name: `${each}_flat`, axis: 1 });
  };
  return {
    boxes: head("loc", 4),
    confidences: head("conf", num_classes),
    priors: L.PriorBox(from, data, {
      name: `${name}_mbox_priorbox`,
      min_size: [min_size],
      max_size: [max_size],
      variance: [0.1, 0.1, 0.2, 0.2],
    }),
  };
}

/** The best boxes of each class. */
function detect(boxes: Top, confidences: Top, priors: Top, include?: { phase: "TEST" }): Top {
  const phase = include === undefined ? {} : { include };
  const perBox = L.Reshape(confidences, {
    name: "mbox_conf_reshape",
    shape: { dim: [0, -1, num_classes] },
    ...phase,
  });
  const softmax = L.Softmax(perBox, { name: "mbox_conf_softmax", axis: 2, ...phase });
  const flat = L.Flatten(softmax, { name: "mbox_conf_flatten", axis: 1, ...phase });
  return L.DetectionOutput(boxes, flat, priors, {
    name: "detection_out",
    detection_output_param: {
      num_classes,
      nms_param: { nms_threshold: 0.45, top_k: 100 },
      code_type: "CENTER_SIZE",
      keep_top_k: 50,
      confidence_threshold: 0.01,
    },
    ...phase,
  });
}

function conv(bottom: Top, name: string, num_output: number, stride = 1): Top {
  const fields = { num_output, kernel_size: 3, pad: 1, stride, weight_filler: { type: "msra" } };
  return L.ReLU(L.Convolution(bottom, { name, ...fields }), { name: `${name}/relu`, in_place: true });
}

function pool(bottom: Top, name: string): Top {
  return L.Pooling(bottom, { name, pool: "MAX", kernel_size: 2, stride: 2 });
}
