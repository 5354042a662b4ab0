import assert from "node:assert/strict";
import { Engine } from "../../../../ffi/engine.ts";
import {
  type CheckableLayer,
  checkLayer,
  type CheckLayerOptions,
} from "../../../../script/check/check_layer.ts";
import { Layer } from "../../../../layers/layer.ts";
import * as library from "../../../../layers/mod.ts";
import type { Blob } from "../../../../mod.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";
import { mistakes, right } from "./planted_mistakes.ts";

async function findingsOf(layer: CheckableLayer, options?: CheckLayerOptions): Promise<string[]> {
  return (await checkLayer(layer, options)).findings.map(String);
}

Deno.test("checkLayer finds nothing in correct layers", async () => {
  for (const layer of Object.values(right)) {
    const { findings, skipped, uses } = await checkLayer(layer);
    assert.deepEqual(findings.map(String), []);
    assert.deepEqual(skipped, []);
    assert.ok(uses.length >= 6);
  }
});

for (const [layer, rule, says] of mistakes) {
  Deno.test(`checkLayer finds the planted mistake of ${layer.name}: ${rule}`, async () => {
    const { findings } = await checkLayer(layer);
    const found = findings.filter((finding) => finding.rule === rule && says.test(String(finding)));
    assert.ok(found.length > 0, findings.join("\n") || "no findings");
    assert.equal(found[0]!.layer, layer.name);
  });
}

for (const [name, exported] of Object.entries(library)) {
  if (typeof exported !== "function" || !("forward" in Object(exported.prototype))) continue;
  const check = async (engine: string) => {
    const { findings, skipped, uses } = await checkLayer(exported as unknown as CheckableLayer, { engine });
    assert.deepEqual(findings.map(String), []);
    assert.deepEqual(skipped, []);
    assert.ok(uses.length > 0);
  };
  Deno.test(`checkLayer finds nothing in ${name} of the library`, () => check("embedded"));
  libcaffeTest(`checkLayer finds nothing in ${name} of the library, on libcaffe`, () => check("libcaffe"));
}

Deno.test("a finding names the element, how far it is off, and the use", async () => {
  class OffLayer extends right.CubeLayer {
    override backward(tops: [Blob], wanted: boolean[], [x]: [Blob]): void {
      super.backward(tops, wanted, [x]);
      x.diff[x.count - 1]! += 0.5 * tops[0].diff.at(-1)!;
    }
  }
  const { findings } = await checkLayer(OffLayer, { use: { bottoms: [[2, 1, 2, 3]], param: { a: 1 } } });
  const [finding] = findings;
  assert.equal(findings.length, 1);
  assert.equal(finding!.rule, "gradient");
  assert.deepEqual(finding!.element, [1, 0, 1, 2]);
  assert.equal(finding!.others, 0);
  // Off by half of the top's diff, whose absolute value is from 0.5 to 1.5.
  const off = Math.abs(finding!.found! - finding!.expected!);
  assert.ok(off > 0.24 && off < 0.76);
  assert.equal(finding!.use, 'bottom (2, 1, 2, 3), param {"a":1}, TRAIN');
  assert.match(
    String(finding),
    /^OffLayer: gradient: gradient of bottom 0 at \[1, 0, 1, 2\]: expected .*\n.*, and in 1 more use\n/,
  );
});

