import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resolveModule } from "../../../../script/modules/resolve_module.ts";

Deno.test("a file with the name of a needed folder is skipped", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-resolve-" });
  try {
    await Deno.writeTextFile(join(folder, "crema"), "a program");
    const file = join(folder, "net.prototxt");
    const library = new URL("../../../../layers/gelu.ts", import.meta.url).href;
    assert.equal(resolveModule("crema/layers/gelu.ts", { file }), library);
    await Deno.writeTextFile(join(folder, "own.ts"), "");
    assert.equal(resolveModule("own", { file }), pathToFileURL(join(folder, "own.ts")).href);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
