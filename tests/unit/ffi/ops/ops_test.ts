import assert from "node:assert/strict";
import { CombineCode, MapCode, RandomCode, ReduceCode } from "../../../../ffi/ops/codes.ts";
import { Engine } from "../../../../ffi/engine.ts";
import { type AxisShape, type ConvolutionWindow, type Floats, ops } from "../../../../ffi/ops/mod.ts";
import { Net } from "../../../../net/net.ts";
import { made, opsTest } from "./ops_case.ts";

function assertNear(
  found: Floats | number[],
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < found.length; i++) {
    const [f, e] = [found[i]!, expected[i]!];
    const same = Object.is(f, e) || f === e || Number.isNaN(f) && Number.isNaN(e) ||
      Math.abs(f - e) <= tolerance * Math.max(1, Math.abs(e));
    assert.ok(same, `${what}, ${i} of ${found.length}: ${f} for ${e}`);
  }
}

const ODD = [NaN, Infinity, -Infinity, 0, -0, 1e-45, -1e-45, 3e38, -3e38];
const SIZES = [0, 1, 5, 8, 33, 1000, 70001];

/** The error function, by its series or its continued fraction, in double. */
function erf(x: number): number {
  if (!Number.isFinite(x)) return Math.sign(x);
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  let term = a, sum = a;
  for (let n = 1; n < 200; n++) {
    term *= -a * a / n;
    sum += term / (2 * n + 1);
  }
  return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
}

opsTest("functions of one value, of any length, at any offset, in place and not", (ops) => {
  const functions: Record<string, [(x: Floats, y: Floats) => void, (x: number) => number]> = {
    copy: [(x, y) => ops.copy(x, y), (x) => x],
    scale: [(x, y) => ops.scale(0.5, x, y), (x) => 0.5 * x],
    addScalar: [(x, y) => ops.addScalar(0.25, x, y), (x) => x + 0.25],
    abs: [(x, y) => ops.abs(x, y), Math.abs],
    sign: [(x, y) => ops.sign(x, y), Math.sign],
    sqrt: [(x, y) => ops.sqrt(x, y), Math.sqrt],
    exp: [(x, y) => ops.exp(x, y), (x) => Math.fround(Math.exp(x))],
    log: [(x, y) => ops.log(x, y), Math.log],
    square: [(x, y) => ops.powx(2, x, y), (x) => Math.fround(x * x)],
    inverse: [(x, y) => ops.powx(-1, x, y), (x) => Math.fround(1 / x)],
    root: [(x, y) => ops.powx(1.5, x, y), (x) => Math.fround(x ** 1.5)],
    tanh: [(x, y) => ops.tanh(x, y), Math.tanh],
    sigmoid: [(x, y) => ops.sigmoid(x, y), (x) => 1 / (1 + Math.exp(-x))],
    erf: [(x, y) => ops.erf(x, y), erf],
    relu: [(x, y) => ops.relu(x, y), (x) => Number.isNaN(x) ? x : Math.max(0, x)],
    leaky: [(x, y) => ops.relu(x, y, 0.1), (x) => x < 0 ? Math.fround(0.1) * x : x],
    gelu: [(x, y) => ops.gelu(x, y), (x) => x === -Infinity ? 0 : x * 0.5 * (1 + erf(x * Math.SQRT1_2))],
  };
  for (const [name, [run, exact]] of Object.entries(functions)) {
    for (const size of SIZES) {
      const x = made(size, 1, size % 3), y = made(size + 2, 2);
      y.fill(NaN);
      run(x, y.subarray(1, size + 1));
      assertNear(y, [NaN, ...Array.from(x, exact), NaN], 1e-6, name);
      run(x, x);
      assertNear(x, y.subarray(1, size + 1), 0, `${name} in place`);
    }
    const x = new Float32Array(ODD), y = new Float32Array(ODD.length);
    run(x, y);
    assertNear(y, ODD.map((value) => exact(Math.fround(value))), 1e-6, `${name} of odd values`);
  }
});

