import { Engine } from "../engine.ts";
import { Ops } from "./ops.ts";

/**
 * Vector math on the default engine, which is loaded at the first use. `engine.ops` computes on another
 * engine, and `this.ops` in a layer on the engine that runs the layer's net.
 *
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * import { ops } from "./default_ops.ts";
 *
 * const x = new Float32Array([1, 2, 3]), y = new Float32Array([10, 20, 30]);
 * ops.axpy(2, x, y); // y = 2 x + y
 * deepEqual([...y], [12, 24, 36]);
 * equal(ops.dot(x, x), 14);
 *
 * // Scores of two items, three classes each.
 * const scores = new Float32Array([1, 1, 1, 0, 0, Math.log(2)]), p = new Float32Array(6);
 * ops.softmax({ outer: 2, axis: 3 }, scores, p);
 * deepEqual([...p].map((value) => value.toFixed(2)), ["0.33", "0.33", "0.33", "0.25", "0.25", "0.50"]);
 * ```
 */
export const ops: Ops = new Ops(
  () => Engine.open().symbols,
  (status) => Engine.open().check(status),
);
