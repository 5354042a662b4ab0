import assert from "node:assert/strict";
import { join } from "node:path";
import { OWN_FOLDERS } from "../../../base/own_folders.ts";
import { NOT_NEEDED } from "../../../compile/own_modules.ts";
import config from "../../../deno.json" with { type: "json" };
import { root } from "../../../tools/root.ts";
import { sourceFiles } from "../../../tools/source_files.ts";

Deno.test("programs and packages have the npm packages that Crema's own modules import, and no others", async () => {
  const files = (await sourceFiles(root, [".ts"])).filter((file) =>
    (OWN_FOLDERS as readonly string[]).includes(file.split("/")[0]!)
  );
  const sources = files.map((file) => Deno.readTextFileSync(join(root, file))).join("\n");
  const unused = Object.entries(config.imports).filter(([name, target]) => {
    const escaped = name.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
    return target.startsWith("npm:") &&
      !new RegExp(`(from |import\\(|resolve\\()\\s*["\`]${escaped}`).test(sources);
  });
  assert.deepEqual(unused.map(([name]) => name).sort(), [...NOT_NEEDED].sort());
});
