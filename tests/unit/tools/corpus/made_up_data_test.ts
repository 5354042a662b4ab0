import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { withMadeUpData } from "../../../../tools/corpus/made_up_data.ts";

const TRAIN = { phase: "TRAIN", stage: [] } as const;

/** The blobs of a net that ran with made-up data, by name. */
async function run(text: string): Promise<Record<string, { shape: readonly number[]; data: number[] }>> {
  const { param, fills } = await withMadeUpData(netFromText(text), TRAIN);
  using net = await Net.create(param, { phase: "TRAIN", seed: 1 });
  for (const [name, fill] of fills) fill(net.blob(name).data, net.blob(name).shape);
  net.forward();
  net.backward();
  return Object.fromEntries(
    Array.from(net.blobs, ([name, { shape, data }]) => [name, { shape: [...shape], data: [...data] }]),
  );
}

Deno.test("images are as large as the data layer crops them, and labels are classes of the loss", async () => {
  const { data, label } = await run(`
    layer { name: "d" type: "Data" top: "data" top: "label" transform_param { crop_size: 6 mean_value: 1 mean_value: 2
      mean_value: 3 } data_param { source: "x" batch_size: 256 } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 3 } }
    layer { name: "l" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "l" }`);
  assert.deepEqual(data!.shape, [2, 3, 6, 6]);
  assert.deepEqual(label!.shape, [2]);
  assert.ok(label!.data.every((value) => [0, 1, 2].includes(value)));
});

Deno.test("a label of each pixel has the size of what the loss compares it with", async () => {
  const { label } = await run(`
    layer { name: "d" type: "HDF5Data" top: "data" top: "label" hdf5_data_param { source: "cifar" batch_size: 8 } }
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 3 stride: 2 } }
    layer { name: "l" type: "SoftmaxWithLoss" bottom: "c" bottom: "label" top: "l" }`);
  assert.deepEqual(label!.shape, [2, 1, 15, 15]);
});

Deno.test("targets have the shape of the prediction, and big batches of inputs are cut", async () => {
  const { x, target } = await run(`
    layer { name: "i" type: "Input" top: "x" input_param { shape { dim: 64 dim: 1 dim: 4 dim: 4 } } }
    layer { name: "d" type: "HDF5Data" top: "unused" top: "target" hdf5_data_param { source: "x" batch_size: 8 } }
    layer { name: "s" type: "Silence" bottom: "unused" }
    layer { name: "ip" type: "InnerProduct" bottom: "x" top: "ip" inner_product_param { num_output: 5 } }
    layer { name: "l" type: "EuclideanLoss" bottom: "ip" bottom: "target" top: "l" }`);
  assert.deepEqual(x!.shape, [2, 1, 4, 4]);
  assert.deepEqual(target!.shape, [2, 5]);
});

Deno.test("images that are sliced have channels for each part, and a second data layer may hold targets", async () => {
  const { pair, density } = await run(`
    layer { name: "d" type: "Data" top: "pair" data_param { source: "mnist" } }
    layer { name: "e" type: "HDF5Data" top: "density" hdf5_data_param { source: "x" } }
    layer { name: "s" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { slice_point: 1 } }
    layer { name: "ip" type: "InnerProduct" bottom: "a" top: "ip" inner_product_param { num_output: 5 } }
    layer { name: "i" type: "Silence" bottom: "b" }
    layer { name: "l" type: "EuclideanLoss" bottom: "ip" bottom: "density" top: "l" }`);
  assert.deepEqual(pair!.shape, [2, 2, 28, 28]);
  assert.deepEqual(density!.shape, [2, 5]);
});

