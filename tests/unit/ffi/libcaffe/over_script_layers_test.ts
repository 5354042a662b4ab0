/**
 * Layers that work in place over a script layer whose backward reads its top: both engines give the gradients
 * that they give when every layer has a top of its own.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { Net } from "../../../../net/net.ts";
import { assertClose } from "../assert_close.ts";
import { input } from "../test_net.ts";
import { libcaffeTest } from "./built.ts";

const LAYERS = `import { Layer } from "${new URL("../../../../mod.ts", import.meta.url)}";
export class ExpLayer extends Layer {
  reshape([x], [y]) { if (y !== x) y.reshapeLike(x); }
  forward([x], [y]) { const to = y.data; x.data.forEach((v, i) => { to[i] = Math.exp(v); }); }
  backward([y], [wanted], [x]) {
    if (!wanted) return;
    const { data, diff } = y, to = x.diff;
    for (let i = 0; i < to.length; i++) to[i] = diff[i] * data[i];
  }
}`;

const script = (name: string, bottom: string, top: string) =>
  `layer { name: "${name}" type: "Script" bottom: "${bottom}" top: "${top}"
     script_param { module: "./layers.ts" layer: "ExpLayer" } }`;

/** What stands between the script layer's top and the loss: "y", then each layer's bottom and top. */
const CHAINS: Record<string, (bottom: string, top: string) => string> = {
  relu: (bottom, top) =>
    `layer { name: "in" type: "ReLU" bottom: "${bottom}" top: "${top}" relu_param { negative_slope: 0.1 } }`,
  tanh: (bottom, top) => `layer { name: "in" type: "TanH" bottom: "${bottom}" top: "${top}" }`,
  dropout: (bottom, top) => `layer { name: "in" type: "Dropout" bottom: "${bottom}" top: "${top}" }`,
  scale: (bottom, top) =>
    `layer { name: "in" type: "Scale" bottom: "${bottom}" top: "${top}" scale_param { filler { value: -0.5 } } }`,
  "another script layer": (bottom, top) => script("in", bottom, top),
};

const values = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));

/** The loss, the values of "y" or what became of it, and the gradient of the convolution, of two passes. */
async function run(folder: string, engine: string, chain: string, top: string): Promise<number[]> {
  const text = `${input([2, 3, 2, 2], "x", "target")}
    layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
      convolution_param { num_output: 3 kernel_size: 1 } }
    ${script("exp", "conv", "y")} ${CHAINS[chain]!("y", top)}
    layer { name: "loss" type: "EuclideanLoss" bottom: "${top}" bottom: "target" top: "loss" }`;
  using net = await Net.fromText(text, {
    engine,
    phase: "TRAIN",
    seed: 3,
    file: join(folder, "net.prototxt"),
  });
  const [weights, biases] = net.layer("conv").blobs;
  weights!.write(values(9, 5));
  biases!.write(values(3, 2));
  const found: number[] = [];
  for (const pass of [0, 1]) {
    net.forward({ inputs: { x: values(24, pass), target: values(24, pass + 2) } });
    net.backward();
    found.push(net.loss, ...net.blob(top).read());
  }
  return [...found, ...weights!.read("diff"), ...biases!.read("diff")];
}

for (const chain of Object.keys(CHAINS)) {
  libcaffeTest(`${chain} in place over a script layer whose backward reads its top`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(join(folder, "layers.ts"), LAYERS);
      for (const engine of ["embedded", "libcaffe"]) {
        const beside = await run(folder, engine, chain, "z");
        assert.ok(beside.some((value) => value !== 0));
        assertClose(await run(folder, engine, chain, "y"), beside, 1e-5, engine);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
