import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { CremaError } from "../../../../base/error.ts";
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

Deno.test("names that no file can have are errors with layer and line", () => {
  const place = { file: "net.prototxt", line: 3, column: 1, layer: "s" };
  const refused = (module: string, message: RegExp) =>
    assert.throws(() => resolveModule(module, { file: "net.prototxt", place }), (error) => {
      assert.ok(error instanceof CremaError, String(error));
      assert.deepEqual([error.layer, error.line], ["s", 3]);
      assert.match(error.reason, message);
      assert.ok(error.message.length < 1000, "a short message");
      return true;
    });
  for (const module of ["a\0b", "./a\0b.ts", "/a\0b.ts", "https://example.org/\0.ts"]) {
    refused(
      module,
      /^Expected a module's name of at most 4095 characters, without NUL, but found one with a NUL/,
    );
  }
  for (
    const module of ["x".repeat(4096), `./${"x".repeat(5000)}`, `https://example.org/${"x".repeat(5000)}`]
  ) {
    refused(module, /but found one of \d{4}$/);
  }
  refused("x".repeat(300), /^Expected module 'x{100}…' in .* but found none/);
  refused("layers\\loss", /^Expected module 'layers\\loss' in .* but found none/);
});

Deno.test("a name with backslashes gets a hint", () => {
  assert.throws(() => resolveModule("layers\\loss"), /Write '\/' between folders/);
});