opsTest("functions of two values", (ops) => {
  for (const size of SIZES) {
    const a = made(size, 1, 1), b = made(size, 2), y = made(size, 3), before = y.slice();
    const check = (name: string, exact: (a: number, b: number, y: number) => number) => {
      assertNear(y, Array.from(a, (value, i) => exact(value, b[i]!, before[i]!)), 1e-6, name);
      y.set(before);
    };
    ops.add(a, b, y);
    check("add", (a, b) => a + b);
    ops.sub(a, b, y);
    check("sub", (a, b) => a - b);
    ops.mul(a, b, y);
    check("mul", (a, b) => a * b);
    ops.mulAdd(a, b, y);
    check("mulAdd", (a, b, y) => y + a * b);
    ops.div(a, b, y);
    check("div", (a, b) => Math.fround(a / b));
    ops.maximum(a, b, y);
    check("maximum", (a, b) => Math.max(a, b));
    ops.minimum(a, b, y);
    check("minimum", (a, b) => Math.min(a, b));
    ops.axpy(0.5, a, y);
    check("axpy", (a, _, y) => y + 0.5 * a);
    ops.axpby(0.5, a, -2, y);
    check("axpby", (a, _, y) => 0.5 * a - 2 * y);
    ops.fill(7, y);
    check("fill", () => 7);
    y.fill(NaN);
    ops.axpby(0.5, a, 0, y);
    check("axpby with beta 0", (a) => 0.5 * a);
    ops.reluBackward(a, b, y, 0.5);
    check("reluBackward", (a, b) => a > 0 ? b : 0.5 * b);
    ops.tanhBackward(a, b, y);
    check("tanhBackward", (a, b) => b * (1 - a * a));
    ops.sigmoidBackward(a, b, y);
    check("sigmoidBackward", (a, b) => b * a * (1 - a));
    ops.geluBackward(a, b, y);
    const density = (x: number) => Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    check("geluBackward", (a, b) => b * (0.5 * (1 + erf(a * Math.SQRT1_2)) + a * density(a)));
  }
  const y = new Float32Array(2);
  ops.maximum(new Float32Array([NaN, 1]), new Float32Array([1, NaN]), y);
  assertNear(y, [NaN, NaN], 0, "NaN wins");
});

opsTest("reductions to one number", (ops) => {
  for (const size of [...SIZES, 1_000_003]) {
    const a = made(size, 1, 3), b = made(size, 2);
    const exact = (f: (a: number, b: number) => number) =>
      a.reduce((sum, value, i) => sum + f(value, b[i]!), 0);
    // The sums are rounded to 32 bits.
    const tolerance = 3e-7 * (1 + exact((a, b) => Math.abs(a) + a * a + b * b));
    const close = (found: number, expected: number) =>
      assert.ok(Math.abs(found - expected) <= tolerance, `${found} for ${expected}`);
    close(ops.sum(a), exact((a) => a));
    close(ops.asum(a), exact(Math.abs));
    close(ops.sumSquares(a), exact((a) => a * a));
    close(ops.nrm2(a), Math.sqrt(exact((a) => a * a)));
    close(ops.dot(a, b), exact((a, b) => a * b));
    const difference = new Float32Array(size);
    close(ops.squaredDistance(a, b, difference), exact((a, b) => (a - b) ** 2));
    assert.ok(difference.every((value, i) => value === Math.fround(a[i]! - b[i]!)));
    if (size === 0) continue;
    const greatest = a.reduce((m, value) => Math.max(m, value));
    assert.equal(ops.max(a), greatest);
    assert.equal(ops.min(a), a.reduce((m, value) => Math.min(m, value)));
    assert.equal(ops.argmax(a), a.indexOf(greatest));
    a[size >> 1] = NaN;
    assert.ok(Number.isNaN(ops.max(a)) && Number.isNaN(ops.min(a)) && Number.isNaN(ops.sum(a)));
    assert.equal(ops.argmax(a), size >> 1);
  }
  for (const name of ["max", "min", "argmax"] as const) {
    assert.throws(() => ops[name](new Float32Array()), /Expected x to have a value but found none/);
  }
});

