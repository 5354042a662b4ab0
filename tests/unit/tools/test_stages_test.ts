import assert from "node:assert/strict";
import { runStages, type TestStage } from "../../../tools/test_stages.ts";

/** Stages that end when told to, and what was printed so far. */
function someStages(names: string[], after: Record<string, string[]> = {}) {
  const begun: string[] = [];
  const ends: Record<string, () => void> = {};
  const prints: Record<string, (text: string) => void> = {};
  const stages = names.map((name): TestStage => {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends[name] = resolve;
    return {
      name,
      after: after[name],
      run: async (print) => {
        begun.push(name);
        prints[name] = print;
        await promise;
        return { passed: 2, failed: 1 };
      },
    };
  });
  const printed: string[] = [];
  /** Lets everything happen that can. */
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  const end = async (name: string) => {
    ends[name]!();
    await settle();
  };
  const text = () => printed.join("").replace(/\(\d+\.\d s\)/g, "(0 s)").trim();
  return { stages, begun, prints, end, settle, text, print: (each: string) => void printed.push(each) };
}

Deno.test("stages begin in their order, as many at once as there are lanes", async () => {
  const { stages, begun, end, settle, print } = someStages(["a", "b", "c", "d"]);
  const result = runStages(stages, { lanes: 2, print });
  await settle();
  assert.deepEqual(begun, ["a", "b"]);
  await end("b");
  assert.deepEqual(begun, ["a", "b", "c"]);
  await end("c");
  await end("d");
  await end("a");
  assert.deepEqual(await result, { passed: 8, failed: 4 });
});

Deno.test("a stage waits for another, and those behind it go first meanwhile", async () => {
  const { stages, begun, end, settle, print } = someStages(["a", "b", "c"], { b: ["a"] });
  const result = runStages(stages, { lanes: 2, print });
  await settle();
  assert.deepEqual(begun, ["a", "c"]);
  await end("c");
  assert.deepEqual(begun, ["a", "c"]);
  await end("a");
  assert.deepEqual(begun, ["a", "c", "b"]);
  await end("b");
  assert.deepEqual(await result, { passed: 6, failed: 3 });
});

Deno.test("what stages print is not mixed: the oldest's is shown at once, the others' after it", async () => {
  const { stages, prints, end, settle, text, print } = someStages(["a", "b", "c"]);
  const result = runStages(stages, { lanes: 2, print });
  await settle();
  prints["b"]!("of b\n");
  prints["a"]!("of a\n");
  assert.equal(text(), "== a\nof a");
  await end("b");
  prints["c"]!("of c\n");
  assert.equal(text(), "== a\nof a");
  await end("a");
  const ends = (name: string) => `== ${name}: 2 passed, 1 failed (0 s)`;
  assert.equal(text(), `== a\nof a\n${ends("a")}\n\n== b\nof b\n${ends("b")}\n\n== c\nof c`);
  prints["c"]!("more of c\n");
  assert.match(text(), /of c\nmore of c$/);
  await end("c");
  await result;
});

Deno.test("stages that wait for none that is there, and a stage that throws, end the run", async () => {
  const { stages, print } = someStages(["a"], { a: ["z"] });
  await assert.rejects(
    runStages(stages, { lanes: 2, print }),
    /Expected stages that may begin but found only 'a'/,
  );
  const thrown: TestStage = { name: "b", run: () => Promise.reject(new Error("of b")) };
  await assert.rejects(runStages([thrown], { lanes: 2, print }), /of b/);
});
