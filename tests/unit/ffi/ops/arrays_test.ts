import assert from "node:assert/strict";
import type { AxisShape, Floats, Ops } from "../../../../ffi/ops/mod.ts";
import { floatsLength } from "../../../../ffi/ops/check.ts";
import { opsTest } from "./ops_case.ts";

/** One call of an op: the lengths of its arrays, and the call with them. */
type Call = readonly [lengths: readonly number[], run: (ops: Ops, ...arrays: Floats[]) => unknown];

const shape = { outer: 2, axis: 3, inner: 2 };
const product = { m: 2, n: 3, k: 4 };
const batch = { ...product, batch: [2, 1], strideA: [8, 0], strideB: [12, 0], strideC: [6, 0] } as const;
const window = { channels: 1, height: 3, width: 3, kernel: 2 };
const source = { seed: 1 };

type Method<Arguments extends unknown[]> = {
  [Name in keyof Ops]: Ops[Name] extends (...args: Arguments) => unknown ? Name : never;
}[keyof Ops];

const two = (name: Method<[Floats, Floats]>): Call => [[4, 4], (ops, x, y) => ops[name](x!, y!)];
const three = (name: Method<[Floats, Floats, Floats]>): Call => [
  [4, 4, 4],
  (ops, a, b, y) => ops[name](a!, b!, y!),
];
const reduced = (name: Method<[AxisShape, Floats, Floats]>): Call => [
  [12, 4],
  (ops, x, y) => ops[name](shape, x!, y!),
];
const alike = (name: Method<[AxisShape, Floats, Floats]>): Call => [
  [12, 12],
  (ops, x, y) => ops[name](shape, x!, y!),
];
const withRow = (name: Method<[AxisShape, Floats, Floats, Floats]>, length: number): Call => [
  [12, length, 12],
  (ops, x, v, y) => ops[name](shape, x!, v!, y!),
];