Deno.test("a class's examples say which bottoms are labels, and given shapes replace them", async () => {
  class PickLayer extends Layer {
    static isLoss = true;
    static bottoms = 2;
    static tops = 1;
    static examples = [{ bottoms: [[3, 4], { shape: [3], labels: 4 }] }];

    override reshape([x, labels]: [Blob, Blob], [loss]: [Blob]): void {
      if (labels.count !== x.num) throw new RangeError("Expected a label per item");
      loss.reshape();
    }

    override forward([x, labels]: [Blob, Blob], [loss]: [Blob]): void {
      let sum = 0;
      for (let n = 0; n < x.num; n++) sum -= x.data[n * x.channels + labels.data[n]!]!;
      loss.data[0] = sum / x.num;
    }

    // Like Caffe's losses: no gradient for labels, and an error if it is requested.
    override backward([loss]: [Blob], wanted: boolean[], [x, labels]: [Blob, Blob]): void {
      if (wanted[1]) throw new TypeError("Expected no gradient of labels to be wanted");
      if (!wanted[0]) return;
      const diff = x.diff.fill(0);
      for (let n = 0; n < x.num; n++) diff[n * x.channels + labels.data[n]!] = -loss.diff[0]! / x.num;
    }
  }
  assert.deepEqual(await findingsOf(PickLayer), []);
  class GuessedLayer extends PickLayer {
    static override examples = undefined as never;
  }
  assert.deepEqual(await findingsOf(GuessedLayer), []);
  const { findings } = await checkLayer(PickLayer, { use: { bottoms: [[3, 4], [4]] } });
  assert.equal(findings[0]!.rule, "fails");
  assert.match(String(findings[0]), /reshape threw: Expected a label per item/);
});

Deno.test("a kink is no mistake, and a correct in-place layer passes", async () => {
  class ReLULayer {
    static bottoms = 1;
    static tops = 1;
    reshape([x]: Blob[], [y]: Blob[]): void {
      if (x !== y) y!.reshapeLike(x!);
    }
    forward([x]: Blob[], [y]: Blob[]): void {
      const from = x!.data, to = y!.data;
      for (let i = 0; i < to.length; i++) to[i] = Math.max(0, from[i]!);
    }
    backward([y]: Blob[], [wanted]: boolean[], [x]: Blob[]): void {
      if (!wanted) return;
      const from = x!.data, above = y!.diff, to = x!.diff;
      for (let i = 0; i < to.length; i++) to[i] = from[i]! > 0 ? above[i]! : 0;
    }
  }
  const values = [0.0004, -0.3, 0.6, -0.0003];
  const kink = { bottoms: [{ shape: [2, 2], values, gradient: true }] };
  assert.deepEqual(await findingsOf(ReLULayer), []);
  assert.deepEqual(await findingsOf(ReLULayer, { examples: [kink] }), []);
});

