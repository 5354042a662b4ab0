import assert from "node:assert/strict";
import { CremaError } from "../../../base/error.ts";
import { readBytes } from "../../../base/read_bytes.ts";

Deno.test("a file is read whole; an error says what was expected and what was found", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/a`, Uint8Array.of(0, 255));
    assert.deepEqual(await readBytes(`${folder}/a`, "an image"), Uint8Array.of(0, 255));
    const refused = (path: string, found: RegExp) =>
      assert.rejects(readBytes(path, "an image"), (error: unknown) => {
        assert.ok(error instanceof CremaError && error.cause instanceof Error);
        assert.match(error.message, found);
        return error.message.startsWith(`${path}: `);
      });
    await refused(`${folder}/b`, /Expected an image but found no such file\. Paths are relative to /);
    await refused(folder, /Expected an image but found a directory$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