/** Every op that takes arrays. */
const calls: Record<Exclude<keyof Ops, "columnsShape">, readonly Call[]> = {
  copy: [two("copy")],
  fill: [[[4], (ops, y) => ops.fill(1, y!)]],
  axpy: [[[4, 4], (ops, x, y) => ops.axpy(1, x!, y!)]],
  axpby: [[[4, 4], (ops, x, y) => ops.axpby(1, x!, 1, y!)]],
  scale: [[[4, 4], (ops, x, y) => ops.scale(1, x!, y!)], [[4], (ops, x) => ops.scale(1, x!)]],
  addScalar: [[[4, 4], (ops, x, y) => ops.addScalar(1, x!, y!)], [[4], (ops, x) => ops.addScalar(1, x!)]],
  add: [three("add")],
  sub: [three("sub")],
  mul: [three("mul")],
  mulAdd: [three("mulAdd")],
  div: [three("div")],
  maximum: [three("maximum")],
  minimum: [three("minimum")],
  abs: [two("abs")],
  sign: [two("sign")],
  sqrt: [two("sqrt")],
  exp: [two("exp")],
  log: [two("log")],
  powx: [[[4, 4], (ops, x, y) => ops.powx(2, x!, y!)]],
  tanh: [two("tanh")],
  tanhBackward: [three("tanhBackward")],
  sigmoid: [two("sigmoid")],
  sigmoidBackward: [three("sigmoidBackward")],
  erf: [two("erf")],
  relu: [two("relu")],
  reluBackward: [three("reluBackward")],
  gelu: [two("gelu")],
  geluBackward: [three("geluBackward")],
  sum: [[[4], (ops, x) => ops.sum(x!)]],
  asum: [[[4], (ops, x) => ops.asum(x!)]],
  sumSquares: [[[4], (ops, x) => ops.sumSquares(x!)]],
  nrm2: [[[4], (ops, x) => ops.nrm2(x!)]],
  dot: [two("dot")],
  squaredDistance: [three("squaredDistance")],
  max: [[[4], (ops, x) => ops.max(x!)]],
  min: [[[4], (ops, x) => ops.min(x!)]],
  argmax: [[[4], (ops, x) => ops.argmax(x!)]],
  sumAxis: [reduced("sumAxis")],
  meanAxis: [reduced("meanAxis")],
  asumAxis: [reduced("asumAxis")],
  sumSquaresAxis: [reduced("sumSquaresAxis")],
  maxAxis: [reduced("maxAxis")],
  minAxis: [reduced("minAxis")],
  argmaxAxis: [reduced("argmaxAxis")],
  addAxis: [withRow("addAxis", 4)],
  subAxis: [withRow("subAxis", 4)],
  mulAxis: [withRow("mulAxis", 4)],
  mulAddAxis: [withRow("mulAddAxis", 4)],
  divAxis: [withRow("divAxis", 4)],
  addVector: [withRow("addVector", 3)],
  subVector: [withRow("subVector", 3)],
  mulVector: [withRow("mulVector", 3)],
  mulAddVector: [withRow("mulAddVector", 3)],
  divVector: [withRow("divVector", 3)],
  sumVector: [[[12, 3], (ops, x, v) => ops.sumVector(shape, x!, v!)]],
  dotVector: [[[12, 12, 3], (ops, x, z, v) => ops.dotVector(shape, x!, z!, v!)]],
  uniform: [[[4], (ops, y) => ops.uniform(0, 1, source, y!)]],
  gaussian: [[[4], (ops, y) => ops.gaussian(0, 1, source, y!)]],
  bernoulli: [[[4], (ops, y) => ops.bernoulli(0.5, source, y!)]],
  gemm: [[[8, 12, 6], (ops, a, b, c) => ops.gemm(product, a!, b!, c!)]],
  gemmBatch: [[[16, 24, 12], (ops, a, b, c) => ops.gemmBatch(batch, a!, b!, c!)]],
  gemv: [[[6, 3, 2], (ops, a, x, y) => ops.gemv({ m: 2, n: 3 }, a!, x!, y!)]],
  softmax: [alike("softmax")],
  softmaxBackward: [withRow("softmaxBackward", 12)],
  logSoftmax: [alike("logSoftmax")],
  logSoftmaxBackward: [withRow("logSoftmaxBackward", 12)],
  normalize: [[[6, 3, 3, 6, 2, 2], (ops, x, gamma, beta, y, mean, rstd) => {
    ops.normalize(2, x!, { gamma, beta }, y!, mean!, rstd!);
  }]],
  normalizeBackward: [
    [[6, 6, 3, 2, 2, 6, 3, 3], (ops, x, dy, gamma, mean, rstd, dx, dgamma, dbeta) => {
      ops.normalizeBackward(2, { x: x!, dy: dy!, gamma, mean: mean!, rstd: rstd!, dx, dgamma, dbeta });
    }],
  ],
  im2col: [[[9, 16], (ops, image, columns) => ops.im2col(window, image!, columns!)]],
  col2im: [[[16, 9], (ops, columns, image) => ops.col2im(window, columns!, image!)]],
};

/** Things that are no array of `length` floats, though some say so. */
const impostors: Record<string, (length: number) => unknown> = {
  "a Uint8Array": (length) => new Uint8Array(length),
  "an Int16Array": (length) => new Int16Array(length),
  "an Int32Array": (length) => new Int32Array(length),
  "a Float64Array": (length) => new Float64Array(length),
  "an array": (length) => new Array(length).fill(0),
  "a DataView": (length) => new DataView(new ArrayBuffer(4 * length)),
  "an ArrayBuffer": (length) => new ArrayBuffer(4 * length),
  "null": () => null,
  "a number": () => 1,
  "an object with a length": (length) => ({ length, buffer: new ArrayBuffer(4 * length), byteOffset: 0 }),
  "a Proxy": (length) => new Proxy(new Float32Array(length), {}),
  "a Uint8Array in disguise": (length) => {
    const array = Object.setPrototypeOf(new Uint8Array(length), Float32Array.prototype);
    return Object.defineProperty(array, Symbol.toStringTag, { value: "Float32Array" });
  },
};

