import assert from "node:assert/strict";
import { readGolden } from "./golden.ts";
import { judge } from "./judge.ts";
import { questions } from "./questions.ts";

for (const file of ["networks", "wiring", "solvers"]) {
  const golden = await readGolden(file);
  for (const question of questions[file]!) {
    Deno.test(`conformance: ${file}: ${question.name}`, () => judge(question, golden));
  }

  Deno.test(`conformance: the record of ${file} has no answers without a case`, () => {
    assert.deepEqual(Object.keys(golden).toSorted(), questions[file]!.map(({ name }) => name).toSorted());
  });
}
