import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { OWN_FOLDERS } from "../../../base/own_folders.ts";
import { TEXT_FILES, WORKER_MODULES } from "../../../compile/loaded_files.ts";
import { filesBelow } from "../../../compile/packages.ts";
import { root } from "../../../tools/root.ts";

Deno.test("every Worker, and every file that is imported as text, is listed for those that pack Crema", () => {
  const workers: string[] = [], texts: string[] = [];
  for (const folder of OWN_FOLDERS) {
    for (const file of filesBelow(join(root, folder)).filter((path) => path.endsWith(".ts"))) {
      const path = join(folder, file), text = Deno.readTextFileSync(join(root, path));
      const found = (pattern: RegExp) =>
        [...text.matchAll(pattern)].map(([, to = ""]) =>
          join(dirname(path), to.replace("${MODULE_EXTENSION}", ".ts"))
        );
      workers.push(...found(/new Worker\(new URL\([`"](.*?)[`"]/g));
      texts.push(...found(/ from "(.*?)" with \{ type: "text" \}/g));
    }
  }
  assert.deepEqual(workers, [...WORKER_MODULES]);
  assert.deepEqual(texts, [...TEXT_FILES]);
});