/** Arrays of floats with another number of values than they say. */
const lying: Record<string, (length: number) => Floats> = {
  "a shorter array": (length) => new Float32Array(length - 1),
  "a shorter array with its own length": (length) =>
    Object.defineProperty(new Float32Array(length - 1), "length", { value: length }),
  "a shorter array of a class with another length": (length) => {
    class Longer extends Float32Array<ArrayBuffer> {
      override get length(): number {
        return length;
      }
    }
    return new Longer(new ArrayBuffer(4 * length - 4));
  },
  "a detached array": (length) => {
    const array = new Float32Array(length);
    array.buffer.transfer();
    return array;
  },
  "an array whose buffer has shrunk": (length) => {
    const buffer = new ArrayBuffer(4 * length, { maxByteLength: 4 * length });
    const array = new Float32Array(buffer, 0, length);
    buffer.resize(4);
    return array;
  },
};

opsTest("the table has every op", (ops) => {
  const methods = new Set<string>();
  for (let of = Object.getPrototypeOf(ops); of !== Object.prototype; of = Object.getPrototypeOf(of)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(of))) {
      if (typeof value === "function" && name !== "constructor") methods.add(name);
    }
  }
  assert.deepEqual([...methods].sort(), [...Object.keys(calls), "columnsShape"].sort());
});

opsTest("every op takes Float32Arrays of their true length, and nothing else", (ops) => {
  for (const [name, list] of Object.entries(calls)) {
    for (const [lengths, run] of list) {
      const made = () => lengths.map((length) => new Float32Array(length));
      run(ops, ...made());
      for (const [i, length] of lengths.entries()) {
        const tryWith = (wrong: unknown) => () => run(ops, ...made().with(i, wrong as Floats));
        for (const [what, make] of Object.entries(impostors)) {
          assert.throws(tryWith(make(length)), TypeError, `${name}, array ${i}: ${what}`);
        }
        // The array alone says how long these are.
        if (lengths.length === 1) continue;
        for (const [what, make] of Object.entries(lying)) {
          assert.throws(tryWith(make(length)), RangeError, `${name}, array ${i}: ${what}`);
        }
      }
    }
  }
});

opsTest("an op of one array works on as many values as it really has", (ops) => {
  const values = new Float32Array(8).fill(1);
  const part = Object.defineProperty(values.subarray(0, 3), "length", { value: 8 });
  ops.fill(5, part);
  assert.deepEqual([...values], [5, 5, 5, 1, 1, 1, 1, 1]);
  assert.equal(ops.sum(part), 15);
  assert.equal(ops.argmax(part), 0);
});

opsTest("sizes and flags that change or convert while they are read", (ops) => {
  let reads = 0;
  const growing = {
    get axis() {
      return reads++ === 0 ? 3 : 3_000_000;
    },
  };
  const x = new Float32Array(3), y = new Float32Array(3);
  ops.softmax(growing, x, y);
  assert.deepEqual([...y].map((value) => value.toFixed(2)), ["0.33", "0.33", "0.33"]);
  assert.equal(reads, 1);

  // "0" is true to JavaScript, and 0 as a number.
  const a = Float32Array.of(1, 2, 3), b = Float32Array.of(1, 1, 1), c = new Float32Array(1);
  ops.gemm({ m: 1, n: 1, k: 3, transA: "0" as never }, a, b, c);
  assert.equal(c[0], 6);

  const noise = new Float32Array(4);
  const seed = { valueOf: () => (noise.buffer.transfer(), 1n) };
  ops.uniform(0, 1, { seed: seed as never }, noise);
  assert.equal(noise.length, 0);
});

opsTest("what is wrong with an array, in words", (ops) => {
  const y = new Float32Array(4);
  const wrong = (x: unknown) => () => ops.copy(x as Floats, y);
  const hint = ". `Float32Array.from(values)` makes one of other numbers.";
  for (
    const [x, found] of [
      [new Uint8Array(4), "a Uint8Array"],
      [new Int16Array(4), "an Int16Array"],
      [[1], "another object"],
      [undefined, "undefined"],
      ["1234", "a string"],
    ] as const
  ) {
    assert.throws(wrong(x), { message: `Expected x to be a Float32Array but found ${found}${hint}` });
  }
});

Deno.test("floatsLength takes views of resizable and shared buffers", () => {
  const buffer = new ArrayBuffer(8, { maxByteLength: 16 });
  const growing = new Float32Array(buffer);
  buffer.resize(16);
  assert.equal(floatsLength("x", growing), 4);
  assert.equal(floatsLength("x", new Float32Array(new SharedArrayBuffer(12)) as never), 3);
});
