import assert from "node:assert/strict";
import { SmoothedLoss } from "../../../train/smoothed_loss.ts";

Deno.test("the smoothed loss is the mean of the window", () => {
  const smoothed = new SmoothedLoss(3);
  const losses = [5, 1, 3, 7, 2, 9, 4];
  for (const [i, loss] of losses.entries()) {
    const window = losses.slice(Math.max(0, i - 2), i + 1);
    const mean = window.reduce((sum, value) => sum + value, 0) / window.length;
    assert.ok(Math.abs(smoothed.add(loss) - mean) < 1e-5);
  }
});

Deno.test("a window of one is the loss itself", () => {
  const smoothed = new SmoothedLoss(1);
  for (const loss of [2.5, 0.125, 4]) assert.equal(smoothed.add(loss), loss);
});

Deno.test("the mean recovers once a loss of NaN has left the window", () => {
  const smoothed = new SmoothedLoss(2);
  smoothed.add(1);
  assert.ok(Number.isNaN(smoothed.add(NaN)));
  assert.ok(Number.isNaN(smoothed.add(2)));
  assert.equal(smoothed.add(4), 3);
});
