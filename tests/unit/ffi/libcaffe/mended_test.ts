/**
 * Where libcaffe's own layers overwrite memory, and the shim mends it: the engine "libcaffe" computes what the
 * embedded engine does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";
import { assertClose } from "../assert_close.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

const values = (count: number, seed = 0) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));

/** Scale layers whose gradient libcaffe writes over what was gathered before. */
const SCALES: [what: string, shape: number[], param: string][] = [
  ["a batch of one", [1, 3, 2, 2], ""],
  ["a batch of one without more axes", [1, 3], ""],
  ["axis 0", [2, 3, 2], "axis: 0 num_axes: 1"],
  ["every value its own", [2, 3], "axis: 0 num_axes: -1"],
  ["one value for all", [2, 3], "num_axes: 0"],
  ["a larger batch", [3, 3, 2, 2], ""],
];

for (const [what, shape, param] of SCALES) {
  for (const top of ["x2", "y"]) {
    libcaffeTest(
      `Scale gathers its gradient over iter_size and by backward: ${what}, ${
        top === "y" ? "in place" : "beside"
      }`,
      async () => {
        const text = `net_param { ${input(shape, "x", "target")}
          layer { name: "power" type: "Power" bottom: "x" top: "y" }
          layer { name: "scale" type: "Scale" bottom: "y" top: "${top}" scale_param { bias_term: true ${param} } }
          layer { name: "loss" type: "EuclideanLoss" bottom: "${top}" bottom: "target" top: "loss" } }
          base_lr: 0.1 lr_policy: "fixed" iter_size: 3 max_iter: 9`;
        const all = await Promise.all(["embedded", "libcaffe"].map(async (engine) => {
          using solver = await Solver.fromText(text, { engine });
          const { net } = solver;
          net.blob("x").write(values(net.blob("x").count));
          solver.step();
          const trained = net.layer("scale").blobs.map((blob) => blob.read());
          net.clearParamDiffs();
          net.forward();
          net.backward();
          net.backward(); // The values of the bottom must still be there.
          return [...trained, ...net.layer("scale").blobs.map((blob) => blob.read("diff"))];
        }));
        for (const [i, expected] of all[0]!.entries()) assertClose(all[1]![i]!, expected, 1e-5, `${i}`);
      },
    );
  }
}

libcaffeTest(
  "ContrastiveLoss follows its bottoms to a larger and a smaller batch, and other sizes",
  async () => {
    const text = `force_backward: true ${input([2, 3], "a", "b")}
    layer { name: "similar" type: "Input" top: "similar" input_param { shape { dim: 2 } } }
    layer { name: "loss" type: "ContrastiveLoss" bottom: "a" bottom: "b" bottom: "similar" top: "loss" }`;
    using net = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN" });
    for (const [items, sizes] of [[2, 3], [5000, 7], [1, 2]] as const) {
      const a = values(items * sizes), b = values(items * sizes, 2);
      for (const [name, data] of [["a", a], ["b", b]] as const) {
        net.blob(name).reshape(items, sizes);
        net.blob(name).write(data);
      }
      net.blob("similar").reshape(items);
      net.blob("similar").data.fill(1);
      net.forward();
      net.backward();
      const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
      assertClose([net.loss], [squares / items / 2], 1e-4, "loss");
      assertClose(net.blob("a").read("diff"), a.map((value, i) => (value - b[i]!) / items), 1e-4, "a");
    }
  },
);

libcaffeTest("a loss keeps its weight when its top grows", async () => {
  const text = `force_backward: true ${input([2, 3], "x")}
    layer { name: "loss" type: "Power" bottom: "x" top: "loss" loss_weight: 0.5 }`;
  const all = await Promise.all(["embedded", "libcaffe"].map(async (engine) => {
    using net = await Net.fromText(text, { engine, phase: "TRAIN" });
    net.blob("x").reshape(50, 3);
    net.forward();
    net.backward();
    return net.blob("x").read("diff");
  }));
  assert.deepEqual(new Set(all[1]), new Set([0.5]));
  assert.deepEqual(all[1], all[0]);
});

libcaffeTest("HingeLoss is refused a second backward, for which it kept nothing", async () => {
  const text = `force_backward: true ${input([2, 3], "x")}
    layer { name: "label" type: "Input" top: "label" input_param { shape { dim: 2 } } }
    layer { name: "loss" type: "HingeLoss" bottom: "x" bottom: "label" top: "loss" }`;
  using net = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN" });
  net.forward();
  net.backward();
  assert.throws(() => net.backward(), /layer 'loss': Expected a forward before another backward/);
  net.forward();
  net.backward();
});
