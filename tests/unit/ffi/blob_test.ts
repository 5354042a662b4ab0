import assert from "node:assert/strict";
import type { Blob } from "../../../ffi/blob.ts";
import { CremaError } from "../../../base/error.ts";
import { input, testNet } from "./test_net.ts";

async function withBlob(shape: readonly number[], check: (blob: Blob) => void): Promise<void> {
  using net = await testNet(input(shape, "x"));
  check(net.blobs[0]!);
}

Deno.test("a blob has a shape, a count and legacy sizes", async () => {
  await withBlob([2, 3, 4], (blob) => {
    assert.deepEqual(blob.shape, [2, 3, 4]);
    assert.equal(blob.shape, blob.shape, "the same array while the shape is the same");
    assert.equal(blob.count, 24);
    assert.equal(blob.numAxes, 3);
    assert.deepEqual([blob.num, blob.channels, blob.height, blob.width], [2, 3, 4, 1]);
    assert.equal(String(blob), "Blob (2, 3, 4)");
  });
});

Deno.test("a view is the blob's own memory", async () => {
  await withBlob([2, 3], (blob) => {
    const view = blob.data;
    view.set([1, 2, 3, 4, 5, 6]);
    assert.equal(blob.data, view, "the same view while the memory is the same");
    assert.deepEqual([...blob.read()], [1, 2, 3, 4, 5, 6]);
    blob.write(new Float32Array([9]), "data", 5);
    assert.equal(view[5], 9);
    blob.diff[0] = -3;
    blob.diff[1] = 4;
    assert.deepEqual(blob.norms("diff"), { asum: 7, sumsq: 25 });
    assert.deepEqual([...blob.read("diff")].slice(0, 2), [-3, 4]);
  });
});

Deno.test("a reshaped blob gives a view of its new size", async () => {
  await withBlob([4, 4], (blob) => {
    const old = blob.data;
    blob.reshape(2, 2);
    assert.equal(blob.data.length, 4);
    blob.reshape([100, 100]);
    assert.equal(blob.data.length, 10000);
    blob.data.fill(1);
    assert.ok(old.length === 16 || old.length === 0);
    assert.equal(blob.norms().asum, 10000);
  });
});

Deno.test("a blob of zero axes is a scalar, and one with an axis of 0 is empty", async () => {
  await withBlob([3], (blob) => {
    blob.reshape();
    assert.deepEqual(blob.shape, []);
    assert.equal(blob.count, 1);
    blob.data[0] = 2.5;
    assert.deepEqual([...blob.read()], [2.5]);
    assert.equal(blob.num, 1);
    blob.reshape(0, 3);
    assert.equal(blob.count, 0);
    assert.equal(blob.data.length, 0);
    assert.equal(blob.read().length, 0);
  });
});

Deno.test("a view is detached when its memory is freed", async () => {
  let view: Float32Array, diff: Float32Array, blob: Blob;
  {
    using net = await testNet(input([8], "x"));
    blob = net.blobs[0]!;
    view = blob.data;
    diff = blob.diff;
    assert.equal(view.length, 8);
  }
  assert.equal(view.length, 0);
  assert.equal(view[0], undefined);
  assert.equal(diff.length, 0);
  assert.throws(() => blob.data, {
    name: "CremaError",
    message: "Expected a live net but found one that was disposed",
  });
  for (const use of [() => blob.shape, () => blob.count, () => blob.diff, () => blob.reshape(1)]) {
    assert.throws(use, CremaError);
  }
  for (const use of [() => blob.read(), () => blob.norms(), () => blob.write(new Float32Array(1))]) {
    assert.throws(use, CremaError);
  }
  assert.equal(String(blob), "Blob (disposed)");
});

Deno.test("growing a blob detaches the views of its old memory", async () => {
  await withBlob([2], (blob) => {
    const old = blob.data;
    blob.reshape(1 << 20);
    blob.data.fill(3);
    assert.equal(old.length, 0);
    assert.equal(blob.data[(1 << 20) - 1], 3);
  });
});

Deno.test("wrong sizes and values that do not fit throw", async () => {
  await withBlob([2], (blob) => {
    assert.throws(
      () => blob.reshape(-1),
      /Expected axis sizes to be whole numbers, at least 0, but found \(-1\)/,
    );
    assert.throws(() => blob.reshape(1.5), CremaError);
    assert.throws(() => blob.reshape(2 ** 31), CremaError);
    assert.throws(() => blob.reshape(new Array(33).fill(1)), /at most 32 axes but found 33/);
    assert.throws(() => blob.reshape(2 ** 30, 2 ** 30, 2 ** 30), CremaError);
    assert.throws(() => blob.write(new Float32Array(3)), /Expected at most 2 values but found 3/);
    assert.throws(() => blob.write(new Float32Array(1), "data", 2), CremaError);
    assert.throws(() => blob.write(new Float32Array(1), "data", -1), CremaError);
    assert.deepEqual(blob.shape, [2]);
  });
});

Deno.test("write takes a Float32Array of its true length, and nothing else", async () => {
  await withBlob([4], (blob) => {
    const write = (values: unknown) => () => blob.write(values as Float32Array<ArrayBuffer>);
    for (
      const values of [
        new Float64Array(4),
        new Uint8Array(4),
        new Int16Array(4),
        [1, 2, 3, 4],
        { length: 4 },
        new Proxy(new Float32Array(4), {}),
        Object.setPrototypeOf(new Uint8Array(4), Float32Array.prototype),
        undefined,
      ]
    ) {
      assert.throws(write(values), (error) => {
        return error instanceof TypeError &&
          /^Expected values to be a Float32Array but found/.test(error.message);
      });
    }
    blob.data.fill(7);
    blob.write(Object.defineProperty(new Float32Array([1, 2]), "length", { value: 4 }));
    assert.deepEqual([...blob.read()], [1, 2, 7, 7]);
    const hidden = Object.defineProperty(new Float32Array(8), "length", { value: 4 });
    assert.throws(write(hidden), CremaError);
  });
});

Deno.test("reshape gives the engine the sizes that it checked", async () => {
  await withBlob([4], (blob) => {
    let reads = 0;
    const sizes = new Proxy([2, 3], {
      get: (target, key) => key === "0" && reads++ > 0 ? -5 : Reflect.get(target, key),
    });
    blob.reshape(sizes);
    assert.deepEqual(blob.shape, [2, 3]);
  });
});

Deno.test("legacy sizes of a blob with five axes throw", async () => {
  await withBlob([1, 1, 1, 1, 2], (blob) => assert.throws(() => blob.width, /at most 4 axes but found 5/));
});