/** An array of shape (outer, axis, inner), computed element by element. */
function overAxis(
  { outer = 1, axis, inner = 1 }: AxisShape,
  each: (o: number, i: number, at: number[]) => void,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      each(o, i, Array.from({ length: axis }, (_, a) => (o * axis + a) * inner + i));
    }
  }
}

opsTest("reductions and broadcasts over an axis, softmax and its logarithm", (ops) => {
  for (
    const shape of [
      { outer: 1, axis: 1, inner: 1 },
      { outer: 3, axis: 5, inner: 1 },
      { axis: 40 },
      { outer: 2, axis: 4, inner: 7 },
      { outer: 2, axis: 3, inner: 301 },
      { outer: 130, axis: 600, inner: 1 },
      { outer: 4, axis: 10, inner: 3000 },
      { outer: 0, axis: 3, inner: 2 },
    ]
  ) {
    const { outer = 1, axis, inner = 1 } = shape, count = outer * axis * inner;
    const x = made(count, 1, 1), dy = made(count, 2), y = new Float32Array(count);
    const reduced = new Float32Array(outer * inner), v = made(axis, 4);
    const reduction = (name: string, expected: (values: number[]) => number) => {
      overAxis(shape, (o, i, at) => {
        assertNear([reduced[o * inner + i]!], [expected(at.map((k) => x[k]!))], 1e-5, name);
      });
    };
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    ops.sumAxis(shape, x, reduced);
    reduction("sumAxis", sum);
    ops.meanAxis(shape, x, reduced);
    reduction("meanAxis", (values) => sum(values) / axis);
    ops.asumAxis(shape, x, reduced);
    reduction("asumAxis", (values) => sum(values.map(Math.abs)));
    ops.sumSquaresAxis(shape, x, reduced);
    reduction("sumSquaresAxis", (values) => sum(values.map((value) => value * value)));
    ops.minAxis(shape, x, reduced);
    reduction("minAxis", (values) => Math.min(...values));
    ops.argmaxAxis(shape, x, reduced);
    reduction("argmaxAxis", (values) => values.indexOf(Math.max(...values)));
    ops.maxAxis(shape, x, reduced);
    reduction("maxAxis", (values) => Math.max(...values));

    const spread = (
      name: string,
      expected: (x: number, reduced: number, v: number, before: number) => number,
    ) => {
      overAxis(shape, (o, i, at) => {
        for (const [a, k] of at.entries()) {
          assertNear([y[k]!], [expected(x[k]!, reduced[o * inner + i]!, v[a]!, dy[k]!)], 1e-6, name);
        }
      });
    };
    ops.addAxis(shape, x, reduced, y);
    spread("addAxis", (x, r) => x + r);
    ops.subAxis(shape, x, reduced, y);
    spread("subAxis", (x, r) => x - r);
    ops.mulAxis(shape, x, reduced, y);
    spread("mulAxis", (x, r) => x * r);
    ops.divAxis(shape, x, reduced, y);
    spread("divAxis", (x, r) => x / r);
    y.set(dy);
    ops.mulAddAxis(shape, x, reduced, y);
    spread("mulAddAxis", (x, r, _, before) => before + x * r);
    ops.addVector(shape, x, v, y);
    spread("addVector", (x, _, v) => x + v);
    ops.subVector(shape, x, v, y);
    spread("subVector", (x, _, v) => x - v);
    ops.mulVector(shape, x, v, y);
    spread("mulVector", (x, _, v) => x * v);
    ops.divVector(shape, x, v, y);
    spread("divVector", (x, _, v) => x / v);
    y.set(dy);
    ops.mulAddVector(shape, x, v, y);
    spread("mulAddVector", (x, _, v, before) => before + x * v);

    const sums = new Array<number>(axis).fill(0), dots = Array.from(v, (value) => 3 * value);
    overAxis(shape, (_o, _i, at) => {
      for (const [a, k] of at.entries()) {
        sums[a]! += x[k]!;
        dots[a]! += x[k]! * dy[k]!;
      }
    });
    const summed = made(axis, 9).fill(NaN), dotted = v.slice();
    ops.sumVector(shape, x, summed);
    assertNear(summed, sums, 1e-5, "sumVector");
    ops.dotVector(shape, x, dy, dotted, 3);
    assertNear(dotted, dots, 1e-5, "dotVector");

    const p = new Float32Array(count), log = new Float32Array(count);
    ops.softmax(shape, x, p);
    ops.logSoftmax(shape, x, log);
    ops.softmaxBackward(shape, p, dy, y);
    const logDiff = new Float32Array(count);
    ops.logSoftmaxBackward(shape, log, dy, logDiff);
    overAxis(shape, (_o, _i, at) => {
      const total = sum(at.map((k) => Math.exp(x[k]!)));
      const exact = at.map((k) => Math.exp(x[k]!) / total);
      const dot = sum(at.map((k, a) => exact[a]! * dy[k]!)), all = sum(at.map((k) => dy[k]!));
      for (const [a, k] of at.entries()) {
        assertNear([p[k]!], [exact[a]!], 1e-6, "softmax");
        assertNear([log[k]!], [Math.log(exact[a]!)], 1e-6, "logSoftmax");
        assertNear([y[k]!], [exact[a]! * (dy[k]! - dot)], 1e-5, "softmaxBackward");
        assertNear([logDiff[k]!], [dy[k]! - exact[a]! * all], 1e-5, "logSoftmaxBackward");
      }
    });
  }
  // Large scores do not overflow, and a score of -infinity has probability 0.
  const y = new Float32Array(3);
  ops.softmax({ axis: 3 }, new Float32Array([1000, 1000, -Infinity]), y);
  assert.deepEqual([...y], [0.5, 0.5, 0]);
});

