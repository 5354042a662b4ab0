import assert from "node:assert/strict";
import type { ConfusionMatrixLayer } from "../../../layers/confusion_matrix.ts";
import { assertClose, libraryNet, patternless } from "./library_net.ts";

Deno.test("L2Normalize: worked example, in place, zero vectors", async () => {
  using net = await libraryNet({ type: "L2Normalize", bottoms: { x: [2, 2] } });
  assertClose(net.forward({ inputs: { x: [3, 4, 0, 0] } })["top"]!, [0.6, 0.8, 0, 0]);
  using inPlace = await libraryNet({ type: "L2Normalize", bottoms: { x: [2, 2] }, tops: ["x"] });
  assertClose(inPlace.forward({ inputs: { x: [3, 4, 5, 12] } })["x"]!, [0.6, 0.8, 5 / 13, 12 / 13]);
  await assert.rejects(libraryNet({ type: "L2Normalize", bottoms: { x: [2] }, param: { axis: 1 } }), /axis/);
});

// Half the sum of squares, the loss that libraryNet adds, is constant for a unit vector.
Deno.test("L2Normalize: gradients along every axis", async () => {
  const target = patternless(24, 7);
  for (const axis of [0, 1, -1]) {
    using net = await libraryNet({ type: "L2Normalize", bottoms: { x: [3, 4, 2] }, param: { axis } });
    const x = net.blob("x").data;
    for (const i of x.keys()) x[i]! += 2; // short vectors turn fast
    const loss = () => net.forward()["top"]!.reduce((sum, value, i) => sum + value * target[i]!, 0);
    loss();
    net.backward({ outputs: { top: target } });
    const gradient = net.blob("x").diff.slice();
    for (const [i, value] of gradient.entries()) {
      const at = x[i]!;
      const side = (step: number) => (x[i] = at + step, loss());
      assertClose([value], [(side(0.005) - side(-0.005)) / 0.01], 2e-3);
      x[i] = at;
    }
  }
});

Deno.test("ConfusionMatrix: counts of a batch, fractions, sums over batches", async () => {
  const bottoms = { x: [3, 2], t: [3] };
  using net = await libraryNet({ type: "ConfusionMatrix", bottoms });
  const inputs = { x: [1, 0, 0, 1, 1, 1], t: [0, 0, 1] };
  assert.deepEqual([...net.forward({ inputs })["top"]!], [1, 1, 1, 0]);
  net.forward();
  const layer = net.layers.find(({ name }) => name === "layer")!.layer as ConfusionMatrixLayer;
  assert.deepEqual([...layer.counts], [2, 2, 2, 0]);
  layer.reset();
  assert.deepEqual([...layer.counts], [0, 0, 0, 0]);
  using shares = await libraryNet({
    type: "ConfusionMatrix",
    bottoms,
    param: { normalize: true, ignore_label: 1 },
  });
  assert.deepEqual([...shares.forward({ inputs })["top"]!], [0.5, 0.5, 0, 0]);
});

Deno.test("TopKAccuracy: several tops or one, ties, ignored labels", async () => {
  const bottoms = { x: [3, 4], t: [3] };
  const inputs = { x: [4, 3, 2, 1, 4, 3, 2, 1, 1, 1, 0, 0], t: [0, 1, 0] };
  using net = await libraryNet({
    type: "TopKAccuracy",
    bottoms,
    tops: ["one", "two"],
    param: { top_k: [1, 2] },
  });
  const { one, two } = net.forward({ inputs });
  assertClose([one![0]!, two![0]!], [1 / 3, 1]);
  using together = await libraryNet({
    type: "TopKAccuracy",
    bottoms,
    param: { top_k: [1, 2, 4], ignore_label: 0 },
  });
  assertClose(together.forward({ inputs })["top"]!, [0, 1, 1]);
  await assert.rejects(
    libraryNet({ type: "TopKAccuracy", bottoms }),
    /top_k of at most 4 classes but found 5/,
  );
  await assert.rejects(
    libraryNet({ type: "TopKAccuracy", bottoms, tops: ["a", "b"], param: { top_k: [1] } }),
    /Expected 1 or 1 tops|Expected 1/,
  );
});
