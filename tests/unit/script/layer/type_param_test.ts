import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../../net/net.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

const contrastive = (more: string) =>
  `layer { name: "in" type: "Input" top: "a" top: "b" top: "same"
    input_param { shape { dim: 2 dim: 3 } shape { dim: 2 dim: 3 } shape { dim: 2 } } }
  layer { name: "l" type: "ContrastiveLoss" bottom: "a" bottom: "b" bottom: "same" top: "l" ${more} }`;

async function contrastiveLoss(more: string, engine: string, layers: string[]): Promise<number> {
  using net = await Net.fromText(contrastive(more), { engine, layers, file: "net.prototxt", phase: "TRAIN" });
  const inputs = { a: [1, 2, 3, 0, 0, 1], b: [0, 1, 1, 1, 0, 0], same: [1, 0] };
  return net.forward({ inputs })["l"]![0]!;
}

// What libcaffe gives.
const LOSSES = [
  ["", 1.5],
  ["contrastive_loss_param { }", 1.5],
  ["contrastive_loss_param { margin: 5 }", 4.714466094970703],
  ["contrastive_loss_param { margin: 5 legacy_version: true }", 2.25],
] as const;

Deno.test("a layer that claims a type takes the parameters of that type", async () => {
  for (const [more, loss] of LOSSES) {
    assert.equal(await contrastiveLoss(more, "embedded", ["crema/layers"]), loss, more);
  }
  const both = `contrastive_loss_param { margin: 5 } script_param { param_str: '{"legacy_version": true}' }`;
  assert.equal(await contrastiveLoss(both, "embedded", ["crema/layers"]), 2.25);
});

libcaffeTest("a layer that claims a type gives what libcaffe's own of that type gives", async () => {
  for (const [more, loss] of LOSSES) {
    assert.equal(await contrastiveLoss(more, "libcaffe", []), loss, more);
    assert.equal(await contrastiveLoss(more, "libcaffe", ["crema/layers"]), loss, more);
  }
});

Deno.test("a wrong value of a type's parameters is an error at its line", async () => {
  await assert.rejects(
    contrastiveLoss("contrastive_loss_param {\n margin: -2 }", "embedded", ["crema/layers"]),
    {
      message:
        /^net\.prototxt:4:2: layer 'l': Expected contrastive_loss_param as ContrastiveLossLayer takes it but found margin: /,
    },
  );
  await assert.rejects(
    contrastiveLoss(
      `\ncontrastive_loss_param {\n margin: 2 } script_param { param_str: '{"margin": 2}' }`,
      "embedded",
      ["crema/layers"],
    ),
    /^CremaError: net\.prototxt:5:2: layer 'l': Expected 'margin' in contrastive_loss_param or in param_str but found it in both/,
  );
});

const BODY = `reshape([x], [y]) { y.reshape(1); }
  forward(_, [y]) { y.data[0] = Number(this.value()); }`;

/** Makes a net with a layer of a class, whose fields of statics and methods these are; returns the layer's value. */
async function valueOf(body: string, layer: string): Promise<number> {
  const folder = await Deno.makeTempDir();
  try {
    const module = join(folder, "mine.js");
    await Deno.writeTextFile(module, `export class MineLayer { ${BODY} ${body} }`);
    const text = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 } } }
layer { name: "mine" bottom: "x" top: "y" ${layer} }`;
    using net = await Net.fromText(text, { layers: [module], file: "net.prototxt" });
    return net.forward()["y"]![0]!;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a class gets the parameters of its type whole, with their defaults", async () => {
  const pooling = `static type = "Pooling"; static typeParam = "pooling_param";
    value() { const { kernel_size, stride, pad, pool } = this.typeParam; return pool === "MAX" && pad === 0 ? 10 * kernel_size + stride : -1; }`;
  assert.equal(await valueOf(pooling, `type: "Pooling" pooling_param { kernel_size: 3 }`), 31);
  // Of a type that is named otherwise.
  const other = `static type = "DepthwiseConvolution"; static typeParam = "convolution_param";
    value() { return this.typeParam.num_output + this.typeParam.group / 2; }`;
  assert.equal(await valueOf(other, `type: "DepthwiseConvolution" convolution_param { num_output: 7 }`), 7.5);
  // No message of the schema belongs to the type.
  const none = `static type = "Mine"; value() { return this.typeParam === undefined ? 1 : 0; }`;
  assert.equal(await valueOf(none, `type: "Mine"`), 1);
});

Deno.test("fields that a class reads itself are declared by `static reads`", async () => {
  const reads = `static type = "Mine"; static reads = ["loss_param"];
    value() { return this.layerParam.loss_param.ignore_label; }`;
  assert.equal(await valueOf(reads, `type: "Mine" loss_param { ignore_label: 9 }`), 9);
});

Deno.test("a message that a class does not read is an error that names layer, message and line", async () => {
  const silent = `static type = "ReLU"; value() { return 1; }`;
  await assert.rejects(valueOf(silent, `type: "ReLU"\n relu_param { negative_slope: 0.1 }`), {
    message:
      "net.prototxt:3:2: layer 'mine': Expected fields that MineLayer reads but found relu_param with " +
      "'negative_slope'. It would be ignored. `static params` of the class takes its fields; " +
      '`static typeParam = "relu_param"` says that the class reads this.typeParam.',
  });
  await assert.rejects(valueOf(silent, `type: "ReLU"\n loss_param { ignore_label: 1 }`), {
    message:
      "net.prototxt:3:2: layer 'mine': Expected fields that MineLayer reads but found loss_param with " +
      "'ignore_label'. It would be ignored. `static reads = [\"loss_param\"]` says that the class reads it " +
      "from this.layerParam.",
  });
  assert.equal(await valueOf(silent, `type: "ReLU" relu_param { }`), 1, "nothing is ignored");
});

