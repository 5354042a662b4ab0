import assert from "node:assert/strict";
import { fillerCases } from "./cases/fillers.ts";
import { readGolden } from "./golden.ts";
import { judge, live } from "./judge.ts";
import { answerOf, asked } from "./net_case.ts";

const golden = await readGolden("fillers");

for (const each of fillerCases) {
  const { name, theory } = each;
  Deno.test(`conformance: fillers: ${name}`, async () => {
    await judge({ ...each, asked: asked(each), answer: (engine) => answerOf(each, engine) }, golden);
  });

  for (const engine of live ? ["embedded", "libcaffe"] : ["embedded"]) {
    Deno.test(`conformance: fillers: ${name} draws what theory says (${engine})`, async () => {
      const { moments, extremes } = await answerOf(each, engine);
      const [mean, std, , , zeros, neighbours] = moments!.values;
      // Five standard deviations of the mean of 1e6 independent draws.
      const close = 5e-3;
      assert.ok(Math.abs(mean!) < close, `mean ${mean}`);
      assert.ok(Math.abs(std! - 1) < close, `deviation ${std}`);
      assert.ok(Math.abs(zeros! - (theory.zeros ?? 0)) < close, `zeros ${zeros}`);
      assert.ok(Math.abs(neighbours!) < close, `correlation ${neighbours}`);
      if (theory.bounds === undefined) return;
      const [low, high] = theory.bounds, [least, most] = extremes!.values, near = (high - low) * 1e-4;
      const rounding = Math.max(Math.abs(low), Math.abs(high)) * 2 ** -23;
      assert.ok(least! >= low - rounding && least! < low + near, `least ${least}`);
      assert.ok(most! <= high + rounding && most! > high - near, `most ${most}`);
    });
  }
}

Deno.test("conformance: the record of fillers has no answers without a case", () => {
  assert.deepEqual(Object.keys(golden).toSorted(), fillerCases.map(({ name }) => name).toSorted());
});