opsTest("matrix products", (ops) => {
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      for (
        const [m, n, k, more] of [[1, 1, 1, 0], [3, 5, 4, 0], [17, 9, 33, 3], [4, 3, 0, 0], [
          0,
          3,
          2,
          0,
        ]] as const
      ) {
        const lda = (transA ? m : k) + more, ldb = (transB ? k : n) + more, ldc = n + more;
        const a = made((transA ? k : m) * lda, 1), b = made((transB ? n : k) * ldb, 2), c = made(m * ldc, 3);
        const expected = [...c];
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = 0; l < k; l++) {
              sum += a[transA ? l * lda + i : i * lda + l]! * b[transB ? j * ldb + l : l * ldb + j]!;
            }
            expected[i * ldc + j] = 0.5 * sum + 2 * expected[i * ldc + j]!;
          }
        }
        ops.gemm({ m, n, k, transA, transB, lda, ldb, ldc, alpha: 0.5, beta: 2 }, a, b, c);
        assertNear(c, expected, 1e-5, `${m}x${k}x${n} ${transA} ${transB}`);
      }
    }
    for (const [m, n] of [[3, 5], [700, 300], [2, 0]] as const) {
      const a = made(m * n, 1), x = made(transA ? m : n, 2), y = made(transA ? n : m, 3);
      const expected = Array.from(y, (value, i) => {
        let sum = 0;
        for (let l = 0; l < x.length; l++) sum += a[transA ? l * n + i : i * n + l]! * x[l]!;
        return 2 * sum - value;
      });
      ops.gemv({ m, n, transA, alpha: 2, beta: -1 }, a, x, y);
      assertNear(y, expected, 1e-4, `gemv ${m}x${n} ${transA}`);
    }
  }
  const none = new Float32Array([NaN]);
  ops.gemm({ m: 1, n: 1, k: 1 }, new Float32Array([2]), new Float32Array([3]), none);
  assert.equal(none[0], 6);
});

opsTest("batches of matrix products", (ops) => {
  // Two items with three heads each, whose rows are interleaved.
  const [items, heads, places, size] = [2, 3, 4, 5], row = heads * size;
  const q = made(items * places * row, 1), k = made(items * places * row, 2);
  const scores = new Float32Array(items * heads * places * places);
  ops.gemmBatch(
    {
      m: places,
      n: places,
      k: size,
      transB: true,
      lda: row,
      ldb: row,
      alpha: 0.5,
      batch: [items, heads],
      strideA: [places * row, size],
      strideB: [places * row, size],
      strideC: [heads * places * places, places * places],
    },
    q,
    k,
    scores,
  );
  let at = 0;
  for (let n = 0; n < items; n++) {
    for (let h = 0; h < heads; h++) {
      for (let t = 0; t < places; t++) {
        for (let s = 0; s < places; s++) {
          let sum = 0;
          for (let i = 0; i < size; i++) {
            sum += q[(n * places + t) * row + h * size + i]! * k[(n * places + s) * row + h * size + i]!;
          }
          assertNear([scores[at++]!], [0.5 * sum], 1e-5, "score");
        }
      }
    }
  }
});

