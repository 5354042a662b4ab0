import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { FolderSource } from "../../../../data/sources/folder_source.ts";
import { temporaryFolder } from "../fixture.ts";

Deno.test("only files are images: a folder or a pipe of that name is passed over, a link is followed", () => {
  using folder = temporaryFolder();
  const rose = `${folder.path}/rose`;
  Deno.mkdirSync(`${rose}/folder.jpg`, { recursive: true });
  Deno.writeTextFileSync(`${rose}/a.jpg`, "a");
  Deno.symlinkSync("a.jpg", `${rose}/b.jpg`);
  // Opening a pipe that nobody writes to would never end.
  assert.ok(new Deno.Command("mkfifo", { args: [`${rose}/pipe.jpg`] }).outputSync().success);
  using source = new FolderSource(folder.path);
  assert.deepEqual([0, 1].map((index) => source.describe(index)), [`${rose}/a.jpg`, `${rose}/b.jpg`]);
  assert.equal(source.count, 2);
});

Deno.test("an image that is gone when it is read is an error that names the file", () => {
  using folder = temporaryFolder();
  Deno.mkdirSync(`${folder.path}/rose`);
  Deno.writeTextFileSync(`${folder.path}/rose/a.jpg`, "a");
  using source = new FolderSource(folder.path);
  Deno.removeSync(`${folder.path}/rose/a.jpg`);
  assert.throws(() => source.read(), (error: unknown) => {
    assert.ok(error instanceof CremaError);
    assert.match(error.message, /rose\/a\.jpg: Expected an image but found no such file/);
    return true;
  });
});
