/**
 * What libcaffe itself does not look at: it would compute something wrong, or write where it must not.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { CremaError } from "../../../base/error.ts";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { libcaffeTest } from "./libcaffe_built.ts";
import { input } from "./test_net.ts";

const pooled = (pool: string, shape: readonly number[], param: string): string =>
  `force_backward: true ${input(shape, "x")}
layer { name: "pool" type: "Pooling" bottom: "x" top: "y" pooling_param { pool: ${pool} ${param} } }`;

const OPTIONS = { engine: "libcaffe", phase: "TRAIN", seed: 1 } as const;

const OUTSIDE = /layer 'pool'.*: Expected every window to see the image but found the last of 5 along the/;

for (const pool of ["MAX", "AVE"]) {
  libcaffeTest(`${pool} pooling: a window wholly outside of the image is refused`, async () => {
    await assert.rejects(
      Net.fromText(pooled(pool, [2, 2, 11, 12], "kernel_size: 2 stride: 3"), OPTIONS),
      OUTSIDE,
    );
    await assert.rejects(Net.fromText(pooled(pool, [2, 2, 12, 11], "kernel_size: 2 stride: 3"), OPTIONS), {
      message: /along the height to begin at 12 of 12/,
    });
    // Padding makes libcaffe leave such a window out.
    for (const param of ["kernel_size: 2 stride: 3 pad_h: 1 pad_w: 0", "kernel_size: 3 stride: 3"]) {
      using net = await Net.fromText(pooled(pool, [2, 2, 12, 12], param), OPTIONS);
      net.forward();
      net.backward();
    }
  });

  libcaffeTest(`${pool} pooling: a reshape to such an image is refused, and the net goes on`, async () => {
    using net = await Net.fromText(pooled(pool, [2, 2, 11, 11], "kernel_size: 2 stride: 3"), OPTIONS);
    net.blob("x").data.fill(1);
    net.forward();
    net.blob("x").reshape(2, 2, 11, 12);
    assert.throws(() => net.reshape(), OUTSIDE);
    assert.throws(() => net.forward(), OUTSIDE);
    net.blob("x").reshape(2, 2, 11, 11);
    net.blob("x").data.fill(3);
    assert.deepEqual(new Set(net.forward()["y"]), new Set([3]));
    net.backward();
  });
}

libcaffeTest("a solver whose test net would pool outside of the image is refused", async () => {
  const net = (width: number) =>
    `layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 1 dim: 8 dim: ${width} } } }
     layer { name: "scale" type: "Scale" bottom: "x" top: "s" }
     layer { name: "pool" type: "Pooling" bottom: "s" top: "y" pooling_param { kernel_size: 2 stride: 3 } }
     layer { name: "loss" type: "Reduction" bottom: "y" top: "loss" loss_weight: 1 }`;
  await assert.rejects(
    Solver.fromText(
      `train_net_param { ${net(8)} } test_net_param { ${net(9)} } test_iter: 1 test_interval: 1 base_lr: 1
       lr_policy: "fixed" max_iter: 1`,
      { engine: "libcaffe" },
    ),
    /layer 'pool'/,
  );
});

libcaffeTest("MAX pooling of NaN alone runs forward, and is refused backward", async () => {
  using net = await Net.fromText(
    `${pooled("MAX", [1, 2, 4, 4], "kernel_size: 2 stride: 2")}
     layer { name: "relu" type: "ReLU" bottom: "y" top: "y" }`,
    OPTIONS,
  );
  const x = net.blob("x").data;
  x.fill(NaN);
  net.forward();
  assert.throws(
    () => net.backward(),
    /layer 'pool'.*: Expected every window to hold a number but found one with nothing but NaN/,
  );
  x.fill(1);
  net.forward();
  net.backward();
});

libcaffeTest(
  "backward without a forward of the same shapes is an error, in the embedded engine's words",
  async () => {
    const said = await Promise.all(["embedded", "libcaffe"].map(async (engine) => {
      using net = await Net.fromText(pooled("MAX", [1, 2, 4, 4], "kernel_size: 2 stride: 2"), {
        ...OPTIONS,
        engine,
      });
      const told = () => {
        try {
          net.handle.backward();
          return "";
        } catch (error) {
          return (error as CremaError).message;
        }
      };
      const messages = [told()];
      net.forward();
      messages.push(told());
      net.blob("x").reshape(3, 2, 8, 8);
      net.reshape();
      messages.push(told());
      net.forward();
      return [...messages, told()];
    }));
    assert.deepEqual(said[1], said[0]);
    assert.deepEqual(said[1]!.map((message) => /after a forward with the same shapes/.test(message)), [
      true,
      false,
      true,
      false,
    ]);
  },
);

interface LabelCase {
  what: string;
  /** The layer, over "x" of (4, 5) and "label" of (4). */
  layer: string;
  classes: number;
  /** A label that the layer leaves out. */
  ignored?: number;
  /** Whether the embedded engine has it, and says the same. */
  both: boolean;
  backward?: boolean;
}

