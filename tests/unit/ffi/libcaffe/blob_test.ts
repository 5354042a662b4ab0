import assert from "node:assert/strict";
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";
import { libcaffeTest } from "./built.ts";
import { input } from "../test_net.ts";

const NET = `${input([2, 3], "x")}
layer { name: "made" type: "DummyData" top: "made" dummy_data_param { shape { dim: 2 } } }
layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y"
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } } }
layer { name: "own" type: "Script" bottom: "y" top: "z"
  script_param { module: "crema/layers" layer: "GELULayer" } }`;

/** The error of reshaping a blob; "" when it succeeds. */
function reshaping(reshape: () => void): string {
  try {
    reshape();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

libcaffeTest(
  "parameters and tops of libcaffe's layers keep their shapes, with the embedded engine's message",
  async () => {
    const said = await Promise.all(["embedded", "libcaffe"].map(async (engine) => {
      using net = await Net.fromText(NET, { engine, seed: 1 });
      const parameter = net.params.get("ip")![0]!;
      assert.equal(reshaping(() => parameter.reshape(4, 3)), "");
      const refused = [
        reshaping(() => parameter.reshape(50, 50)),
        reshaping(() => parameter.reshape(3, 4)),
        reshaping(() => net.blob("y").reshape(2, 5)),
      ];
      assert.deepEqual(parameter.shape, [4, 3]);
      // Inputs, and the tops of script layers, may be reshaped from outside.
      for (const name of ["x", "made", "z"]) {
        assert.equal(reshaping(() => net.blob(name).reshape(5, 3)), "", name);
      }
      net.reshape();
      assert.deepEqual(net.blob("z").shape, [5, 4]);
      net.forward();
      return refused;
    }));
    assert.match(said[0]![0]!, /to keep its shape \(4, 3\) but found \(50, 50\)/);
    assert.deepEqual(said[1], said[0]);
  },
);

libcaffeTest("a solver steps on after one of its parameters was refused another shape", async () => {
  using solver = await Solver.fromText(
    `net_param { ${NET} layer { name: "loss" type: "EuclideanLoss" bottom: "z" bottom: "y" top: "loss" } }
     base_lr: 0.01 momentum: 0.9 lr_policy: "fixed" max_iter: 5`,
    { engine: "libcaffe" },
  );
  solver.step();
  assert.throws(() => solver.net.params.get("ip")![0]!.reshape(500, 500), /to keep its shape/);
  assert.ok(Number.isFinite(solver.step()));
});

libcaffeTest("a blob that was never shaped is empty, as on the embedded engine", async () => {
  for (const engine of ["embedded", "libcaffe"]) {
    using net = await Net.fromText('layer { name: "x" type: "Input" top: "x" }', { engine });
    const x = net.blob("x");
    assert.deepEqual([x.shape, x.count, x.data.length, x.diff.length, x.read().length], [[0], 0, 0, 0, 0]);
    net.forward();
    x.reshape(2);
    assert.equal(x.data.length, 2);
  }
});