opsTest("images to columns and back", (ops) => {
  const windows: ConvolutionWindow[] = [
    { channels: 2, height: 5, width: 6, kernel: 3, pad: 1 },
    { channels: 1, height: 7, width: 5, kernel: [3, 2], stride: 2, pad: [0, 1] },
    { channels: 3, height: 6, width: 6, kernel: 2, dilation: 3, stride: [1, 2], pad: 2 },
    { channels: 1, height: 2, width: 2, kernel: 1, pad: 3, stride: 3 },
  ];
  for (const window of windows) {
    const { channels, height, width } = window;
    const pair = (value: number | readonly [number, number]) =>
      typeof value === "number" ? [value, value] as const : value;
    const [sy, sx] = pair(window.stride ?? 1), [py, px] = pair(window.pad ?? 0);
    const [dy, dx] = pair(window.dilation ?? 1);
    const shape = ops.columnsShape(window), [, kh, kw, oh, ow] = shape;
    const image = made(channels * height * width, 1),
      columns = new Float32Array(shape.reduce((a, b) => a * b));
    const back = new Array<number>(image.length).fill(0),
      diff = made(columns.length, 2),
      expected: number[] = [];
    for (let c = 0; c < channels; c++) {
      for (let ky = 0; ky < kh; ky++) {
        for (let kx = 0; kx < kw; kx++) {
          for (let y = 0; y < oh; y++) {
            for (let x = 0; x < ow; x++) {
              const row = y * sy + ky * dy - py, column = x * sx + kx * dx - px;
              const inside = row >= 0 && row < height && column >= 0 && column < width;
              const at = (c * height + row) * width + column;
              if (inside) back[at]! += diff[expected.length]!;
              expected.push(inside ? image[at]! : 0);
            }
          }
        }
      }
    }
    ops.im2col(window, image, columns);
    assertNear(columns, expected, 0, "im2col");
    const found = new Float32Array(image.length).fill(NaN);
    ops.col2im(window, diff, found);
    assertNear(found, back, 1e-6, "col2im");
  }
});

opsTest("random numbers depend only on their place, and have their distribution", (ops) => {
  const n = 200_000, x = new Float32Array(n), y = new Float32Array(n);
  const moments = () => {
    const mean = ops.sum(x) / n;
    return [mean, ops.sumSquares(x) / n - mean * mean, ops.min(x), ops.max(x)] as const;
  };
  const fills: Record<string, [(offset: number, to: Floats) => void, number, number, number, number]> = {
    uniform: [(offset, to) => ops.uniform(-1, 3, { seed: 5, offset }, to), 1, 16 / 12, -1, 3],
    gaussian: [(offset, to) => ops.gaussian(2, 0.5, { seed: 5, offset }, to), 2, 0.25, -1, 5],
    bernoulli: [(offset, to) => ops.bernoulli(0.3, { seed: 5, offset }, to), 0.3, 0.21, 0, 1],
  };
  for (const [name, [fill, mean, variance, least, greatest]] of Object.entries(fills)) {
    fill(0, x);
    const found = moments();
    assert.ok(Math.abs(found[0] - mean) < 0.01, `${name}: ${found}`);
    assert.ok(Math.abs(found[1] - variance) < 0.02 * variance, `${name}: ${found}`);
    assert.ok(found[2] >= least && found[3] <= greatest, `${name}: ${found}`);
    for (const cut of [1, 1023, 1024, 77_777]) {
      fill(0, y.subarray(0, cut));
      fill(cut, y.subarray(cut));
      assert.deepEqual(y, x, name);
    }
  }
  ops.uniform(0, 1, { seed: 6n }, y);
  ops.uniform(0, 1, { seed: 5 }, x);
  assert.notDeepEqual(x, y);
});

