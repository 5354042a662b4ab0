import assert from "node:assert/strict";
import { Predictor } from "../../../../net/predict/predictor.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";

const DEPLOY = (more = "") =>
  `name: "sums"
layer { name: "in" type: "Input" top: "data" input_param { shape { dim: 4 dim: 2 } } } ${more}
layer { name: "ip" type: "InnerProduct" bottom: "${more === "" ? "data" : "fixed"}" top: "sum"
  inner_product_param { num_output: 1 weight_filler { type: "constant" value: 1 } } }`;
const FIXED = 'layer { name: "r" type: "Reshape" bottom: "data" top: "fixed" ' +
  "reshape_param { shape { dim: 4 dim: 2 } } }";
const values = (count: number) => Float32Array.from({ length: 2 * count }, (_, i) => i >> 1);

Deno.test("the net is shaped to the examples, up to the prototxt's batch", async () => {
  using predictor = await Predictor.create(netFromText(DEPLOY()));
  const batches: (number | undefined)[] = [];
  using _hook = predictor.net.addBeforeForward((name) => {
    if (name === "ip") batches.push(predictor.net.blob("data").shape[0]);
  });
  for (const count of [1, 3, 4, 9]) {
    const { shape, data } = predictor.predict({ values: values(count) });
    assert.deepEqual(shape, [count, 1]);
    assert.deepEqual([...data], Array.from({ length: count }, (_, i) => 2 * i));
  }
  assert.deepEqual(batches, [1, 3, 4, 4, 4, 1]);
  assert.equal(predictor.shaped.isFixed, false);
  assert.deepEqual(predictor.inputShape, [4, 2]);
});

Deno.test("a net that can't be shaped runs whole batches", async () => {
  using predictor = await Predictor.create(netFromText(DEPLOY(FIXED)));
  for (const count of [1, 5, 4]) {
    const { shape, data } = predictor.predict({ values: values(count) });
    assert.deepEqual(shape, [count, 1]);
    assert.deepEqual([...data], Array.from({ length: count }, (_, i) => 2 * i));
  }
  assert.equal(predictor.shaped.isFixed, true);
  assert.equal(predictor.net.blob("data").shape[0], 4);
});

Deno.test("values that are no whole examples are refused", async () => {
  using predictor = await Predictor.create(netFromText(DEPLOY()));
  assert.throws(() => predictor.predict({ values: new Float32Array(3) }), /examples of 2 values .* found 3/);
  assert.throws(() => predictor.predict({ values: new Float32Array() }), /examples of 2 values .* found 0/);
  assert.throws(() => predictor.predict({ images: [] }), /found images/);
});
