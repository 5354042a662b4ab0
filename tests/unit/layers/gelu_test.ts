import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertGradients, mappedNet } from "../script/modules/mapped_net.ts";

Deno.test("GELULayer has the exact values and gradient", async () => {
  using net = await mappedNet([2, 3, 5], "gelu.ts", "GELULayer");
  // From tables of the normal distribution.
  net.blob("x").data.set([0, 1, -1, 2, -3]);
  net.forward();
  const y = net.blob("y").data;
  for (const [i, value] of [0, 0.841345, -0.158655, 1.954500, -0.00404970].entries()) {
    assert.ok(Math.abs(y[i]! - value) < 1e-6, `${y[i]}`);
  }
  assertGradients(net);
});

Deno.test("GELULayer refuses to work in place", async () => {
  const url = new URL("../../../layers/gelu.ts", import.meta.url).href;
  await assert.rejects(
    Net.fromText(`layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
      layer { name: "act" type: "Script" bottom: "x" top: "x" script_param { module: "${url}" layer: "GELULayer" } }`),
    /another name/,
  );
});
