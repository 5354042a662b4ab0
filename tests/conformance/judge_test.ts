import assert from "node:assert/strict";
import type { Answer } from "./answer.ts";
import { type GoldenFile, pack, readGolden, unpack } from "./golden.ts";
import { judge, live } from "./judge.ts";
import { questions } from "./questions.ts";

const question = questions["layers"]!.find(({ name }) => name === "InnerProduct: 2 axes")!;
const golden = await readGolden("layers");

/** The record with one value of the answer to the question multiplied by a factor. */
function doctored(factor: number): GoldenFile {
  const answer: Answer = unpack(golden[question.name]!);
  const values = Object.values(answer).find(({ values }) => values.length > 1)!.values;
  const largest = values.indexOf(
    values.reduce((most, value) => Math.abs(value) > Math.abs(most) ? value : most),
  );
  values[largest]! *= factor;
  return { ...golden, [question.name]: pack(question.asked, answer) };
}

Deno.test("the record as it is passes", async () => {
  await judge(question, doctored(1));
});

Deno.test("a record with one value changed by a hundredth fails, with and without libcaffe", async () => {
  await assert.rejects(judge(question, doctored(1.01)), (error: Error) => {
    assert.match(error.message, /embedded and the record: .*relative error/);
    assert.equal(/libcaffe and its record: /.test(error.message), live);
    assert.ok(!error.message.includes("embedded and libcaffe"));
    return true;
  });
});

Deno.test({
  name: `a record that libcaffe itself would not give fails${live ? "" : " (libcaffe is not here)"}`,
  ignore: !live,
  fn: async () => {
    // Close enough for the embedded engine, not for the same code.
    await assert.rejects(judge(question, doctored(1 + 1e-4)), (error: Error) => {
      assert.match(error.message, /libcaffe and its record: /);
      assert.ok(!error.message.includes("embedded"));
      return true;
    });
  },
});

Deno.test("a question that is not in the record, or was changed since, fails", async () => {
  await assert.rejects(judge(question, {}), /is not recorded: run `deno task conformance:record`/);
  await assert.rejects(judge({ ...question, asked: "another" }, golden), /was changed: run/);
});
