import assert from "node:assert/strict";
import { dirname } from "node:path";
import { corpusFiles } from "./corpus.ts";
import { formatNames } from "./formats.ts";
import { fuzzFormat } from "./fuzz_format.ts";

Deno.test("the files to be damaged are small", () => {
  const sizes = formatNames.flatMap((format) =>
    [...corpusFiles(format).values()].map(({ length }) => length)
  );
  assert.ok(sizes.every((size) => size < 50_000), `${sizes}`);
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 200_000);
});

for (const format of formatNames) {
  Deno.test({
    name: `damaged files end in a value or a CremaError: ${format}`,
    fn: async () => {
      // The same files each time: `deno task fuzz --format` makes others.
      const { inputs, taken, refused, faults } = await fuzzFormat({ format, seed: 1, count: 200 });
      assert.deepEqual(faults, []);
      assert.equal(inputs, 200);
      // Neither is everything refused before it is looked at, nor is damage overlooked.
      assert.ok(refused > 20 && taken > 0, `${taken} taken, ${refused} refused`);
    },
  });
}

Deno.test("the fuzzer notices other errors, memory, hangs and the end of the process", async () => {
  const find = async (format: string, limitMs?: number) => {
    const { faults } = await fuzzFormat({ format, seed: 1, count: 20, limitMs });
    assert.equal(faults.length, 1, JSON.stringify(faults));
    const { fault, kept } = faults[0]!;
    const bytes = await Deno.readFile(kept);
    await Deno.remove(dirname(kept), { recursive: true });
    return { fault, bytes };
  };
  const thrown = await find("faulty_throws");
  assert.match(thrown.fault, /^TypeError .*faulty_formats\.ts/);
  assert.equal(thrown.bytes.length, 1);
  assert.match((await find("faulty_memory")).fault, /^\d+ MiB of memory$/);
  assert.equal((await find("faulty_hangs", 2000)).fault, "no end in 2 s");
  assert.equal((await find("faulty_exits")).fault, "exit status 3");
});
