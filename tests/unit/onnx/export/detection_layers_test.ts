import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { exportOnnx } from "../../../../net/export/export_onnx.ts";
import { decodeModel, type OnnxDim } from "../../../../onnx/mod.ts";
import { netFromText } from "../../../../proto/mod.ts";
import { expectSameInOnnx } from "../judge.ts";
import { expectLayerInOnnx, type Use } from "./one_layer.ts";

const param = (value: unknown) => `script_param { param_str: '${JSON.stringify(value)}' }`;

/** Priors (1, 2, 4 P), which overlap, and their variances. */
function priors(count: number) {
  const boxes = Array.from({ length: count }, (_, p) => {
    const x = 0.1 * (p % 5), y = 0.13 * Math.floor(p / 3), size = 0.2 + 0.05 * (p % 4);
    return [x, y, x + size, y + size];
  }).flat();
  const variances = Array.from({ length: 4 * count }, (_, i) => i % 4 < 2 ? 0.1 : 0.2);
  return { shape: [1, 2, 4 * count], values: [...boxes, ...variances], keeps: true };
}

/** A use of SSD's DetectionOutput for `count` priors and three classes. */
function detect(each: Record<string, unknown>, more: Partial<Use> = {}, count = 12): Use {
  const sets = each["share_location"] === false ? 3 : 1;
  return {
    bottoms: [
      { shape: [2, 4 * count * sets], range: [-1, 1] },
      { shape: [2, 3 * count], range: [0, 1] },
      priors(count),
    ],
    fields: param({ num_classes: 3, ...each }),
    ...more,
  };
}

Deno.test("DetectionOutput in ONNX: codes of boxes, classes of their own, and thresholds", async () => {
  const nms_param = { nms_threshold: 0.4 };
  await expectLayerInOnnx("DetectionOutput", [
    detect({ code_type: "CENTER_SIZE", nms_param, confidence_threshold: 0.2 }),
    detect({ code_type: "CORNER", nms_param, confidence_threshold: 0.5 }),
    detect({ code_type: "CORNER_SIZE", nms_param, background_label_id: -1 }),
    detect({ code_type: "CENTER_SIZE", share_location: false, nms_param, confidence_threshold: 0.1 }),
    detect({ code_type: "CENTER_SIZE", nms_param: { nms_threshold: 0.6, top_k: 4 }, keep_top_k: 5 }),
    detect({ code_type: "CENTER_SIZE", share_location: false, nms_param: { top_k: 3 }, keep_top_k: 2 }),
    detect({ code_type: "CENTER_SIZE", variance_encoded_in_target: true, background_label_id: 2 }),
    detect({
      code_type: "CENTER_SIZE",
      nms_param: { nms_threshold: 0.3, top_k: 400, eta: 0.9 },
      keep_top_k: 200,
    }),
    // Corners that are exchanged.
    detect({ code_type: "CORNER", variance_encoded_in_target: true, nms_param, keep_top_k: 7 }),
  ]);
});

Deno.test("DetectionOutput in ONNX: an item, or all, without any detection", async () => {
  const scores = Array.from({ length: 36 }, (_, i) => i % 3 === 0 ? 1 : 0);
  const [boxes, , own] = detect({}).bottoms;
  const none = { code_type: "CENTER_SIZE", confidence_threshold: 0.5 };
  await expectLayerInOnnx("DetectionOutput", [
    detect(none, { bottoms: [boxes!, { shape: [2, 36], values: scores }, own!] }),
    detect({ ...none, keep_top_k: 3 }, {
      bottoms: [[3, 48], { shape: [3, 36], values: [...scores, ...scores, ...scores.toReversed()] }, own!],
      batches: [3],
    }),
    detect({ ...none, share_location: false, keep_top_k: 0 }),
  ]);
});

