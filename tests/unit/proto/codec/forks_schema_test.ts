import assert from "node:assert/strict";
import { root } from "../../../../proto/codec/schema.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { printText } from "../../../../proto/text/print_text.ts";

/** A layer of each family of forks, as their prototxts write it. */
const LAYERS: Readonly<Record<string, string>> = {
  SSD: `type: "Permute" permute_param { order: 0 order: 2 order: 3 order: 1 }`,
  "SSD's priors":
    `type: "PriorBox" prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 flip: true clip: false
    variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 step: 8 offset: 0.5 }`,
  "SSD's output": `type: "DetectionOutput" detection_output_param { num_classes: 21 share_location: true
    background_label_id: 0 nms_param { nms_threshold: 0.45 top_k: 400 } save_output_param { label_map_file: "m" }
    code_type: CENTER_SIZE keep_top_k: 200 confidence_threshold: 0.01 }`,
  "SSD's norm":
    `type: "Normalize" norm_param { across_spatial: false scale_filler { type: "constant" value: 20 }
    channel_shared: false }`,
  "SSD's loss": `type: "MultiBoxLoss" multibox_loss_param { loc_loss_type: SMOOTH_L1 conf_loss_type: SOFTMAX
    num_classes: 21 match_type: PER_PREDICTION overlap_threshold: 0.5 neg_pos_ratio: 3 mining_type: MAX_NEGATIVE }
    loss_param { normalization: VALID }`,
  "SSD's data": `type: "AnnotatedData" transform_param { mirror: true mean_value: 104
    resize_param { prob: 1 resize_mode: WARP height: 300 width: 300 interp_mode: LINEAR interp_mode: AREA }
    emit_constraint { emit_type: CENTER } distort_param { brightness_prob: 0.5 brightness_delta: 32 }
    expand_param { prob: 0.5 max_expand_ratio: 4 } } data_param { source: "x" batch_size: 8 backend: LMDB }
    annotated_data_param { batch_sampler { max_sample: 1 max_trials: 50 sampler { min_scale: 0.3 }
      sample_constraint { min_jaccard_overlap: 0.1 } } label_map_file: "m" }`,
  "R-FCN": `type: "PSROIPooling" psroi_pooling_param { spatial_scale: 0.0625 output_dim: 21 group_size: 7 }`,
  "R-FCN's loss":
    `type: "SmoothL1LossOHEM" loss_param { normalization: PRE_FIXED pre_fixed_normalizer: 128 }`,
  "Faster R-CNN": `type: "ROIPooling" roi_pooling_param { pooled_w: 6 pooled_h: 6 spatial_scale: 0.0625 }`,
  SegNet: `type: "Upsample" upsample_param { scale: 2 upsample_w: 60 upsample_h: 45 }`,
  "SegNet's norm": `type: "BN" bn_param { scale_filler { type: "constant" value: 1 }
    shift_filler { type: "constant" value: 0.001 } bn_mode: INFERENCE }`,
  "SegNet's loss": `type: "SoftmaxWithLoss" loss_param { weight_by_label_freqs: true ignore_label: 11
    class_weighting: 0.2595 class_weighting: 0.1826 }`,
  PSPNet: `type: "Interp" interp_param { height: 713 width: 713 }`,
  "PSPNet's norm":
    `type: "BN" bn_param { slope_filler { type: "constant" value: 1 } bias_filler { type: "constant" }
    frozen: true momentum: 0.95 }`,
  "MobileNet-YOLO": `type: "Yolov3DetectionOutput" yolov3_detection_output_param { confidence_threshold: 0.01
    nms_threshold: 0.45 num_classes: 20 biases: 20 biases: 37 mask: 3 mask: 4 anchors_scale: 32 mask_group_num: 2 }`,
  Synopsys:
    `type: "Convolution" convolution_param { num_output: 8 kernel_size: 3 pad_l: 0 pad_r: 1 pad_t: 0 pad_b: 1 }`,
  "Synopsys's pooling":
    `type: "Pooling" pooling_param { pool: AVE_TF kernel_size: 3 stride: 2 ceil_mode: false }`,
  "Synopsys's squeeze": `type: "Squeeze" squeeze_param { axis: 2 axis: 3 }`,
  "caffe-windows": `type: "CenterLoss" center_loss_param { num_output: 10 center_filler { type: "xavier" } }`,
  "FlowNet 2":
    `type: "Correlation" correlation_param { pad: 20 kernel_size: 1 max_displacement: 20 stride_1: 1
    stride_2: 2 }`,
};

for (const [family, text] of Object.entries(LAYERS)) {
  Deno.test(`a layer of ${family} is read and written as it is`, () => {
    const layer = parseText("LayerParameter", `name: "l" ${text}`);
    assert.deepEqual(parseText("LayerParameter", printText("LayerParameter", layer)), layer);
  });
}

Deno.test("fields with capitals keep them in text", () => {
  const layer = parseText(
    "LayerParameter",
    `type: "SpatialTransformer" st_param { output_H: 3 to_compute_dU: false }`,
  );
  assert.match(printText("LayerParameter", layer), /output_H: 3\s+to_compute_dU: false/);
});

Deno.test("Caffe's own fields and values keep the numbers below 1000, or in V1 its 1001 and 1002", () => {
  const layer = root.lookupType("caffe.LayerParameter");
  assert.equal(layer.fields["parameter_param"]!.id, 145);
  assert.equal(layer.fields["permute_param"]!.id >= 10_000, true);
  assert.deepEqual(Object.entries(root.lookupEnum("caffe.PoolingParameter.PoolMethod").values).slice(0, 4), [
    ["MAX", 0],
    ["AVE", 1],
    ["STOCHASTIC", 2],
    ["DEF", 10001],
  ]);
});
