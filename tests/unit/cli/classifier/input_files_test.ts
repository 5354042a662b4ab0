import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { inputFiles } from "../../../../cli/classifier/input_files.ts";
import { temporaryFolder } from "../../data/fixture.ts";

Deno.test("a folder stands for the images in it and below, in order; a file for itself", async () => {
  using folder = temporaryFolder();
  const { path } = folder;
  mkdirSync(`${path}/b/c`, { recursive: true });
  mkdirSync(`${path}/empty`);
  for (const name of ["b/2.jpg", "b/c/3.PNG", "a.npy", "notes.txt", "b/.hidden.jpg"]) {
    Deno.writeTextFileSync(`${path}/${name}`, "");
  }
  assert.deepEqual(await inputFiles([path, "values.raw"]), [
    `${path}/a.npy`,
    `${path}/b/2.jpg`,
    `${path}/b/c/3.PNG`,
    "values.raw",
  ]);
  await assert.rejects(inputFiles([`${path}/empty`]), /empty: Expected images in the folder but found none/);
});