Deno.test("DetectionOutput in ONNX: maps that come apart, and maps of YOLOv2", async () => {
  const apart = (sets: number, each: object): Use => ({
    bottoms: [
      { shape: [2, 3, 2, 6], range: [0, 1] },
      { shape: [2, 3, 1, 2], range: [0, 1] },
      { shape: [2, 8 * sets, 2, 3], range: [-1, 1] },
      { shape: [2, 4 * sets, 2, 1], range: [-1, 1] },
      priors(14),
    ],
    fields: param({ num_classes: 3, nbottom: 2, no_permute: true, code_type: "CENTER_SIZE", ...each }),
  });
  const region = (each: object): Use => ({
    bottoms: [[2, 14, 3, 4]],
    fields: param({ num_classes: 2, num_box: 2, biases: [1, 1.5, 0.7, 0.4], ...each }),
  });
  await expectLayerInOnnx("DetectionOutput", [
    apart(1, {}),
    apart(3, { share_location: false, keep_top_k: 4 }),
    {
      bottoms: [
        { shape: [2, 24], range: [0, 1] },
        { shape: [2, 12], range: [0, 1] },
        { shape: [2, 32], range: [-1, 1] },
        { shape: [2, 16], range: [-1, 1] },
        priors(12),
      ],
      fields: param({ num_classes: 3, nbottom: 2 }),
    },
    region({ confidence_threshold: 0.1 }),
    region({ nms_threshold: 0.1 }),
    region({ confidence_threshold: 0.99 }),
  ]);
});

Deno.test("DetectionOutput with a threshold that changes is refused", async () => {
  const inputs = [[1, 48], [1, 36], [1, 2, 48]].map((shape, i) =>
    `layer { name: "b${i}" type: "Input" top: "b${i}" input_param { shape { ${
      shape.map((dim) => `dim: ${dim}`).join(" ")
    } } } }`
  );
  const net = `${inputs.join("\n")} layer { name: "detect" type: "DetectionOutput" bottom: "b0" bottom: "b1"
    bottom: "b2" top: "found" detection_output_param { num_classes: 3 nms_param { nms_threshold: 0.6 eta: 0.9 } } }`;
  await assert.rejects(exportOnnx(netFromText(net)), /layer 'detect': Expected an eta of 1.*found eta 0\.9/);
});

Deno.test("YoloDetectionOutput and Yolov3DetectionOutput in ONNX", async () => {
  const yolo = (each: object, ...maps: readonly (readonly number[])[]): Use => ({
    bottoms: maps.map(([height = 0, width = 0]) => [2, 14, height, width]),
    fields: param({ num_classes: 2, num_box: 2, biases: [1, 1.5, 0.7, 0.4], ...each }),
  });
  await expectLayerInOnnx("YoloDetectionOutput", [
    yolo({}, [3, 3]),
    yolo({ nms_threshold: 0.1 }, [2, 4]),
    yolo({ confidence_threshold: 0.4 }, [3, 3], [2, 2]),
    yolo({ confidence_threshold: 0.999 }, [3, 2]),
    yolo({ confidence_threshold: -1, nms_threshold: 0.9 }, [1, 1], [4, 2]),
  ]);
  const yolo3 = (gaussian_box: boolean, each: object): Use => ({
    bottoms: [[2, 2], [4, 3]].map(([height, width]) => [2, gaussian_box ? 22 : 14, height!, width!]),
    fields: param({
      num_classes: 2,
      num_box: 2,
      biases: [8, 12, 20, 16, 30, 40, 60, 50],
      anchors_scale: [16, 8],
      mask: [2, 3, 0, 1],
      gaussian_box,
      ...each,
    }),
  });
  await expectLayerInOnnx("Yolov3DetectionOutput", [
    yolo3(false, {}),
    yolo3(true, {}),
    yolo3(false, { nms_threshold: 0.1, confidence_threshold: 0.3 }),
    yolo3(true, { confidence_threshold: 0.2 }),
    yolo3(false, { confidence_threshold: 0.999 }),
  ]);
});

Deno.test("PriorBox in ONNX is a constant", async () => {
  const uses = [
    { min_size: [4] },
    {
      min_size: [4, 6.5],
      max_size: [6, 9],
      aspect_ratio: [2, 3],
      variance: [0.1, 0.1, 0.2, 0.2],
      clip: true,
    },
    { min_size: [4], max_size: [6], aspect_ratio: [2], tf: true, yx_order: true },
    { min_size: [32], faceboxes: true, img_size: 64, step: 4 },
    { min_size: [1], box_width: [3, 4], box_height: [5, 2], img_h: 30, img_w: 40, offset: 0.25 },
  ];
  await expectLayerInOnnx(
    "PriorBox",
    uses.map((each) => ({ bottoms: [[2, 2, 2, 3], [2, 3, 16, 20]], fields: param(each) })),
  );
});

/** The dims of a model's output. */
function outputDims(model: Uint8Array): OnnxDim[] {
  const [output] = decodeModel(model).graph?.output ?? [];
  return (output?.type?.tensor_type?.shape?.dim ?? []).map(({ dim_param, dim_value }) =>
    dim_param || Number(dim_value)
  );
}

