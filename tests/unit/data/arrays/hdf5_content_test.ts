import type { Group } from "h5wasm";
import assert from "node:assert/strict";
import {
  type Hdf5Content,
  type Hdf5Value,
  isHdf5,
  readHdf5,
  writeHdf5,
} from "../../../../data/arrays/hdf5_content.ts";
import { loadedHdf5, loadHdf5 } from "../../../../data/arrays/load_hdf5.ts";
import { CremaError } from "../../../../base/error.ts";

const CONTENT: Hdf5Content = {
  groups: new Set(["data", "data/none", "data/inception/1x1", "deep/er"]),
  values: new Map<string, Hdf5Value>([
    ["data/inception/1x1/0", { shape: [2, 3], values: Float32Array.of(1, -2, 3e30, 1e-40, 5, NaN) }],
    ["data/inception/1x1/1", { shape: [], values: Float32Array.of(7) }],
    ["data/empty", { shape: [0, 4], values: new Float32Array() }],
    ["iter", { shape: [1], values: Int32Array.of(-12345678) }],
    ["bytes", { shape: [3], values: Uint8Array.of(0, 255, 7) }],
    ["name", "übung/net_iter_5.caffemodel.h5"],
  ]),
};

Deno.test("the library must be loaded before code that cannot await uses it", () => {
  assert.throws(() => loadedHdf5(), /Expected the library h5wasm to be loaded but found that it is not/);
});

Deno.test("HDF5 is read as it was written: arrays of any rank, strings, nested groups", async () => {
  const library = await loadHdf5();
  assert.equal(loadedHdf5(), library);
  const bytes = writeHdf5(library, CONTENT);
  assert.ok(isHdf5(bytes));
  const { groups, values } = readHdf5(library, bytes);
  assert.deepEqual([...groups].sort(), [
    "data",
    "data/inception",
    "data/inception/1x1",
    "data/none",
    "deep",
    "deep/er",
  ]);
  assert.deepEqual(new Map([...values].sort()), new Map([...CONTENT.values].sort()));
});

Deno.test("arrays of other types are read as floats, C strings as UTF-8", async () => {
  const library = await loadHdf5();
  const { h5, files } = library;
  const file = new h5.File("types.h5", "w");
  file.create_dataset({ name: "doubles", data: Float64Array.of(0.1, -2), shape: [2] });
  file.create_dataset({ name: "longs", data: BigInt64Array.of(3n, -4n), shape: [2, 1] });
  file.create_dataset({ name: "texts", data: ["a", "b"] });
  file.create_dataset({ name: "said to be ASCII", data: "ü", dtype: "A3" });
  file.close();
  const bytes = files.readFile("types.h5");
  files.unlink("types.h5");
  const { values } = readHdf5(library, bytes);
  assert.deepEqual([...values.keys()], ["doubles", "longs", "said to be ASCII"]);
  assert.deepEqual(values.get("doubles"), { shape: [2], values: Float32Array.of(0.1, -2) });
  assert.deepEqual(values.get("longs"), { shape: [2, 1], values: Float32Array.of(3, -4) });
  assert.equal(values.get("said to be ASCII"), "ü");
});

/** The bytes of an HDF5 file that `make` fills. */
async function linkedFile(make: (file: Group) => void): Promise<Uint8Array> {
  const { h5, files } = await loadHdf5();
  const file = new h5.File("linked.h5", "w");
  make(file);
  file.close();
  const bytes = files.readFile("linked.h5");
  files.unlink("linked.h5");
  return bytes;
}

Deno.test("a group within itself, by a hard or soft link, is an error that names both paths", async () => {
  const library = await loadHdf5();
  for (const link of ["create_hard_link", "create_soft_link"] as const) {
    for (
      const [target, message] of [["/a", /'a' within itself, as 'a\/b\/up'/], [
        "/",
        /'\/' within itself, as/,
      ]] as const
    ) {
      const bytes = await linkedFile((file) => {
        file.create_group("a").create_group("b")[link](target, "up");
      });
      assert.throws(() => readHdf5(library, bytes, { file: "a.h5" }), (error: unknown) => {
        assert.ok(error instanceof CremaError);
        assert.match(error.message, /^a\.h5: Expected a tree of groups but found .*Remove that link/);
        assert.match(error.message, message);
        return true;
      });
    }
  }
});

Deno.test("an array or a group may have several names, but not without bounds", async () => {
  const library = await loadHdf5();
  const bytes = await linkedFile((file) => {
    file.create_group("a").create_dataset({ name: "0", data: Float32Array.of(1, 2) });
    file.create_hard_link("/a", "b");
    file.create_group("c").create_hard_link("/a/0", "1");
  });
  const { groups, values } = readHdf5(library, bytes);
  assert.deepEqual([...groups], ["a", "b", "c"]);
  assert.deepEqual([...values.keys()], ["a/0", "b/0", "c/1"]);
  assert.deepEqual(values.get("c/1"), { shape: [2], values: Float32Array.of(1, 2) });
  const bomb = await linkedFile((file) => {
    file.create_group("0");
    for (let i = 1; i < 40; i++) {
      const group = file.create_group(`${i}`);
      for (const name of ["x", "y"]) group.create_hard_link(`/${i - 1}`, name);
    }
  });
  assert.throws(
    () => readHdf5(library, bomb),
    /Expected at most \d+ more names for the same groups but found more/,
  );
});

Deno.test("a truncated or damaged file is an error with the reason, and the next file can be read", async () => {
  const library = await loadHdf5();
  const bytes = writeHdf5(library, CONTENT);
  const spoilt = bytes.slice().fill(0xff, 100, 3000);
  for (
    const [broken, reason] of [
      [new Uint8Array(), /file signature not found/],
      [bytes.subarray(0, 50), /./],
      [bytes.subarray(0, -1), /truncated file/],
      [spoilt, /./],
    ] as const
  ) {
    assert.throws(() => readHdf5(library, broken, { file: "a.h5" }), (error: unknown) => {
      assert.ok(error instanceof CremaError);
      assert.match(
        error.message,
        /^a\.h5: Expected an HDF5 file but found one that can't be read: [^\n]+whole\.$/,
      );
      return reason.test(error.reason);
    });
  }
  assert.equal(readHdf5(library, bytes).values.size, CONTENT.values.size);
  assert.deepEqual(library.files.readdir("/").filter((name: string) => name.startsWith("crema-")), []);
});