Deno.test("the sizes of images, for DenseCRF, are those of the scores", async () => {
  const { size, q } = await run(`
    layer { name: "d" type: "ImageSegData" top: "data" top: "label" top: "size" transform_param { crop_size: 6 }
      image_data_param { source: "x" label_type: NONE } }
    layer { name: "s" type: "Silence" bottom: "label" }
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 2 kernel_size: 1 } }
    layer { name: "crf" type: "DenseCRF" bottom: "c" bottom: "size" bottom: "data" top: "q"
      dense_crf_param { max_iter: 2 pos_w: 3 pos_xy_std: 3 bi_w: 4 bi_xy_std: 49 bi_rgb_std: 5 } }`);
  assert.deepEqual(size, { shape: [2, 1, 1, 2], data: [6, 6, 6, 6] });
  assert.deepEqual(q!.shape, [2, 2, 6, 6]);
});

Deno.test("a label that a layer of type Script takes is one per image, or what its class is called after", async () => {
  const labelOf = async (data: string, layer: string) => {
    const { param } = await withMadeUpData(
      netFromText(`
        layer { name: "d" type: "${data}" top: "data" top: "label" data_param { source: "mnist" } }
        layer { name: "i" type: "InnerProduct" bottom: "data" top: "i" inner_product_param { num_output: 5 } }
        layer { name: "l" type: "Script" bottom: "i" bottom: "label" top: "l"
          script_param { module: "not_read.ts" layer: "${layer}" } }`),
      TRAIN,
    );
    return param.layer!.find(({ top }) => top?.includes("label"))!.input_param!.shape;
  };
  assert.deepEqual(await labelOf("Data", "LabelSmoothingLayer"), [{ dim: [2] }]);
  assert.deepEqual(await labelOf("HDF5Data", "SoftmaxLossLayer"), [{ dim: [2] }]);
  assert.deepEqual(await labelOf("HDF5Data", "DistanceLayer"), [{ dim: [2, 5] }]);
});

Deno.test("a top whose shape nothing tells is an error", async () => {
  await assert.rejects(
    withMadeUpData(
      netFromText(`
      layer { name: "d" type: "Data" top: "data" top: "label" data_param { source: "mnist" } }
      layer { name: "p" type: "Power" bottom: "label" top: "p" }`),
      TRAIN,
    ),
    /Expected a layer that tells the shape of label but found none/,
  );
});

Deno.test("YOLO's objects are rows of a class and a centred box, for each image", async () => {
  const { label, l } = await run(`
    layer { name: "d" type: "AnnotatedData" top: "data" top: "label" transform_param { crop_size: 4 }
      annotated_data_param { yolo_data_type: 1 } data_param { source: "x" batch_size: 8 } }
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 14 kernel_size: 1 } }
    layer { name: "l" type: "Yolov3" bottom: "c" bottom: "label" top: "l"
      yolov3_param { num_class: 2 num: 2 biases: [1, 2, 3, 4] mask: [0, 1] anchors_scale: 1 } }`);
  assert.deepEqual(label!.shape, [2, 1, 3, 5]);
  assert.ok(l!.data[0]! > 0);
});

Deno.test("the losses of Synopsys' Caffe get objects by cells, of each grid that the data layer has", async () => {
  const { label, more, l } = await run(`
    layer { name: "d" type: "AnnotatedData" top: "data" top: "label" top: "more" transform_param { crop_size: 3 }
      data_param { source: "x" batch_size: 8 side: 3 side: 6 } }
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 14 kernel_size: 1 } }
    layer { name: "l" type: "YoloV2Loss" bottom: "c" bottom: "label" top: "l"
      yolo_v2_loss_param { num_classes: 2 num_object: 2 side: 3 anchors: [1, 2, 3, 4] } }`);
  assert.deepEqual([label!.shape, more!.shape], [[2, 63], [2, 252]]);
  assert.deepEqual(label!.data.slice(9, 18), [0, 0, 0, 0, 1, 0, 0, 0, 0]);
  assert.ok(l!.data[0]! > 0);
});

