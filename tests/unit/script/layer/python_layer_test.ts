import assert from "node:assert/strict";
import { join } from "node:path";
import type { HostLayer } from "../../../../ffi/host/host_layer.ts";
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";
import { libcaffeTest } from "../../ffi/libcaffe/built.ts";

// pycaffe's own tests of Python layers, with TypeScript modules and the same prototxts.

const LAYERS = `
export class SimpleLayer {
  reshape([x], [y]) { y.reshapeLike(x); }
  forward([x], [y]) { for (let i = 0; i < x.count; i++) y.data[i] = 10 * x.data[i]; }
  backward([y], _, [x]) { for (let i = 0; i < x.count; i++) x.diff[i] = 10 * y.diff[i]; }
}
export class ExceptionLayer {
  setup() { throw new Error("not to be set up"); }
  reshape() {}
  forward() {}
  backward() {}
}
export class ParameterLayer {
  setup() {
    this.weight = this.blobs.add([1]);
    this.weight.data[0] = 0;
  }
  reshape([x], [y]) { y.reshapeLike(x); }
  forward() {}
  backward() { this.weight.diff[0] = 1; }
}
export class PhaseLayer {
  reshape(_, [y]) { y.reshape(); }
  forward(_, [y]) { y.data[0] = this.phase === "TRAIN" ? 0 : 1; }
}
export class CountingLayer {
  setup() { this.reset(); }
  reset() { this.index = 0; }
  reshape(_, [y]) { y.reshape(10); }
  forward(_, [y]) {
    for (let i = 0; i < 10; i++) y.data[i] = (this.index + i) % 1000;
    this.index = (this.index + 10) % 1000;
  }
}
export class ScaleLayer {
  setup() { this.value = Number(this.paramStr); }
  reshape([x], [y]) { y.reshapeLike(x); }
  forward([x], [y]) { for (let i = 0; i < x.count; i++) y.data[i] = this.value * x.data[i]; }
  backward([y], _, [x]) { for (let i = 0; i < x.count; i++) x.diff[i] = this.value * y.diff[i]; }
}`;

const INPUT = "input: 'data' input_shape { dim: 10 dim: 9 dim: 8 } force_backward: true\n";

function layer(name: string, type: string, bottom: string, more = ""): string {
  return `layer { type: 'Python' name: '${name}' ${bottom === "" ? "" : `bottom: '${bottom}'`} top: '${name}'
    python_param { module: 'test_python_layer' layer: '${type}' ${more} } }\n`;
}

const CHAIN = INPUT + layer("one", "SimpleLayer", "data") + layer("two", "SimpleLayer", "one") +
  layer("three", "SimpleLayer", "two");

