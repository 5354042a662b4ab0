import assert from "node:assert/strict";
import { bytesSource, fileSource } from "../../../base/byte_source.ts";

Deno.test("ranges of files and of bytes are copies, and ranges that are not there are errors", async () => {
  const path = await Deno.makeTempFile(), content = Uint8Array.of(1, 2, 3, 4, 5);
  try {
    await Deno.writeFile(path, content);
    for (const source of [await fileSource(path, "numbers"), bytesSource(content, path)]) {
      assert.equal(source.size, 5);
      const part = source.read(1, 3);
      assert.deepEqual(part, Uint8Array.of(2, 3, 4));
      part.fill(0);
      assert.deepEqual(source.read(0, 5), content);
      assert.deepEqual(source.read(5, 0), new Uint8Array());
      assert.throws(() => source.read(3, 3), {
        message:
          `${path}: Expected 3 bytes from byte 3 on but found 2. The file was cut, or changed while it was read.`,
      });
    }
    const source = await fileSource(path, "numbers");
    await Deno.remove(path);
    assert.throws(() => source.read(0, 1), /Expected numbers but found .*No such file/);
    await assert.rejects(fileSource(path, "numbers"), /Expected numbers but found no such file/);
  } finally {
    await Deno.remove(path).catch(() => {}); // it is gone already
  }
});