const LABELLED: LabelCase[] = [
  { what: "SoftmaxWithLoss", layer: 'type: "SoftmaxWithLoss"', classes: 5, both: true, backward: true },
  {
    what: "SoftmaxWithLoss with an ignored label",
    layer: 'type: "SoftmaxWithLoss" loss_param { ignore_label: 255 }',
    classes: 5,
    ignored: 255,
    both: true,
    backward: true,
  },
  { what: "Accuracy", layer: 'type: "Accuracy"', classes: 5, both: true },
  {
    what: "Accuracy with an ignored label",
    layer: 'type: "Accuracy" accuracy_param { ignore_label: -1 }',
    classes: 5,
    ignored: -1,
    both: true,
  },
  { what: "HingeLoss", layer: 'type: "HingeLoss"', classes: 5, both: false, backward: true },
  {
    what: "MultinomialLogisticLoss",
    layer: 'type: "MultinomialLogisticLoss"',
    classes: 5,
    both: false,
    backward: true,
  },
  { what: "InfogainLoss", layer: 'type: "InfogainLoss"', classes: 5, both: false, backward: true },
];

/** The Scale layer is there to be learned: it makes the net run backward. */
const labelled = (layer: string): string => {
  const more = layer.includes("InfogainLoss") ? 'bottom: "h"' : "";
  return `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 4 dim: 5 } } }
layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 4 } } }
${more && 'layer { name: "h" type: "Input" top: "h" input_param { shape { dim: 1 dim: 1 dim: 5 dim: 5 } } }'}
layer { name: "scale" type: "Scale" bottom: "x" top: "s" }
layer { name: "loss" ${layer} bottom: "s" bottom: "label" ${more} top: "loss" }`;
};

for (const { what, layer, classes, ignored, both, backward = false } of LABELLED) {
  libcaffeTest(`labels out of range are an error: ${what}`, async () => {
    const wrong = [classes, -1, 1e9, NaN, -Infinity].filter((label) => label !== ignored);
    const said = await Promise.all((both ? ["libcaffe", "embedded"] : ["libcaffe"]).map(async (engine) => {
      using net = await Net.fromText(labelled(layer), { ...OPTIONS, engine });
      net.blob("x").data.fill(0.5);
      const label = net.blob("label").data;
      const run = () => {
        net.forward();
        if (backward) net.backward();
      };
      // A fraction is cut off: -0.5 is class 0.
      label.set([0, classes - 0.5, -0.5, ignored ?? 1]);
      run();
      const messages = wrong.map((value) => {
        label[2] = value;
        try {
          net.forward();
        } catch (error) {
          return (error as CremaError).message;
        }
        return "";
      });
      label[2] = 0;
      run();
      return messages;
    }));
    for (const [i, message] of said[0]!.entries()) {
      assert.match(
        message,
        /layer 'loss': Expected labels from 0 to 4 but found (5|-1|1e\+09|-?nan|-?inf)/,
        `${wrong[i]}`,
      );
    }
    if (both) assert.deepEqual(said[0], said[1]);
  });
}

libcaffeTest("labels that are changed between forward and backward are looked at again", async () => {
  using net = await Net.fromText(labelled('type: "SoftmaxWithLoss"'), OPTIONS);
  net.forward();
  net.blob("label").data[1] = 1000;
  assert.throws(() => net.backward(), /layer 'loss': Expected labels from 0 to 4 but found 1000/);
});

libcaffeTest("an index that Embed or BatchReindex does not have is an error", async () => {
  const layers = {
    embed: `${input([3], "i")}
      layer { name: "layer" type: "Embed" bottom: "i" top: "y"
        embed_param { num_output: 2 input_dim: 6 weight_filler { type: "xavier" } } }`,
    batch_reindex: `layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 6 dim: 2 } } } ${
      input([3], "i")
    }
      layer { name: "layer" type: "BatchReindex" bottom: "x" bottom: "i" top: "y" }`,
  };
  for (const [what, text] of Object.entries(layers)) {
    using net = await Net.fromText(text, OPTIONS);
    const indices = net.blob("i").data;
    indices.set([5, 0, 5]);
    net.forward();
    for (const wrong of [6, -1, NaN]) {
      indices[1] = wrong;
      assert.throws(() => net.forward(), /layer 'layer': Expected indices from 0 to 5 but found/, what);
    }
  }
});
