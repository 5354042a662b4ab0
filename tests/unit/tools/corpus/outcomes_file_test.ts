import assert from "node:assert/strict";
import { join } from "node:path";
import { readOutcomesThatRan, writeOutcomes } from "../../../../tools/corpus/outcomes_file.ts";
import { type Outcome, reportOf } from "../../../../tools/corpus/report.ts";

const outcomes: Outcome[] = [
  { path: "a/1.prototxt", repository: "a", digest: "1", reached: "run" },
  { path: "a/2.prototxt", repository: "a", digest: "2", reached: "read", reason: "x" },
  { path: "b/3.prototxt", repository: "b", digest: "3", reached: "nothing", reason: "y" },
];

/** Calls a function with the path of a file that is not there yet. */
async function withFile(use: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(join(folder, "outcomes.json"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the networks that ran come back from a file, by digest", async () => {
  await withFile(async (file) => {
    await writeOutcomes(file, { compare: true, report: reportOf(outcomes), outcomes });
    for (const compare of [false, true]) {
      assert.deepEqual([...await readOutcomesThatRan(file, compare)], [["1", outcomes[0]]]);
    }
  });
});

Deno.test("what ran on one engine is not taken over for both", async () => {
  await withFile(async (file) => {
    await writeOutcomes(file, { compare: false, report: reportOf(outcomes), outcomes });
    assert.equal((await readOutcomesThatRan(file, false)).size, 1);
    await assert.rejects(
      readOutcomesThatRan(file, true),
      /outcomes\.json: Expected outcomes of --compare but found those of one engine\. Write a file with --compare/,
    );
  });
});

Deno.test("a file that --json did not write is an error that says what is wrong", async () => {
  const whole = JSON.stringify({ version: 1, compare: false, outcomes });
  const cases: [string, string][] = [
    ["", ": Unexpected end of JSON input"],
    [whole.slice(0, -30), ": "],
    ["null", " no object"],
    ["[]", " no object"],
    [JSON.stringify({ report: {}, outcomes }), " one without a version"],
    [JSON.stringify({ version: 2, compare: false, outcomes }), " one of version 2"],
    [JSON.stringify({ version: 1, compare: false }), " one without outcomes"],
    [JSON.stringify({ version: 1, outcomes }), " one without outcomes"],
    [
      JSON.stringify({ version: 1, compare: false, outcomes: [outcomes[0], null] }),
      " that its outcome 1 is none: null",
    ],
    [
      JSON.stringify({ version: 1, compare: false, outcomes: [{ reached: "run" }] }),
      " that its outcome 0 is none: {",
    ],
    [
      JSON.stringify({ version: 1, compare: false, outcomes: [{ ...outcomes[0], reached: "ran" }] }),
      " that its outcome 0 is none: {",
    ],
  ];
  await withFile(async (file) => {
    const expected = `${file}: Expected a file that --json wrote but found`;
    await assert.rejects(readOutcomesThatRan(file, false), {
      name: "CremaError",
      message: new RegExp(`^${expected} nothing`),
    });
    for (const [text, found] of cases) {
      await Deno.writeTextFile(file, text);
      await assert.rejects(readOutcomesThatRan(file, false), ({ name, message }: Error) => {
        assert.equal(name, "CremaError", text);
        assert.ok(message.startsWith(`${expected}${found}`), `${text}: ${message}`);
        return true;
      });
    }
  });
});
