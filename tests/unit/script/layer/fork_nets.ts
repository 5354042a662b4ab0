// Prints what becomes of nets with fields of CREMA_PROTO: losses and outputs, or errors. type_param_test.ts runs it.
import { Net } from "../../../../net/net.ts";
import { solverFromText } from "../../../../proto/nets/read_solver.ts";
import { Solver } from "../../../../train/solver.ts";

const input = `layer { name: "in" type: "Input" top: "a" top: "b"
  input_param { shape { dim: 1 dim: 4 } shape { dim: 1 dim: 4 } } }\n`;

async function loss(more: string): Promise<number | string> {
  const text = `${input}layer { name: "l" type: "SmoothL1Loss" bottom: "a" bottom: "b" top: "l" ${more} }`;
  try {
    using net = await Net.fromText(text, { layers: ["crema/layers"], file: "net.prototxt" });
    return net.forward({ inputs: { a: [1, 0.2, 0.05, -2], b: [0, 0, 0, 0] } })["l"]![0]!;
  } catch (error) {
    return (error as Error).message;
  }
}

async function shape(more: string): Promise<readonly number[] | string> {
  const text = `layer { name: "in" type: "Input" top: "x" top: "r"
    input_param { shape { dim: 1 dim: 2 dim: 8 dim: 8 } shape { dim: 3 dim: 5 } } }
    layer { name: "p" type: "ROIPooling" bottom: "x" bottom: "r" top: "y" ${more} }`;
  try {
    using net = await Net.fromText(text, { layers: ["crema/layers"], file: "net.prototxt" });
    return net.blob("y").shape;
  } catch (error) {
    return (error as Error).message;
  }
}

async function built(layer: string): Promise<string> {
  try {
    using _net = await Net.fromText(input + layer, { file: "net.prototxt" });
    return "built";
  } catch (error) {
    return (error as Error).message;
  }
}

async function solved(more: string): Promise<string> {
  try {
    const text = `base_lr: 1 lr_policy: "fixed" ${more} net_param { ${input} layer { name: "ip"
      type: "InnerProduct" bottom: "a" top: "y" inner_product_param { num_output: 1 } } }`;
    using _solver = await Solver.create(solverFromText(text, "solver.prototxt"));
    return "built";
  } catch (error) {
    return (error as Error).message;
  }
}

const report = {
  losses: [
    await loss(""),
    await loss("smooth_l1_loss_param { sigma: 3 }"),
    await loss("script_param { param_str: '{\"sigma\": 3}' }"),
    await loss("smooth_l1_loss_param { sigma: 1 }"),
    await loss("\nsmooth_l1_loss_param {\n  sigma: 3\n  loss_weights: 2 }"),
    await loss("\nsmooth_l1_loss_param {\n  sigma: -3 }"),
    await loss("\nroi_pooling_param { pooled_h: 2 }"),
    await loss(`smooth_l1_loss_param { sigma: 3 } script_param { param_str: '{"sigma": 3}' }`),
  ],
  shapes: [
    await shape("roi_pooling_param { pooled_h: 2 pooled_w: 3 spatial_scale: 0.5 }"),
    await shape("roi_pooling_param { pooled_h: 2 }"),
  ],
  built: [
    await built(
      'layer { name: "d" type: "Dropout" bottom: "a" top: "y"\n dropout_param { dropout_ratio: 0.3 } }',
    ),
    await built(
      'layer { name: "d" type: "Dropout" bottom: "a" top: "y"\n dropout_param {\n  random_seed: 3 } }',
    ),
    await built('layer { name: "r" type: "ReLU" bottom: "a" top: "y" smooth_l1_loss_param { sigma: 3 } }'),
    await built(
      'layer { name: "e" type: "Eltwise" bottom: "a" bottom: "b" top: "y" eltwise_param { operation: MEAN } }',
    ),
  ],
  solved: [await solved(""), await solved("warm_restarts: 'yes'")],
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(report)));
