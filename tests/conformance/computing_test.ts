import assert from "node:assert/strict";
import { type ComputeOptions, Engine } from "../../ffi/engine.ts";
import { compact, differences, FLOOR, TOLERANCE } from "./answer.ts";
import { readGolden, unpack } from "./golden.ts";
import { questions } from "./questions.ts";

/** The ways of computing a net, other than that which the other tests take. */
const WAYS: readonly [name: string, options: ComputeOptions][] = [
  ["layer by layer, without Winograd's algorithm", { fuse: false, winograd: "never" }],
  ["with Winograd's algorithm wherever it is possible", { fuse: true, winograd: "always" }],
];

/** What the options change. */
const CHANGED = /Convolution|BatchNorm|Eltwise/;

for (const [name, options] of WAYS) {
  for (const file of ["layers", "networks", "wiring"]) {
    Deno.test(`conformance: ${file}, ${name}`, async () => {
      const golden = await readGolden(file);
      const engine = Engine.open("embedded");
      const found: string[] = [];
      let asked = 0;
      engine.compute(options);
      try {
        for (const { name, asked: text, tolerance = TOLERANCE, floor = FLOOR, answer } of questions[file]!) {
          if (!CHANGED.test(text)) continue;
          asked++;
          const expected = unpack(golden[name]!);
          const different = differences(compact(await answer("embedded")), expected, tolerance, floor);
          found.push(...different.map((each) => `${name}: ${each}`));
        }
      } finally {
        engine.compute({ fuse: true, winograd: "auto" });
      }
      assert.ok(asked >= 5, `Expected questions that the options change but found ${asked}`);
      assert.deepEqual(found, []);
    });
  }
}