/** Runs a test with a folder that contains the module. */
async function withModule(test: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "test_python_layer.ts"), LAYERS);
    await test(join(folder, "net.prototxt"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("Python layers: forward, backward, reshape", async () => {
  await withModule(async (file) => {
    using net = await Net.fromText(CHAIN, { file, phase: "TRAIN" });
    net.blob("data").data.fill(8);
    net.forward();
    assert.ok(net.blob("three").data.every((value) => value === 8000));
    net.blob("three").diff.fill(7);
    net.backward();
    assert.ok(net.blob("data").diff.every((value) => value === 7000));
    net.blob("data").reshape(4, 4, 4, 4);
    net.forward();
    for (const blob of net.blobs.values()) assert.deepEqual(blob.shape, [4, 4, 4, 4]);
  });
});

Deno.test("Python layers: creating the net throws the error of setup", async () => {
  await withModule(async (file) => {
    await assert.rejects(
      Net.fromText(INPUT + layer("layer", "ExceptionLayer", "data"), { file }),
      /net.prototxt:2:1: layer 'layer': setup threw: not to be set up/,
    );
  });
});

Deno.test("Python layers: parameters are updated, saved, loaded and shared", async () => {
  await withModule(async (file) => {
    const text = INPUT + layer("layer", "ParameterLayer", "data");
    using net = await Net.fromText(text, { file, phase: "TRAIN" });
    const value = (of: Net, what: "data" | "diff") => of.layers.at(-1)!.blobs[0]![what][0];
    assert.equal(value(net, "data"), 0);
    assert.equal(value(net, "diff"), 0);
    net.forward();
    net.backward();
    assert.equal(value(net, "diff"), 1);
    net.clearParamDiffs();
    assert.equal(value(net, "diff"), 0);
    net.forward();
    net.backward();
    net.layers.at(-1)!.blobs[0]!.data[0] = -1;
    const weights = join(file, "..", "net.caffemodel");
    await net.save(weights);

    using loaded = await Net.fromText(text, { file, phase: "TRAIN", weights });
    assert.equal(value(loaded, "data"), -1);
    using shared = await Net.fromText(text, { file, phase: "TRAIN" });
    shared.shareWith(loaded);
    assert.equal(value(shared, "data"), -1);
    loaded.layers.at(-1)!.blobs[0]!.data[0] = 5;
    assert.equal(value(shared, "data"), 5);

    using solver = await Solver.fromText(
      `train_net_param { ${text} } base_lr: 0.5 lr_policy: "fixed" snapshot_after_train: false`,
      { file },
    );
    solver.step(2);
    assert.equal(value(solver.net, "data"), -1);
  });
});

Deno.test("Python layers: the phase is the net's", async () => {
  await withModule(async (file) => {
    const text = layer("phase", "PhaseLayer", "");
    for (const [phase, value] of [["TRAIN", 0], ["TEST", 1]] as const) {
      using net = await Net.fromText(text, { file, phase });
      assert.deepEqual([...net.forward()["phase"]!], [value]);
      assert.deepEqual(net.blob("phase").shape, []);
    }
  });
});

Deno.test("Python layers: data layers continue at their position, and can be rewound", async () => {
  await withModule(async (file) => {
    using net = await Net.fromText(layer("data", "CountingLayer", ""), { file });
    for (let run = 0; run < 250; run++) {
      const { data } = net.forward();
      assert.deepEqual([...data!], Array.from({ length: 10 }, (_, i) => (run * 10 + i) % 1000));
    }
    const first = net.layer("data").layer as unknown as { reset(): void };
    first.reset();
    assert.equal(net.forward()["data"]![3], 3);
  });
});

Deno.test("Python layers: param_str", async () => {
  await withModule(async (file) => {
    using net = await Net.fromText(
      INPUT + layer("mul10", "ScaleLayer", "data", "param_str: '10'") +
        layer("mul2", "ScaleLayer", "mul10", "param_str: '2'"),
      { file, phase: "TRAIN" },
    );
    net.blob("data").data.fill(8);
    net.forward();
    assert.ok(net.blob("mul2").data.every((value) => value === 160));
    net.blob("mul2").diff.fill(7);
    net.backward();
    assert.ok(net.blob("data").diff.every((value) => value === 140));
  });
});

for (const engine of ["embedded", "libcaffe"]) {
  const test = engine === "libcaffe" ? libcaffeTest : Deno.test;
  test(`Python layers: share_in_parallel reaches the layer, and each net has its own layer: ${engine}`, async () => {
    await withModule(async (file) => {
      const text = (share: string) =>
        layer("data", "CountingLayer", "", share) + layer("two", "SimpleLayer", "data");
      for (
        const [share, told] of [["share_in_parallel: true", true], ["share_in_parallel: false", false], [
          "",
          false,
        ]] as const
      ) {
        using solver = await Solver.fromText(
          `net_param { ${text(share)} } test_iter: 1 test_interval: 5 base_lr: 0.5 lr_policy: "fixed"
          snapshot_after_train: false`,
          { file, engine },
        );
        const nets = [solver.net, ...solver.testNets];
        const layers = nets.map((net) => net.layer("data").layer as HostLayer & { shareInParallel: boolean });
        assert.deepEqual(layers.map(({ shareInParallel }) => shareInParallel), [told, told]);
        assert.notEqual(layers[0], layers[1]);
        solver.step(3);
        for (const [i, first] of [30, 0].entries()) {
          assert.equal(nets[i]!.forward({ blobs: ["data"] })["data"]![0], first);
        }
      }
    });
  });
}
