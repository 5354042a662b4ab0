import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, assertGradients, libraryNet } from "./library_net.ts";

const A = [3, -2, 0.5, 4, 1, -6], B = [2, -4, 1];
const EXPECTED: Record<number, (a: number, b: number) => number> = {
  0: (a, b) => a * b,
  1: (a, b) => 2 * a - 0.5 * b,
  2: Math.max,
  3: (a, b) => a / b,
  4: Math.min,
};

for (const [operation, expected] of Object.entries(EXPECTED)) {
  Deno.test(`BroadcastEltwise, operation ${operation}: values and gradients of both, the second repeated`, async () => {
    using net = await libraryNet({
      type: "BroadcastEltwise",
      bottoms: { a: [2, 3], b: [3] },
      param: { operation: Number(operation), coeff: [2, -0.5] },
      loss: true,
    });
    net.forward({ inputs: { a: A, b: B } });
    assertClose(net.blob("top").data, A.map((a, i) => expected(a, B[i % 3]!)));
    assertGradients(net, ["a", "b"]);
  });
}

Deno.test("eltwise.Eltwise of Python has its parameters as a dictionary", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "a" top: "b" input_param { shape { dim: 2 dim: 3 } shape { dim: 3 } } }
    layer { name: "e" type: "Python" bottom: "a" bottom: "b" top: "y" python_param { module: "eltwise" layer: "Eltwise"
      param_str: "{\\'operation\\': 1, \\'coeff\\': [1, 1]}" } }`,
  );
  net.forward({ inputs: { a: A, b: B } });
  assertClose(net.blob("y").data, A.map((a, i) => a + B[i % 3]!));
  await assert.rejects(
    libraryNet({ type: "BroadcastEltwise", bottoms: { a: [2], b: [3] }, param: { operation: 5 } }),
    /operation/,
  );
});