opsTest("arrays of the wrong length are refused", (ops) => {
  const x = new Float32Array(6), y = new Float32Array(5);
  const shape = { outer: 2, axis: 3 };
  const wrong: [() => void, RegExp][] = [
    [() => ops.axpy(1, x, y), /Expected y to have 6 values but found 5/],
    [() => ops.add(x, y, x), /Expected b to have 6 values but found 5/],
    [() => ops.add(x, x, y), /Expected y to have 6 values but found 5/],
    [() => ops.geluBackward(x, x, y), /Expected dx to have 6 values but found 5/],
    [() => ops.dot(x, y), /Expected b to have 6/],
    [() => ops.squaredDistance(x, x, y), /Expected difference to have 6/],
    [() => ops.softmax(shape, y, y), /Expected x to have 6/],
    [
      () => ops.softmax({ outer: 1.5, axis: 4 }, x, x),
      /Expected outer to be a whole number of at least 0 but found 1.5/,
    ],
    [
      () => ops.maxAxis({ outer: 6, axis: 0 }, y, x),
      /Expected axis to be a whole number of at least 1 but found 0/,
    ],
    [() => ops.sumAxis(shape, x, y), /Expected y to have 2 values but found 5/],
    [() => ops.sumVector(shape, x, y), /Expected v to have 3 values but found 5/],
    [() => ops.gemm({ m: 2, n: 2, k: 3 }, x, y, x), /Expected B to have at least 6 values but found 5/],
    [
      () => ops.gemm({ m: 2, n: 2, k: 3, lda: 2 }, x, x, x),
      /Expected lda to be a whole number of at least 3 but found 2/,
    ],
    [() => ops.gemm({ m: -1, n: 2, k: 3 }, x, x, x), /Expected m to be a whole number/],
    [() => ops.gemv({ m: 2, n: 3 }, x, y, y.subarray(0, 2)), /Expected x to have 3/],
    [() => ops.normalize(4, x, {}, x, y, y), /Expected x to have 4 rows of equal length but found 6/],
    [
      () => ops.im2col({ channels: 1, height: 2, width: 3, kernel: 1 }, x, y),
      /Expected columns to have 6 values but found 5/,
    ],
    [
      () => ops.im2col({ channels: 1, height: 2, width: 3, kernel: 1, stride: 0 }, x, x),
      /Expected stride to be a whole number of at least 1 but found 0/,
    ],
  ];
  for (const [run, message] of wrong) {
    assert.throws(run, (error) => error instanceof RangeError && message.test(error.message));
  }
});

opsTest("views of blobs whose memory is freed", async (ops) => {
  const net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 3 dim: 4 } } }`,
  );
  const x = net.blob("x").data;
  ops.fill(2, x);
  ops.axpy(1, x, x);
  ops.exp(x.subarray(4, 8), x.subarray(4, 8));
  assert.deepEqual([...x.subarray(2, 5)].map(Math.round), [4, 4, 55]);
  net[Symbol.dispose]();
  assert.equal(x.length, 0);
  assert.throws(() => ops.copy(new Float32Array(12), x), /Expected y to have 12 values but found 0/);
  assert.throws(() => ops.max(x), RangeError);
});

Deno.test("ops is that of the default engine", () => {
  const x = new Float32Array([1, 2]);
  ops.scale(3, x);
  assert.deepEqual([...x], [3, 6]);
  assert.equal(ops.sum(x), Engine.open().ops.sum(x));
});

Deno.test("the codes are crema.h's", async () => {
  const header = await Deno.readTextFile(new URL("../../../../ffi/crema.h", import.meta.url));
  const declared = Object.fromEntries(
    [...header.matchAll(/\bCREMA_OPS_(\w+) = (\d+)/g)].map(([, name, value]) => [name, Number(value)]),
  );
  const ours = { ...MapCode, ...CombineCode, ...ReduceCode, ...RandomCode };
  assert.deepEqual(declared, ours);
});