Deno.test("the gradient of a layer that draws from its seed is checked", async () => {
  class DrawLayer extends Layer {
    static bottoms = 1;
    static tops = 1;
    static examples = [{ bottoms: [[3, 4]], random: true }];
    slope = 1;
    #state = (this.seed ?? 0) + 1;
    #factors = new Float32Array();

    override reshape([x]: [Blob], [y]: [Blob]): void {
      if (x === y) throw new RangeError("Expected no top in place");
      y.reshapeLike(x);
    }

    override forward([x]: [Blob], [y]: [Blob]): void {
      this.#factors = Float32Array.from(x.data, () => (this.#state = this.#state * 48271 % 2147483647) % 3);
      y.data.set(x.data.map((value, i) => value * this.#factors[i]!));
    }

    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (wanted) x.diff.set(y.diff.map((above, i) => this.slope * above * this.#factors[i]!));
    }
  }
  class WrongLayer extends DrawLayer {
    override slope = 2;
  }
  assert.deepEqual(await findingsOf(DrawLayer), []);
  assert.match(String(await findingsOf(WrongLayer)), /gradient-factor: .*\n.*\n.*2 times what it should be/);
});

Deno.test("a layer that gives its arrays to native code is checked without indices, and the report says so", async () => {
  class CloneLayer extends right.CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      y.data.set(structuredClone(x.data).map((value) => value ** 3));
    }
  }
  const { findings, skipped } = await checkLayer(CloneLayer);
  assert.deepEqual(findings.map(String), []);
  assert.match(skipped.join(), /^indices, because the layer does not run on guarded arrays: forward threw: /);
});

Deno.test("checkLayer takes phases, a tolerance and an engine", async () => {
  class CoarseLayer extends right.CubeLayer {
    override backward(tops: [Blob], wanted: boolean[], [x]: [Blob]): void {
      super.backward(tops, wanted, [x]);
      if (wanted[0] && this.phase === "TRAIN") x.diff.forEach((value, i, all) => all[i] = 1.03 * value);
    }
  }
  assert.match(String(await findingsOf(CoarseLayer)), /gradient/);
  assert.deepEqual(await findingsOf(CoarseLayer, { tolerance: 0.05 }), []);
  assert.deepEqual(await findingsOf(CoarseLayer, { phases: ["TEST"], engine: Engine.open() }), []);
});

Deno.test("a check leaves vector math unchanged", async () => {
  const before = Object.getOwnPropertyNames(Engine.open().ops);
  await checkLayer(library.GELULayer);
  assert.deepEqual(Object.getOwnPropertyNames(Engine.open().ops), before);
});

Deno.test("a layer's own error comes before those that the tried shapes caused", async () => {
  // Without `static bottoms`, one bottom is tried first.
  class UndeclaredLayer extends Layer {
    override reshape([a, b]: Blob[], [loss]: Blob[]): void {
      if (a!.count !== b!.count) throw new RangeError(`Expected ${a!.count} values but found ${b!.count}`);
      loss!.reshape();
    }
    override forward(_: Blob[], [loss]: Blob[]): void {
      loss!.data[0] = new Function("return summ")();
    }
  }
  class AsyncLayer extends Layer {
    override reshape([, b]: Blob[], [y]: Blob[]): void {
      y!.reshape(b!.shape);
    }
    override async forward(): Promise<void> {
      await Promise.resolve();
    }
  }
  // Runs with other shapes, so those that it refuses excuse it; but not for this.
  class PartlyUndeclaredLayer extends Layer {
    static bottoms = 1;
    override reshape([x]: [Blob], [y]: [Blob]): void {
      if (x.numAxes === 3) throw new RangeError("Expected 2 or 4 axes but found 3");
      y.reshape(x.shape);
    }
    override forward([x]: [Blob], [y]: [Blob]): void {
      if (x.numAxes === 4) new Function("return windowOf")();
      y.data.set(x.data);
    }
  }
  class ConstantLayer extends Layer {
    constructor(context: never) {
      super(context);
      throw new RangeError("Expected another day");
    }
    override reshape(): void {}
    override forward(): void {}
  }
  for (
    const [layer, what, hint] of [
      [UndeclaredLayer, /^forward threw: summ is not defined$/, /The name is not declared here/],
      [AsyncLayer, /^forward threw: .* but found a promise: layers are synchronous$/, /Take away `async`/],
      [PartlyUndeclaredLayer, /^forward threw: windowOf is not defined$/, /The name is not declared here/],
      [
        ConstantLayer,
        /^constructor of ConstantLayer threw: Expected another day$/,
        /whatever the bottoms are/,
      ],
    ] as const
  ) {
    const { findings } = await checkLayer(layer as CheckableLayer);
    assert.match(findings[0]!.what, what);
    assert.match(findings[0]!.hint, hint);
    assert.ok(
      findings.every(({ what }) => !/Cannot read properties|2 or 4 axes/.test(what)),
      String(findings),
    );
  }
});

Deno.test("among errors, that of a forward which ran comes before what reshape says of its bottoms", async () => {
  class FourAxesLayer extends Layer {
    static bottoms = 1;
    override reshape([x]: [Blob], [y]: [Blob]): void {
      if (x.numAxes !== 4) throw new RangeError(`Expected 4 axes but found ${x.numAxes}`);
      y.reshape(x.shape);
    }
    override forward(): void {
      throw new TypeError("Expected better");
    }
  }
  const { findings } = await checkLayer(FourAxesLayer);
  assert.deepEqual(findings.map(({ what }) => what), [
    "forward threw: Expected better",
    "reshape threw: Expected 4 axes but found 2",
  ]);
});
