import assert from "node:assert/strict";
import { type ComputeOptions, Engine } from "../../ffi/engine.ts";
import { type Answer, compact, differences, FLOOR, TOLERANCE } from "./answer.ts";
import { allLayerCases } from "./cases/all.ts";
import { networkCases } from "./cases/networks.ts";
import { solverCases } from "./cases/solvers.ts";
import { wiringCases } from "./cases/wiring.ts";
import { readGolden, unpack } from "./golden.ts";
import { answerOf } from "./net_case.ts";
import { questions } from "./questions.ts";
import { solverAnswer } from "./solver_run.ts";

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

/** Expects each case's answer to be the same where memory is recycled. */
async function expectSame<Case extends { name: string }>(
  cases: readonly Case[],
  answer: (each: Case, engine: string) => Promise<Answer>,
): Promise<void> {
  const engine = Engine.open("embedded");
  for (const each of cases) {
    const expected = await answer(each, "embedded");
    engine.compute({ recycle: true });
    try {
      assert.deepEqual(await answer(each, "embedded"), expected, each.name);
    } finally {
      engine.compute({ recycle: false });
    }
  }
}

for (
  const [name, cases] of [["layers", allLayerCases], ["networks", networkCases], [
    "wiring",
    wiringCases,
  ]] as const
) {
  Deno.test(`conformance: ${name}, to the last bit as before where memory is recycled`, async () => {
    // What lies between the layers is gone after a pass, and a net for TEST does not run backward.
    const asked = cases.filter(({ phase, backward }) => phase !== "TEST" || backward === false)
      .map((each) => ({ ...each, blobs: undefined }));
    assert.ok(asked.length >= 3, `Expected cases to ask but found ${asked.length}`);
    await expectSame(asked, answerOf);
  });
}

Deno.test("conformance: solvers, to the last bit as before where memory is recycled", () =>
  expectSame(solverCases, solverAnswer));