Deno.test("a field that a schema strips is an error", async () => {
  const schema = `static type = "ReLU"; static params = { "~standard": { version: 1, vendor: "test",
    validate: ({ negative_slope = 0.5 }) => ({ value: { negative_slope } }) } }; value() { return this.param.negative_slope; }`;
  assert.equal(await valueOf(schema, `type: "ReLU" relu_param { negative_slope: 0.25 }`), 0.25);
  await assert.rejects(
    valueOf(schema, `type: "ReLU" relu_param { negative_slope: 0.25\n engine: CAFFE }`),
    /^CremaError: net\.prototxt:3:2: layer 'mine': Expected fields of relu_param that MineLayer reads but found 'engine'/,
  );
  // The message's default counts where the class has another.
  assert.equal(await valueOf(schema, `type: "ReLU"`), 0);
});

const FORK = `syntax = "proto2"; package caffe;
message LayerParameter { optional ROIPoolingParameter roi_pooling_param = 8266711;
  optional SmoothL1LossParameter smooth_l1_loss_param = 8266712; }
message ROIPoolingParameter { optional uint32 pooled_h = 1 [default = 0]; optional uint32 pooled_w = 2 [default = 0];
  optional float spatial_scale = 3 [default = 1]; }
message SmoothL1LossParameter { optional float sigma = 1 [default = 2]; optional float loss_weights = 2; }
message DropoutParameter { optional int64 random_seed = 2 [default = -1]; }
message EltwiseParameter { enum EltwiseOp { MEAN = 3; } }
message SolverParameter { optional string warm_restarts = 90; }`;

Deno.test("CREMA_PROTO: fields are read by the layer that claims the type, and refused where nobody reads them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "fork.proto"), FORK);
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", new URL("fork_nets.ts", import.meta.url).href],
      env: { CREMA_PROTO: join(folder, "fork.proto"), NO_COLOR: "1" },
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    const { losses, shapes, built, solved } = JSON.parse(new TextDecoder().decode(stdout));
    const [none, three, script, one, unknown, negative, foreign, twice] = losses;
    // sigma is 2 by the fork's default, 3, and 1: the terms are |d| − 1/(2 sigma²), or (sigma d)²/2 for small d.
    const huber = (sigma: number) =>
      [1, 0.2, 0.05, 2].reduce(
        (sum, d) => sum + (d < 1 / sigma ** 2 ? (sigma * d) ** 2 / 2 : d - 0.5 / sigma ** 2),
        0,
      );
    assert.deepEqual(
      [none, three, script, one].map((loss) => loss.toFixed(5)),
      [2, 3, 3, 1].map((sigma) => huber(sigma).toFixed(5)),
    );
    assert.match(
      unknown,
      /^net\.prototxt:6:3: layer 'l': Expected smooth_l1_loss_param as SmoothL1LossLayer takes it but found .*"loss_weights"/,
    );
    assert.match(negative, /^net\.prototxt:5:3: layer 'l': Expected smooth_l1_loss_param .* found sigma: /);
    assert.match(
      foreign,
      /^net\.prototxt:4:1: layer 'l': Expected fields that SmoothL1LossLayer reads but found roi_pooling_param with 'pooled_h'/,
    );
    assert.match(twice, /Expected 'sigma' in smooth_l1_loss_param or in param_str but found it in both/);

    assert.deepEqual(shapes[0], [3, 2, 2, 3]);
    assert.match(shapes[1], /Expected .* as ROIPoolingLayer takes it but found pooled_w: /);

    const [plain, field, message, value] = built;
    assert.equal(plain, "built");
    const of = (what: string, whose = "a fork of Caffe") =>
      `Expected a field that the engine 'embedded' knows but found ${what} of ${whose}. It would be ignored.`;
    assert.ok(
      field.startsWith(`net.prototxt:5:3: layer 'd': ${of("DropoutParameter.random_seed")}`),
      field,
    );
    assert.ok(message.includes(`layer 'r': ${of("LayerParameter.smooth_l1_loss_param")}`), message);
    assert.ok(value.includes(`layer 'e': ${of("EltwiseParameter.operation: MEAN", "CREMA_PROTO")}`), value);
    assert.equal(solved[0], "built");
    assert.ok(
      solved[1].startsWith(`solver.prototxt:1:`) &&
        solved[1].includes(of("SolverParameter.warm_restarts", "CREMA_PROTO")),
      solved[1],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
