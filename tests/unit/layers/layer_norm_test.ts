import assert from "node:assert/strict";
import { assertGradients, mappedNet } from "../script/modules/mapped_net.ts";

for (
  const [shape, param] of [
    [[3, 5], {}],
    [[2, 3, 4], {}],
    [[2, 3, 4], { axis: 1 }],
    [[2, 3, 4], { axis: -2, affine: false, epsilon: 0.1 }],
    [[37, 6], {}],
  ] as [number[], { axis?: number; affine?: boolean; epsilon?: number }][]
) {
  const text = `${JSON.stringify(param)} on (${shape.join(", ")})`;
  Deno.test(`LayerNormLayer normalizes and has the gradients of its loss, ${text}`, async () => {
    using net = await mappedNet(shape, "layer_norm.ts", "LayerNormLayer", param);
    net.forward();
    const [x, y] = [net.blob("x").data, net.blob("y").data];
    const axis = ((param.axis ?? -1) + shape.length) % shape.length;
    const columns = shape.slice(axis).reduce((a, b) => a * b);
    const epsilon = param.epsilon ?? 1e-5;
    for (let row = 0; row < x.length; row += columns) {
      const values = [...x.subarray(row, row + columns)];
      const mean = values.reduce((a, b) => a + b) / columns;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / columns;
      for (let i = 0; i < columns; i++) {
        assert.ok(Math.abs(y[row + i]! - (values[i]! - mean) / Math.sqrt(variance + epsilon)) < 1e-5);
      }
    }
    const learned = net.handle.learnable;
    assert.equal(learned.length, param.affine === false ? 0 : 2);
    for (const { blob } of learned) {
      assert.deepEqual(blob.shape, shape.slice(axis));
      for (let i = 0; i < blob.data.length; i++) blob.data[i]! += Math.sin(i + 1) / 2;
    }
    assertGradients(net);
  });
}

Deno.test("LayerNormLayer refuses wrong axes and shapes", async () => {
  await assert.rejects(
    mappedNet([2, 3], "layer_norm.ts", "LayerNormLayer", { axis: 2 }),
    /axis from -2 to 1 but found 2/,
  );
  await assert.rejects(mappedNet([2, 3], "layer_norm.ts", "LayerNormLayer", { epsilon: 0 }), /epsilon/);
  using net = await mappedNet([2, 3], "layer_norm.ts", "LayerNormLayer");
  net.blob("x").reshape(2, 4);
  net.blob("t").reshape(2, 4);
  assert.throws(() => net.forward(), /Expected 3 values to normalize/);
});