Deno.test("lanes have masks beside YOLO's objects, as large as what they are compared with", async () => {
  const { label, mask, l, s } = await run(`
    layer { name: "d" type: "LaneData" top: "data" top: "label" top: "mask" transform_param { crop_size: 4 } }
    layer { name: "c" type: "Convolution" bottom: "data" top: "c" convolution_param { num_output: 14 kernel_size: 1 } }
    layer { name: "m" type: "Convolution" bottom: "data" top: "m" convolution_param { num_output: 2 kernel_size: 2 } }
    layer { name: "l" type: "Yolov3" bottom: "c" bottom: "label" top: "l"
      yolov3_param { num_class: 2 num: 2 biases: [1, 2, 3, 4] mask: [0, 1] anchors_scale: 1 } }
    layer { name: "s" type: "YoloSeg" bottom: "m" bottom: "mask" top: "s" }`);
  assert.deepEqual(label!.shape, [2, 1, 3, 5]);
  assert.deepEqual(mask!.shape, [2, 2, 3, 3]);
  assert.ok(l!.data[0]! > 0 && s!.data[0]! > 0);
});

Deno.test("any layer without bottoms that is called after data is one, and a matrix of a loss is no file", async () => {
  const { data, label, l } = await run(`
    layer { name: "d" type: "SomeForksData" top: "data" top: "label" transform_param { crop_size: 3 } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 4 } }
    layer { name: "l" type: "InfogainLoss" bottom: "ip" bottom: "label" top: "l" infogain_loss_param { source: "nowhere" } }`);
  assert.deepEqual(data!.shape, [2, 3, 3, 3]);
  assert.deepEqual(label!.shape, [2]);
  assert.ok(Math.abs(l!.data[0]! - Math.log(4)) < 1e-5); // the identity: the softmax loss of equal scores
});

Deno.test("the data layer of Faster R-CNN gives one image, with its boxes and its size", async () => {
  const { data, im_info, gt_boxes, labels } = await run(`
    layer { name: "d" type: "Python" top: "data" top: "im_info" top: "gt_boxes"
      python_param { module: "roi_data_layer.layer" layer: "RoIDataLayer" param_str: "'num_classes': 21" } }
    layer { name: "s" type: "Convolution" bottom: "data" top: "score" convolution_param { num_output: 18 kernel_size: 16 stride: 16 } }
    layer { name: "t" type: "Python" bottom: "score" bottom: "gt_boxes" bottom: "im_info" bottom: "data"
      top: "labels" top: "targets" top: "inside" top: "outside"
      python_param { module: "rpn.anchor_target_layer" layer: "AnchorTargetLayer" param_str: "'feat_stride': 16" } }`);
  assert.deepEqual(data!.shape, [1, 3, 224, 224]);
  assert.deepEqual(im_info!.data, [224, 224, 1]);
  assert.deepEqual(gt_boxes!.shape, [3, 5]);
  assert.ok(labels!.data.includes(1));
});

Deno.test("images have the channels that are asked for, where their data layer does not say", async () => {
  const text = (more: string) =>
    netFromText(`layer { name: "d" type: "HDF5Data" top: "data" hdf5_data_param { source: "x" } ${more} }`);
  const channelsOf = async (more: string) =>
    (await withMadeUpData(text(more), TRAIN, { channels: 1 })).param.layer![0]!.input_param!.shape![0]!
      .dim![1];
  assert.equal(await channelsOf(""), 1);
  assert.equal(await channelsOf("transform_param { mean_value: 1 mean_value: 2 mean_value: 3 }"), 3);
});

Deno.test("each top of a data layer that a convolution takes is an image", async () => {
  const { color, depth } = await run(`
    layer { name: "d" type: "Python" top: "color" top: "depth" top: "label" python_param { module: "nyud_layers" layer: "NYUD" } }
    layer { name: "a" type: "Convolution" bottom: "color" top: "a" convolution_param { num_output: 2 kernel_size: 8 stride: 8 } }
    layer { name: "b" type: "Convolution" bottom: "depth" top: "b" convolution_param { num_output: 2 kernel_size: 8 stride: 8 } }
    layer { name: "s" type: "Eltwise" bottom: "a" bottom: "b" top: "s" }
    layer { name: "l" type: "SoftmaxWithLoss" bottom: "s" bottom: "label" top: "l" }`);
  assert.deepEqual(color!.shape, [2, 3, 224, 224]);
  assert.deepEqual(depth!.shape, [2, 3, 224, 224]);
});
