import assert from "node:assert/strict";
import { assertClose, assertGradients, libraryNet, patternless } from "./library_net.ts";

Deno.test("RBoxLoss: the overlap of boxes and the angle, for pixels with a score", async () => {
  using net = await libraryNet({
    type: "RBoxLoss",
    bottoms: { x: [1, 5, 1, 2], t: [1, 5, 1, 2], s: [1, 1, 1, 2] },
    tops: ["loss"],
  });
  // Boxes of 4 × 5 (height × width) and 5 × 4, which share 3 × 4; then one without a score.
  const x = [1, 9, 2, 9, 3, 9, 3, 9, 0.5, 9], t = [3, 0, 1, 0, 2, 0, 3, 0, 0.2, 0];
  net.forward({ inputs: { x, t, s: [1, 0] } });
  const inner = (1 + 2) * (1 + 3), union = 4 * 5 + 5 * 4 - inner;
  assertClose([net.loss], [(20 * (1 - Math.cos(0.3)) - Math.log((inner + 1) / (union + 1))) / 2]);
  net.backward();
  assert.ok([1, 3, 5, 7, 9].every((i) => net.blob("x").diff[i] === 0));
});

Deno.test("RBoxLoss: gradients, and bottoms that don't belong together", async () => {
  const bottoms = { x: [2, 5, 2, 2], t: [2, 5, 2, 2], s: [2, 1, 2, 2] };
  using net = await libraryNet({ type: "RBoxLoss", bottoms, tops: ["loss"], more: "loss_weight: 0.5" });
  for (const [blob, seed] of [["x", 1], ["t", 2], ["s", 3]] as const) {
    const { data } = net.blob(blob);
    data.set(patternless(data.length, seed).map((value) => 1.5 + value));
  }
  net.forward();
  assertGradients(net, ["x"]);
  await assert.rejects(
    libraryNet({ type: "RBoxLoss", bottoms: { ...bottoms, s: [2, 5, 2, 2] }, tops: ["loss"] }),
    /\(N, 5, H, W\) and \(N, 1, H, W\) but found \(2, 5, 2, 2\), \(2, 5, 2, 2\), \(2, 5, 2, 2\)/,
  );
});
