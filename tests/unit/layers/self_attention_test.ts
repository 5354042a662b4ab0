import assert from "node:assert/strict";
import { assertGradients, mappedNet } from "../script/modules/mapped_net.ts";

/** The formula in double precision, position by position. */
function reference(
  x: ArrayLike<number>,
  [items, places, features]: readonly [number, number, number],
  params: readonly ArrayLike<number>[],
  { heads = 1, causal = false },
): number[] {
  const [wide, out, wideBias, outBias] = params;
  const size = features / heads;
  const project = (n: number, t: number, column: number) => {
    let sum = wideBias?.[column] ?? 0;
    for (let i = 0; i < features; i++) {
      sum += x[(n * places + t) * features + i]! * wide![i * 3 * features + column]!;
    }
    return sum;
  };
  const y: number[] = [];
  for (let n = 0; n < items; n++) {
    for (let t = 0; t < places; t++) {
      const attended: number[] = [];
      for (let h = 0; h < heads; h++) {
        const scores = Array.from({ length: causal ? t + 1 : places }, (_, s) => {
          let score = 0;
          for (let i = 0; i < size; i++) {
            score += project(n, t, h * size + i) * project(n, s, features + h * size + i);
          }
          return Math.exp(score / Math.sqrt(size));
        });
        const sum = scores.reduce((a, b) => a + b);
        for (let i = 0; i < size; i++) {
          attended.push(
            scores.reduce((a, score, s) => a + score / sum * project(n, s, 2 * features + h * size + i), 0),
          );
        }
      }
      for (let j = 0; j < features; j++) {
        y.push(attended.reduce((a, value, i) => a + value * out![i * features + j]!, outBias?.[j] ?? 0));
      }
    }
  }
  return y;
}

for (
  const [shape, param] of [
    [[2, 3, 4], {}],
    [[2, 5, 6], { heads: 3 }],
    [[1, 4, 4], { heads: 2, causal: true }],
    [[3, 1, 2], { bias: false, causal: true }],
  ] as [[number, number, number], { heads?: number; causal?: boolean; bias?: boolean }][]
) {
  const text = `${JSON.stringify(param)} on (${shape.join(", ")})`;
  Deno.test(`SelfAttentionLayer follows its formula, ${text}`, async () => {
    using net = await mappedNet(shape, "self_attention.ts", "SelfAttentionLayer", param);
    const params = net.handle.learnable.map(({ blob }) => blob);
    assert.equal(params.length, param.bias === false ? 2 : 4);
    for (const [k, { data }] of params.entries()) {
      for (let i = 0; i < data.length; i++) data[i] = Math.cos(3 * i * i + k) / 2;
    }
    net.forward();
    const expected = reference(net.blob("x").data, shape, params.map(({ data }) => data), param);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs(net.blob("y").data[i]! - value) < 1e-4, `${i}`);
    }
    assertGradients(net);
  });
}

Deno.test("SelfAttentionLayer takes batches of changing size", async () => {
  using net = await mappedNet([2, 3, 4], "self_attention.ts", "SelfAttentionLayer", { heads: 2 });
  net.forward();
  for (const [items, places] of [[3, 3], [1, 7], [2, 3]] as const) {
    for (const name of ["x", "t"]) net.blob(name).reshape(items, places, 4);
    net.blob("x").data.fill(0.5);
    net.forward();
    const y = net.blob("y").data;
    // Equal positions attend equally.
    for (let i = 4; i < y.length; i++) assert.ok(Math.abs(y[i]! - y[i % 4]!) < 1e-6);
  }
});

Deno.test("SelfAttentionLayer refuses wrong shapes and heads", async () => {
  const make = (shape: number[], param: unknown) =>
    mappedNet(shape, "self_attention.ts", "SelfAttentionLayer", param);
  await assert.rejects(make([2, 4], {}), /shape \(N, T, D\) but found \(2, 4\)/);
  await assert.rejects(make([2, 3, 4], { heads: 3 }), /heads to divide 4 features but found 3/);
  await assert.rejects(make([2, 3, 4], { heads: 0 }), /heads/);
  await assert.rejects(make([2, 3, 4], { head: 2 }), /head/);
  using net = await make([2, 3, 4], {});
  for (const name of ["x", "t"]) net.blob(name).reshape(2, 3, 5);
  assert.throws(() => net.forward(), /Expected 4 features/);
});
