import assert from "node:assert/strict";
import type { Network } from "../../../../tools/corpus/find_networks.ts";
import type { Outcome, Result } from "../../../../tools/corpus/report.ts";
import { runAll } from "../../../../tools/corpus/run_all.ts";

const network = (name: string): Network => ({ path: `${name}.prototxt`, repository: ".", digest: name });
const networks = ["a", "b", "c"].map(network);
const RAN: Result = { reached: "run" };

/** Runs three networks as `run` says, two at once. Returns the outcomes, what ran, and what was told. */
async function allRun(before: Outcome[], run: (path: string) => Promise<Result>, signal?: AbortSignal) {
  const ran: string[] = [], told: string[] = [];
  const outcomes = await runAll(networks, {
    processes: 2,
    before: new Map(before.map((one) => [one.digest, one])),
    run: async ({ path }) => {
      ran.push(path);
      return await run(path);
    },
    tell: ({ path, reached }, done) => told.push(`${done} ${path} ${reached}`),
    ...(signal !== undefined && { signal }),
  });
  return { outcomes, ran, told };
}

Deno.test("outcomes come in the order of the networks, whatever ends first", async () => {
  const later = Promise.withResolvers<Result>();
  const { outcomes, told } = await allRun([], (path) => {
    if (path === "c.prototxt") later.resolve({ reached: "nothing" });
    return path === "a.prototxt" ? later.promise : Promise.resolve(RAN);
  });
  assert.deepEqual(outcomes.map(({ path, reached }) => [path, reached]), [
    ["a.prototxt", "nothing"],
    ["b.prototxt", "run"],
    ["c.prototxt", "run"],
  ]);
  assert.equal(told[0], "1 b.prototxt run");
  assert.equal(told.length, 3);
});

Deno.test("what ran before is taken over by its digest, under its present path; the rest runs", async () => {
  const before = [
    { ...network("b"), path: "moved.prototxt", ...RAN },
    { ...network("gone"), ...RAN },
  ];
  const { outcomes, ran } = await allRun(before, () => Promise.resolve({ reached: "read", reason: "x" }));
  assert.deepEqual(ran, ["a.prototxt", "c.prototxt"]);
  assert.deepEqual(outcomes.map(({ path, reached }) => `${path} ${reached}`), [
    "a.prototxt read",
    "b.prototxt run",
    "c.prototxt read",
  ]);
});

Deno.test("after an abort no network begins, and the outcomes are those until then", async () => {
  const stop = new AbortController();
  const { outcomes, ran } = await allRun([], (path) => {
    if (path === "a.prototxt") return Promise.resolve(RAN);
    stop.abort();
    return Promise.reject(stop.signal.reason);
  }, stop.signal);
  assert.deepEqual(ran, ["a.prototxt", "b.prototxt"]);
  assert.deepEqual(outcomes.map(({ path }) => path), ["a.prototxt"]);
});

Deno.test("an error without an abort is thrown", async () => {
  await assert.rejects(allRun([], () => Promise.reject(new RangeError("no process"))), /no process/);
});
