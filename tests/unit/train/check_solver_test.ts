import assert from "node:assert/strict";
import { Solver, train } from "../../../train/mod.ts";

const NET = `net_param {
  layer { name: "in" type: "DummyData" top: "x" dummy_data_param { shape { dim: 2 dim: 3 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" loss_weight: 1
    inner_product_param { num_output: 2 } param { lr_mult: LR } param { lr_mult: LR } } }`;

/** Makes a solver, its fields from line 1 on, and trains it. */
async function run(fields: string, lrMult = 1) {
  using solver = await Solver.fromText(`${fields}\n${NET.replaceAll("LR", String(lrMult))}`, {
    file: "s.prototxt",
    threads: 1,
  });
  return await Array.fromAsync(train(solver));
}

Deno.test("a solver's mistakes have file and line, and what was likely meant", async () => {
  const rest = "max_iter: 1 snapshot_after_train: false";
  const cases: [fields: string, message: RegExp][] = [
    [
      `base_lr: 1\nlr_policy: "stp"\n${rest}`,
      /^s\.prototxt:2:1: Expected an lr_policy .*found 'stp'\. Did you mean 'step'\?$/,
    ],
    [
      `base_lr: 1\nlr_policy: "fixed"\ntype: "Adma"\n${rest}`,
      /^s\.prototxt:3:1: Expected .*'Adma'\. Did you mean 'Adam'\?$/,
    ],
    [`base_lr: 1\nlr_policy: "step"\n${rest}`, /^s\.prototxt:2:1: Expected a stepsize/],
    [`base_lr: 1\nlr_policy: "step"\nstepsize: 0\n${rest}`, /^s\.prototxt:3:1: Expected a stepsize/],
    [`lr_policy: "fixed"\n${rest}`, /^s\.prototxt:1:1: Expected base_lr .*found none\. Add `base_lr: 0\.01`/],
    [`base_lr: 1\n${rest}`, /^s\.prototxt:1:1: Expected lr_policy .*found none\. Add `lr_policy: "fixed"`/],
    [`base_lr: 1 lr_policy: "fixed" snapshot_after_train: false`, /^s\.prototxt:1:1: Expected max_iter/],
    [
      `base_lr: 1 lr_policy: "multistep"\nstepvalue: 10\nstepvalue: 30\nstepvalue: 20\n${rest}`,
      /^s\.prototxt:4:1: Expected stepvalues in ascending order but found 20 after 30/,
    ],
    [`base_lr: 1 lr_policy: "fixed"\niter_size: 0\n${rest}`, /^s\.prototxt:2:1: Expected an iter_size/],
    [`base_lr: 1 lr_policy: "fixed"\nregularization_type: "L3"\n${rest}`, /^s\.prototxt:2:1: .*'L3'/],
  ];
  for (const [fields, message] of cases) await assert.rejects(run(fields), { message });
});

Deno.test("a net with nothing to learn is told at the start", async () => {
  const fields = 'base_lr: 1 lr_policy: "fixed" max_iter: 1 snapshot_after_train: false';
  const warnings = async (lrMult: number) =>
    (await run(fields, lrMult)).flatMap((event) => event.type === "warning" ? [event.message] : []);
  assert.match((await warnings(0)).join(), /^No layer of the net has a parameter whose lr_mult is not 0/);
  assert.deepEqual(await warnings(1), []);
});
