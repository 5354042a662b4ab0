import assert from "node:assert/strict";
import { exp32 } from "../../../../layers/shared/exp32.ts";
import { softmax, softmaxShape } from "../../../../layers/shared/softmax.ts";
import { Net } from "../../../../net/net.ts";

Deno.test("exp32 is within half a unit in the last place of e^x", () => {
  for (let x = -87; x < 88; x += 0.0137) {
    const exact = Math.exp(x), unit = 2 ** (Math.floor(Math.log2(exact)) - 23);
    assert.ok(Math.abs(exp32(x) - exact) <= 0.51 * unit, `exp32(${x})`);
  }
  assert.equal(exp32(-Infinity), 0);
  assert.equal(exp32(-103), 2 ** -149);
  assert.equal(exp32(Infinity), Infinity);
  assert.equal(exp32(100), Infinity);
  assert.ok(Number.isNaN(exp32(NaN)));
});

Deno.test("the softmax has the same bits as the embedded engine's, over any axis", async () => {
  const shape = [3, 17, 5];
  for (const axis of [0, 1, 2, -1]) {
    const text = `layer { name: "in" type: "Input" top: "x"
        input_param { shape { ${shape.map((size) => `dim: ${size}`).join(" ")} } } }
      layer { name: "p" type: "Softmax" bottom: "x" top: "p" softmax_param { axis: ${axis} } }`;
    using net = await Net.fromText(text, { engine: "embedded" });
    const x = Float32Array.from({ length: 255 }, (_, i) => 20 * Math.sin(i * i));
    const p = new Float32Array(255);
    softmax(x, p, softmaxShape(shape, axis));
    assert.deepEqual(p, net.forward({ inputs: { x } })["p"]!.slice(), `axis ${axis}`);
  }
  assert.throws(() => softmaxShape(shape, 3), /Expected an axis of a blob of shape \(3, 17, 5\) but found 3/);
});
