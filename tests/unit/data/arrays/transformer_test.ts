import assert from "node:assert/strict";
import { ndArray } from "../../../../data/arrays/nd_array.ts";
import { Transformer } from "../../../../data/arrays/transformer.ts";

const image = () => ndArray([2, 2, 3], Array.from({ length: 12 }, (_, i) => i / 12));

function near(found: Float32Array, expected: Float32Array): void {
  assert.equal(found.length, expected.length);
  for (const [i, value] of found.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${i}: ${value}`);
  }
}

Deno.test("preprocess does only what was set and does not change its input", () => {
  const transformer = new Transformer({ data: [1, 3, 2, 2] });
  const given = image(), made = transformer.preprocess("data", given);
  assert.deepEqual(made, given);
  made.data.fill(9);
  assert.deepEqual(given, image());
});

Deno.test("preprocess applies transpose, channel swap, raw scale, mean and input scale in this order", () => {
  const transformer = new Transformer({ data: [1, 3, 2, 2] });
  transformer.setTranspose("data", [2, 0, 1]);
  transformer.setChannelSwap("data", [2, 1, 0]);
  transformer.setRawScale("data", 12);
  transformer.setMean("data", [1, 2, 3]);
  transformer.setInputScale("data", 0.5);
  const made = transformer.preprocess("data", image());
  assert.deepEqual(made.shape, [3, 2, 2]);
  // Channel 0 of the input is channel 2 of the image: 2, 5, 8, 11 of 12.
  near(
    made.data,
    Float32Array.from(
      [2, 5, 8, 11].map((x) => (x - 1) / 2).concat(
        [1, 4, 7, 10].map((x) => (x - 2) / 2),
        [0, 3, 6, 9].map((x) => (x - 3) / 2),
      ),
    ),
  );
  near(transformer.deprocess("data", made).data, image().data);
  assert.deepEqual(transformer.deprocess("data", { shape: [1, 3, 2, 2], data: made.data }).shape, [2, 2, 3]);
});

Deno.test("deprocess inverts axis orders that are not their own inverse", () => {
  const transformer = new Transformer({ data: [1, 3, 2, 2] });
  transformer.setTranspose("data", [2, 0, 1]);
  transformer.setChannelSwap("data", [1, 2, 0]);
  const made = transformer.preprocess("data", image());
  assert.notDeepEqual(made.data, image().data);
  assert.deepEqual(transformer.deprocess("data", made), image());
});

Deno.test("images and means of another size are resized", () => {
  const transformer = new Transformer({ data: [1, 1, 2, 2] });
  transformer.setTranspose("data", [2, 0, 1]);
  transformer.setMean("data", ndArray([1, 1, 4, 4], new Float32Array(16).fill(3)));
  const made = transformer.preprocess("data", ndArray([4, 4, 1], new Float32Array(16).fill(5)));
  assert.deepEqual(made, ndArray([1, 2, 2], [2, 2, 2, 2]));
  transformer.setMean("data", ndArray([2, 2], [0, 1, 2, 3]));
  assert.deepEqual(
    transformer.preprocess("data", ndArray([2, 2, 1], [5, 5, 5, 5])),
    ndArray([1, 2, 2], [5, 4, 3, 2]),
  );
});

Deno.test("a mean of one channel applies to all channels", () => {
  const transformer = new Transformer({ data: [1, 2, 1, 2] });
  transformer.setTranspose("data", [2, 0, 1]);
  transformer.setMean("data", ndArray([1, 2], [10, 20]));
  assert.deepEqual(
    transformer.preprocess("data", ndArray([1, 2, 2], [0, 1, 2, 3])).data,
    Float32Array.of(-10, -18, -9, -17),
  );
});

Deno.test("settings and arrays that do not fit the input are refused", () => {
  const transformer = new Transformer({ data: [1, 3, 2, 2] });
  const use = [
    () => transformer.preprocess("dat", image()),
    () => transformer.deprocess("dat", image()),
    () => transformer.setRawScale("dat", 1),
  ];
  for (const each of use) {
    assert.throws(each, /Expected one of the inputs data but found 'dat'. Did you mean 'data'\?/);
  }
  assert.throws(() => transformer.setTranspose("data", [0, 1]), /an order of the 3 axes of input 'data'/);
  assert.throws(
    () => transformer.setChannelSwap("data", [1, 0]),
    /an order of the 3 channels of input 'data'/,
  );
  assert.throws(() => transformer.setChannelSwap("data", [1, 2, 3]), /found \(1, 2, 3\)/);
  assert.throws(() => transformer.setMean("data", [1, 2]), /a mean of 3 channels for input 'data'/);
  assert.throws(
    () => transformer.setMean("data", ndArray([2, 3, 3, 3])),
    /found one of shape \(2, 3, 3, 3\)/,
  );
  transformer.setChannelSwap("data", [2, 1, 0]);
  assert.throws(
    () => transformer.preprocess("data", image()),
    /Expected 3 channels on axis 0 .* \(2, 2, 3\)/,
  );
});
