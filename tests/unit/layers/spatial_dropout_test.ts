import assert from "node:assert/strict";
import { Net } from "../../../net/net.ts";
import { assertClose, assertGradients, libraryNet } from "./library_net.ts";

Deno.test("SpatialDropout: whole channels of each item, scaled, and their gradients", async () => {
  using net = await libraryNet({
    type: "SpatialDropout",
    bottoms: { x: [50, 20, 2, 1] },
    more: "dropout_param { dropout_ratio: 0.2 }",
    loss: true,
  });
  net.blob("x").data.fill(2);
  net.forward();
  net.backward();
  const y = [...net.blob("top").data], diff = net.blob("x").diff;
  let lost = 0;
  for (let c = 0; c < y.length; c += 2) {
    assert.equal(y[c], y[c + 1]);
    assertClose([diff[c]!], [y[c]! * (y[c] === 0 ? 0 : 1.25)]);
    if (y[c] === 0) lost++;
    else assertClose([y[c]!], [2.5]);
  }
  // Of 1000 channels about 200 are lost: within four standard deviations.
  assert.ok(lost > 150 && lost < 250, `${lost}`);
  net.forward();
  assert.notDeepEqual([...net.blob("top").data], y);
  using test = await libraryNet({
    type: "SpatialDropout",
    bottoms: { x: [2, 3] },
    phase: "TEST",
    loss: true,
  });
  test.forward();
  assert.deepEqual(test.blob("top").data, test.blob("x").data);
  assertGradients(test, ["x"]);
});

Deno.test("SpatialDropout of ENet's Python layer scales in TEST too", async () => {
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
    layer { name: "drop" type: "Python" bottom: "x" top: "y" python_param { module: "spatial_dropout"
      layer: "SpatialDropoutLayer" param_str: "{\\'phase\\': \\'TEST\\', \\'p\\': \\'0.2\\'}" } }`,
    { phase: "TRAIN" },
  );
  net.forward({ inputs: { x: [4, -8] } });
  assertClose(net.blob("y").data, [5, -10]);
  await assert.rejects(
    libraryNet({
      type: "SpatialDropout",
      bottoms: { x: [2, 3] },
      more: "dropout_param { dropout_ratio: 1 }",
    }),
    /dropout_ratio between 0 and 1 but found 1/,
  );
  await assert.rejects(
    libraryNet({ type: "SpatialDropout", bottoms: { x: [2] } }),
    /\(N, C, …\) but found \(2\)/,
  );
});
