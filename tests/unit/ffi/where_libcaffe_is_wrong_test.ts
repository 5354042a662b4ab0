/**
 * What libcaffe computes wrong, and the engine "libcaffe" refuses or mends: on the embedded engine each gradient agrees
 * with finite differences. docs/engines.md lists them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { input } from "./test_net.ts";

const values = (count: number, seed = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));

const CONV = `layer { name: "conv" type: "Convolution" bottom: "x" top: "y"
  convolution_param { num_output: 4 kernel_size: 1 } }`;
const LOSS = 'layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "target" top: "loss" }';
const LRN = 'type: "LRN" lrn_param { local_size: 3 alpha: 2 beta: 0.75 }';
const SCALE = 'type: "Scale" scale_param { filler { type: "constant" value: 1.5 } bias_term: true }';

interface Case {
  what: string;
  /** Layers from "x" to "loss", with a "target". */
  layers: string;
  shape: number[];
  targets?: number[];
  /** How many times forward and backward run, as under iter_size. Default 1. */
  passes?: number;
  /** The batch before the last forward; default the same. */
  before?: number;
}

const CASES: Case[] = [
  {
    what: "Flatten above Reshape",
    shape: [2, 3, 2, 2],
    targets: [2, 16],
    layers: `${CONV}
      layer { name: "r" type: "Reshape" bottom: "y" top: "r" reshape_param { shape { dim: 2 dim: 8 dim: 2 } } }
      layer { name: "f" type: "Flatten" bottom: "r" top: "f" } ${LOSS.replace('"y"', '"f"')}`,
  },
  {
    what: "Scale over a batch of one, gathered",
    shape: [1, 4, 2, 2],
    passes: 3,
    layers: `${CONV} layer { name: "s" ${SCALE} bottom: "y" top: "s" } ${LOSS.replace('"y"', '"s"')}`,
  },
  {
    what: "Scale over a batch of one in place, gathered",
    shape: [1, 4, 2, 2],
    passes: 3,
    layers: `${CONV} layer { name: "s" ${SCALE} bottom: "y" top: "y" } ${LOSS}`,
  },
  {
    what: "Scale with a value for each, gathered",
    shape: [2, 4, 2, 2],
    passes: 2,
    layers:
      `${CONV} layer { name: "s" type: "Scale" scale_param { axis: 0 num_axes: -1 } bottom: "y" top: "s" }
      ${LOSS.replace('"y"', '"s"')}`,
  },
  {
    what: "LRN under Scale in place",
    shape: [2, 4, 3, 3],
    layers: `${CONV} layer { name: "l" ${LRN} bottom: "y" top: "l" }
      layer { name: "s" ${SCALE} bottom: "l" top: "l" } ${LOSS.replace('"y"', '"l"')}`,
  },
  {
    what: "LRN in place",
    shape: [2, 4, 3, 3],
    layers: `${CONV} layer { name: "l" ${LRN} bottom: "y" top: "y" } ${LOSS}`,
  },
  {
    what: "Power in place",
    shape: [2, 4, 3, 3],
    layers: `${CONV}
      layer { name: "p" type: "Power" power_param { power: 3 scale: 0.5 shift: 4 } bottom: "y" top: "y" } ${LOSS}`,
  },
  {
    what: "Power of 1 in place",
    shape: [2, 4, 3, 3],
    layers: `${CONV} layer { name: "p" type: "Power" power_param { scale: 8 } bottom: "y" top: "y" } ${LOSS}`,
  },
  {
    what: "a loss weight on a top that grew",
    shape: [5, 4, 2, 2],
    before: 1,
    layers: `${CONV} layer { name: "loss" type: "Power" bottom: "y" top: "loss" loss_weight: 0.5 }`,
  },
];

for (
  const { what, layers, shape, targets = [shape[0]!, 4, ...shape.slice(2)], passes = 1, before } of CASES
) {
  Deno.test(`the embedded engine's gradients agree with finite differences: ${what}`, async () => {
    const text = `${input([before ?? shape[0]!, ...shape.slice(1)], "x")}
      layer { name: "target" type: "Input" top: "target"
        input_param { shape { ${targets.map((dim) => `dim: ${dim}`).join(" ")} } } } ${layers}`;
    using net = await Net.fromText(text, { engine: "embedded", phase: "TRAIN", seed: 1 });
    const weights = net.layer("conv").blobs[0]!;
    weights.write(values(weights.count, 5));
    net.forward();
    net.blob("x").reshape(...shape);
    net.blob("x").write(values(net.blob("x").count, 1));
    net.blob("target").write(values(net.blob("target").count, 2));
    net.clearParamDiffs();
    for (let pass = 0; pass < passes; pass++) {
      net.forward();
      net.backward();
    }
    const learned = net.layers.flatMap(({ name }) => net.layer(name).blobs.map((blob) => ({ name, blob })));
    for (const { name, blob } of learned) {
      const found = blob.read("diff");
      const step = 1e-2, scale = Math.max(...found.map(Math.abs));
      assert.ok(scale > 0, name);
      for (let i = 0; i < blob.count; i++) {
        const at = (move: number) => {
          const moved = blob.read();
          const kept = moved.slice();
          moved[i]! += move;
          blob.write(moved);
          net.forward();
          blob.write(kept);
          return net.loss;
        };
        const expected = passes * (at(step) - at(-step)) / (2 * step);
        assert.ok(Math.abs(found[i]! - expected) < 0.02 * scale, `${name} ${i}: ${found[i]} and ${expected}`);
      }
    }
  });
}