/** Weights that are not all alike, so that scores differ. */
const vary: Use["prepare"] = (net) => {
  for (const { name, blobs: [weights] } of net.layers) {
    if (weights === undefined) continue;
    const scale = 2 * Math.sqrt(weights.shape[0]! / weights.count);
    const values = Float32Array.from(
      { length: weights.count },
      (_, i) => scale * Math.sin(7 * i + name.length),
    );
    weights.write(values);
  }
};

Deno.test("the net of models/ssd_small is the same in ONNX, with a name for how many objects there are", async () => {
  const path = fileURLToPath(new URL("../../../../models/ssd_small/deploy.prototxt", import.meta.url));
  const model = await expectSameInOnnx(Deno.readTextFileSync(path), {
    prepare: vary,
  });
  assert.deepEqual(outputDims(model), [1, 1, "detection_out_count", 7]);
});

Deno.test("a net in the manner of MobileNet-SSD is the same in ONNX", async () => {
  const conv = (name: string, bottom: string, more: string, type = "Convolution") =>
    `layer { name: "${name}" type: "${type}" bottom: "${bottom}" top: "${name}" convolution_param { ${more} } }
    layer { name: "${name}/bn" type: "BatchNorm" bottom: "${name}" top: "${name}" }
    layer { name: "${name}/scale" type: "Scale" bottom: "${name}" top: "${name}" scale_param { bias_term: true } }
    layer { name: "${name}/relu" type: "ReLU6" bottom: "${name}" top: "${name}" }`;
  const head = (map: string, boxes: number, least: number, most: number) => {
    const branch = (kind: string, outputs: number) =>
      `layer { name: "${map}_${kind}" type: "Convolution" bottom: "${map}" top: "${map}_${kind}" convolution_param {
        num_output: ${outputs} kernel_size: 1 } }
      layer { name: "${map}_${kind}_perm" type: "Permute" bottom: "${map}_${kind}" top: "${map}_${kind}_perm"
        permute_param { order: 0 order: 2 order: 3 order: 1 } }
      layer { name: "${map}_${kind}_flat" type: "Flatten" bottom: "${map}_${kind}_perm" top: "${map}_${kind}_flat" }`;
    return `${branch("loc", 4 * boxes)} ${branch("conf", 5 * boxes)}
      layer { name: "${map}_prior" type: "PriorBox" bottom: "${map}" bottom: "data" top: "${map}_prior"
        prior_box_param { min_size: ${least} max_size: ${most} aspect_ratio: 2 clip: false
          variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 } }`;
  };
  const join = (kind: string, top: string, axis: number) =>
    `layer { name: "${top}" type: "Concat" bottom: "conv1_${kind}" bottom: "conv2_${kind}" top: "${top}"
      concat_param { axis: ${axis} } }`;
  const net =
    `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 32 dim: 32 } } }
    ${conv("conv0", "data", "num_output: 8 kernel_size: 3 stride: 2 pad: 1 bias_term: false")}
    ${conv("conv0/dw", "conv0", "num_output: 8 kernel_size: 3 pad: 1 stride: 2", "DepthwiseConvolution")}
    ${conv("conv1", "conv0/dw", "num_output: 12 kernel_size: 1")}
    ${conv("conv1/dw", "conv1", "num_output: 12 group: 12 kernel_size: 3 pad: 1 stride: 2")}
    ${conv("conv2", "conv1/dw", "num_output: 16 kernel_size: 1")}
    ${head("conv1", 4, 8, 14)} ${head("conv2", 4, 14, 24)}
    ${join("loc_flat", "mbox_loc", 1)} ${join("conf_flat", "mbox_conf", 1)} ${join("prior", "mbox_prior", 2)}
    layer { name: "reshape" type: "Reshape" bottom: "mbox_conf" top: "rows" reshape_param {
      shape { dim: 0 dim: -1 dim: 5 } } }
    layer { name: "softmax" type: "Softmax" bottom: "rows" top: "softmax" softmax_param { axis: 2 } }
    layer { name: "flatten" type: "Flatten" bottom: "softmax" top: "flatten" }
    layer { name: "found" type: "DetectionOutput" bottom: "mbox_loc" bottom: "flatten" bottom: "mbox_prior" top: "found"
      detection_output_param { num_classes: 5 share_location: true background_label_id: 0
        nms_param { nms_threshold: 0.45 top_k: 40 } code_type: CENTER_SIZE keep_top_k: 20
        confidence_threshold: 0.25 } }`;
  await expectSameInOnnx(net, { prepare: vary, batches: [1, 3, 16] });
});
