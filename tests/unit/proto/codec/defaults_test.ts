import assert from "node:assert/strict";
import { withDefaults } from "../../../../proto/codec/defaults.ts";

Deno.test("defaults are filled in, with their types", () => {
  const solver = withDefaults("SolverParameter", { base_lr: 0.1, type: "Adam" });
  const seed: number = solver.random_seed;
  assert.equal(seed, -1);
  assert.equal(solver.type, "Adam");
  assert.equal(solver.snapshot_format, "BINARYPROTO");
  assert.equal(solver.test_initialization, true);
  assert.equal(solver.momentum2, 0.999);
  assert.deepEqual(solver.test_iter, []);
  assert.equal(solver.max_iter, undefined);
});

Deno.test("enum defaults that are not the first value", () => {
  assert.equal(withDefaults("NetState").phase, "TEST");
  assert.equal(withDefaults("LossParameter").normalization, "VALID");
  assert.equal(withDefaults("EltwiseParameter").operation, "SUM");
  assert.equal(withDefaults("DataParameter").backend, "LEVELDB");
});

Deno.test("the message itself is not changed", () => {
  const message = {};
  withDefaults("PoolingParameter", message);
  assert.deepEqual(message, {});
});
