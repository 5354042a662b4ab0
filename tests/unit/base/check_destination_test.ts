import assert from "node:assert/strict";
import { join } from "node:path";
import { checkDestination } from "../../../base/check_destination.ts";
import { writeWhole } from "../../../base/write_whole.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a place that takes a file is left as it is", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "old"), "old");
    await Deno.symlink("old", join(folder, "link"));
    await Deno.symlink("later", join(folder, "dangling"));
    for (const name of ["new", "old", "link", "dangling"]) checkDestination(join(folder, name), "table");
    checkDestination("/dev/null", "table");
    assert.equal(await Deno.readTextFile(join(folder, "old")), "old");
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "dangling",
      "link",
      "old",
    ]);
  }));

Deno.test("what can't be written later is refused now, in the same words", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    for (const path of ["", folder, join(folder, "missing", "x"), join(folder, "file", "x")]) {
      const later = await writeWhole(path, () => new Uint8Array(), "table").then(
        () => assert.fail("it was written"),
        ({ message }) => message as string,
      );
      assert.throws(() => checkDestination(path, "table"), ({ message }: Error) => {
        assert.equal(message.split(": Not a directory")[0], later.split(": Not a directory")[0]);
        return true;
      });
    }
  }));
