import assert from "node:assert/strict";
import { join } from "node:path";
import { CremaError } from "../../../base/error.ts";
import { writeWhole } from "../../../base/write_whole.ts";

const bytes = () => new TextEncoder().encode("new");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file that is replaced keeps its mode, and nothing else is left in its folder", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a");
    await Deno.writeTextFile(path, "old", { mode: 0o600 });
    await writeWhole(path, bytes, "net");
    assert.equal(await Deno.readTextFile(path), "new");
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
  }));

Deno.test("a link stays a link, and leads to what was written", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "target"), "old");
    for (const to of ["target", "later"]) {
      const link = join(folder, `to_${to}`);
      await Deno.symlink(to, link);
      await writeWhole(link, bytes, "net");
      assert.ok((await Deno.lstat(link)).isSymlink);
      assert.equal(await Deno.readTextFile(join(folder, to)), "new");
    }
  }));

Deno.test("a pipe gets the bytes and stays a pipe", () =>
  inFolder(async (folder) => {
    const pipe = join(folder, "pipe");
    assert.ok(new Deno.Command("mkfifo", { args: [pipe] }).outputSync().success);
    const [read] = await Promise.all([Deno.readTextFile(pipe), writeWhole(pipe, bytes, "net")]);
    assert.equal(read, "new");
    assert.ok((await Deno.lstat(pipe)).isFifo);
  }));

Deno.test("what can't be written is an error that says why", () =>
  inFolder(async (folder) => {
    const fails = async (path: string, reason: string) =>
      await assert.rejects(
        () => writeWhole(path, bytes, "net"),
        (error) => error instanceof CremaError && error.reason === reason,
      );
    await fails("", "Expected the path of a file for the net but found an empty one");
    await fails(folder, "Expected the path of a file but found a folder");
    await fails(
      join(folder, "none", "a"),
      "Expected to write the net but found that its folder is not there",
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("what comes in parts is written in their order, and nothing is left where a part can't be made", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a"), text = (part: string) => new TextEncoder().encode(part);
    await writeWhole(path, () => [text("one "), new Uint8Array(), text("two")], "net");
    assert.equal(await Deno.readTextFile(path), "one two");
    function* broken() {
      yield text("three");
      throw new CremaError("Expected more but found nothing");
    }
    await assert.rejects(writeWhole(path, broken, "net"), { message: "Expected more but found nothing" });
    assert.equal(await Deno.readTextFile(path), "one two");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
  }));
