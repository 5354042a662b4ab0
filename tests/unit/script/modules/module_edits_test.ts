import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { ModuleEdits } from "../../../../script/modules/module_edits.ts";
import { asWritten } from "../../../../script/modules/module_versions.ts";

const polls = (edits: ModuleEdits) => [edits.poll(), edits.poll()];

Deno.test("an edited import affects the modules that import it, and no others", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-edits-" });
  try {
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
    const url = (name: string) => pathToFileURL(`${folder}/${name}`).href;
    await write(
      "a.ts",
      `export { b } from "./b.ts"; export { other } from "./other.ts"; export const where = import.meta.dirname;`,
    );
    await write("b.ts", `export { c as b } from "./c.ts";`);
    await write("c.ts", "export const c = () => 1;");
    await write("other.ts", "export const other = {};");
    const load = () => import(url("a.ts"));
    const first = await load();
    const edits = await ModuleEdits.of([url("a.ts"), url("other.ts"), "https://example.org/x.ts"]);
    assert.deepEqual(edits.files.toSorted(), ["a.ts", "b.ts", "c.ts", "other.ts"].map(url));
    assert.deepEqual(polls(edits), [[], []]);

    await write("c.ts", "export const c = (): number => {\n  throw new Error('here');\n};");
    // Only if the file is the same in two polls.
    assert.deepEqual(polls(edits), [[], [url("a.ts")]]);
    assert.deepEqual(polls(edits), [[], []]);
    const second = await load();
    assert.equal(first.b(), 1);
    assert.equal(second.where, first.where);
    assert.equal(second.other, first.other);
    assert.throws(() => second.b(), (error: Error) => {
      assert.match(error.stack!, /c\.ts\?crema-edit=1:2:9/);
      assert.ok(asWritten(error.stack!).includes(`${url("c.ts")}:2:9`));
      return true;
    });

    // Writing the same text again is no edit.
    await write("b.ts", await Deno.readTextFile(`${folder}/b.ts`));
    assert.deepEqual(polls(edits), [[], []]);

    // A new import is watched once its importer has been read; creating its file is an edit.
    await write("other.ts", `import "./late.ts"; export const other = {};`);
    assert.deepEqual(polls(edits)[1]!.toSorted(), [url("a.ts"), url("other.ts")]);
    for (const root of ["a.ts", "other.ts"]) await edits.readImports(url(root));
    await assert.rejects(load());
    await write("late.ts", "export {};");
    assert.deepEqual(polls(edits)[1]!.toSorted(), [url("a.ts"), url("other.ts")]);
    assert.notEqual((await load()).other, first.other);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
