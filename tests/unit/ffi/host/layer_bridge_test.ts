import assert from "node:assert/strict";
import type { Blob } from "../../../../ffi/blob.ts";
import type { HostLayer } from "../../../../ffi/host/host_layer.ts";
import type { NetHandle } from "../../../../ffi/net_handle.ts";
import { CremaError } from "../../../../base/error.ts";
import { hostileValues } from "../../base/hostile_values.ts";
import { input, testNet } from "../test_net.ts";

const NET = `force_backward: true
${input([2, 3], "x")}
layer {
  name: "double"
  type: "Python"
  bottom: "x"
  top: "y"
}`;
const LINE = 5;

/** y = 2x; records its calls. */
class Double implements HostLayer {
  calls: string[] = [];
  setup(): void {
    this.calls.push("setup");
  }
  reshape([x]: Blob[], [y]: Blob[]): void {
    this.calls.push("reshape");
    y!.reshapeLike(x!);
  }
  forward([x]: Blob[], [y]: Blob[]): void {
    this.calls.push("forward");
    y!.data.set(x!.data.map((value) => 2 * value));
  }
  backward([y]: Blob[], propagateDown: boolean[], [x]: Blob[]): void {
    this.calls.push(`backward ${propagateDown}`);
    x!.diff.set(y!.diff.map((value) => 2 * value));
  }
  [Symbol.dispose](): void {
    this.calls.push("dispose");
  }
}

Deno.test("the engine calls a host layer as Caffe calls a layer", async () => {
  const layer = new Double();
  {
    using net = await testNet(NET, { double: () => layer });
    assert.deepEqual(layer.calls.splice(0), ["setup", "reshape"]);
    const [x, y] = net.blobs;
    x!.data.set([1, 2, 3, 4, 5, 6]);
    net.forward();
    assert.deepEqual([...y!.data], [2, 4, 6, 8, 10, 12]);
    y!.diff.fill(1);
    net.backward();
    assert.deepEqual([...x!.diff], [2, 2, 2, 2, 2, 2]);
    assert.deepEqual(layer.calls.splice(0), ["reshape", "forward", "backward true"]);
    x!.reshape(1, 3);
    net.reshape();
    assert.deepEqual(y!.shape, [1, 3]);
    assert.deepEqual(net.hostLayers, [{ name: "double", layer }]);
    layer.calls = [];
  }
  assert.deepEqual(layer.calls, ["dispose"]);
});

Deno.test("a layer gets the same arrays and blobs in every call, those of the net", async () => {
  const seen = new Set<unknown>();
  class Spy extends Double {
    override reshape(bottoms: Blob[], tops: Blob[]): void {
      seen.add(bottoms).add(tops);
      super.reshape(bottoms, tops);
    }
    override forward(bottoms: Blob[], tops: Blob[]): void {
      seen.add(bottoms).add(tops);
      super.forward(bottoms, tops);
    }
  }
  using net = await testNet(NET, { double: () => new Spy() });
  net.forward();
  net.forward();
  assert.equal(seen.size, 2);
  assert.deepEqual([...seen].map((blobs) => (blobs as Blob[])[0]), [net.blobs[0], net.blobs[1]]);
});

/** Asserts that `run` throws a CremaError for the layer's method, with the thrown error itself as cause. */
function assertThrown(run: () => unknown, method: string, cause: unknown): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof CremaError);
    assert.equal(error.message, `test.prototxt:${LINE}:1: layer 'double': ${method} threw: boom`);
    assert.equal(error.layer, "double");
    assert.equal(error.line, LINE);
    assert.equal(error.cause, cause);
    return true;
  });
}

async function rejection(promise: Promise<NetHandle>): Promise<unknown> {
  try {
    (await promise)[Symbol.dispose]();
  } catch (error) {
    return error;
  }
  return assert.fail("Expected a rejection");
}

for (const method of ["setup", "reshape", "constructor"] as const) {
  Deno.test(`a throw in ${method} comes out of making the net`, async () => {
    const boom = new Error("boom");
    const thrower = () => {
      throw boom;
    };
    const make = method === "constructor"
      ? thrower
      : () => Object.assign(new Double(), { [method]: thrower });
    const error = await rejection(testNet(NET, { double: make }));
    assertThrown(
      () => {
        throw error;
      },
      method,
      boom,
    );
  });
}

for (const method of ["reshape", "forward", "backward"] as const) {
  Deno.test(`a throw in ${method} comes out of the run with its cause, and the net stays usable`, async () => {
    const boom = new RangeError("boom");
    const layer = new Double();
    using net = await testNet(NET, { double: () => layer });
    const [x, y] = net.blobs;
    const broken = layer as unknown as Record<string, unknown>;
    broken[method] = () => {
      throw boom;
    };
    for (let time = 0; time < 3; time++) {
      assertThrown(() => (net.forward(), net.backward()), method, boom);
    }
    delete broken[method];
    x!.data.fill(3);
    net.forward();
    assert.deepEqual([...y!.data], [6, 6, 6, 6, 6, 6]);
  });
}

Deno.test("a throw in dispose comes out of disposing the net, which is freed nevertheless", async () => {
  const boom = new Error("boom");
  const layer = Object.assign(new Double(), {
    [Symbol.dispose]: () => {
      throw boom;
    },
  });
  const net = await testNet(NET, { double: () => layer });
  assertThrown(() => net[Symbol.dispose](), "dispose", boom);
  net[Symbol.dispose]();
  assert.throws(() => net.forward(), /Expected a live net but found one that was disposed/);
});

Deno.test("anything can be thrown, not only errors", async () => {
  const layer = Object.assign(new Double(), {
    forward: () => {
      throw "a string";
    },
  });
  using net = await testNet(NET, { double: () => layer });
  assert.throws(() => net.forward(), { message: /forward threw: a string/, cause: "a string" });
});

Deno.test("an error of a blob inside a layer is reported as the layer's", async () => {
  const layer = Object.assign(new Double(), { reshape: (_: Blob[], [y]: Blob[]) => y!.reshape(-5) });
  const error = await rejection(testNet(NET, { double: () => layer }));
  assert.ok(error instanceof CremaError && error.cause instanceof CremaError);
  assert.match(
    error.message,
    /layer 'double': reshape threw: Expected axis sizes to be whole numbers, .* but found \(-5\)/,
  );
});

Deno.test("a method that returns a promise is refused", async () => {
  const layer = Object.assign(new Double(), { forward: () => Promise.reject(new Error("late")) });
  using net = await testNet(NET, { double: () => layer });
  assert.throws(() => net.forward(), /forward threw: .*found a promise: layers are synchronous/);
});

Deno.test("a layer without backward is refused only where a gradient is needed", async () => {
  const forwardOnly = (): HostLayer => {
    const { reshape, forward } = Object.assign(new Double());
    return { reshape: reshape.bind(new Double()), forward: forward.bind(new Double()) };
  };
  using net = await testNet(NET, { double: forwardOnly });
  net.forward();
  assert.throws(() => net.backward(), /Expected a layer with a method 'backward' but found none/);
  using still = await testNet(NET.replace("force_backward: true", ""), { double: forwardOnly });
  still.forward();
  still.backward();
});

Deno.test("a net cannot be disposed or run by its own layer", async () => {
  const layer = new Double();
  const net = await testNet(NET, { double: () => layer });
  const attempts = [
    () => net[Symbol.dispose](),
    () => net.forward(),
    () => net.backward(),
    () => net.reshape(),
  ];
  for (const attempt of attempts) {
    layer.forward = attempt;
    assert.throws(
      () => net.forward(),
      /layer 'double': forward threw: Expected a net that is not running but found it/,
    );
  }
  layer.forward = () => {};
  net.forward();
  net[Symbol.dispose]();
});

Deno.test("a layer can run another net, whose errors are its own", async () => {
  const inner = new Double(), outer = new Double();
  using innerNet = await testNet(NET.replaceAll("double", "inner"), { inner: () => inner });
  using net = await testNet(NET, { double: () => outer });
  outer.forward = ([x], [y]) => {
    innerNet.blobs[0]!.data.set(x!.data);
    innerNet.forward();
    y!.data.set(innerNet.blobs[1]!.data);
  };
  net.blobs[0]!.data.fill(4);
  net.forward();
  assert.equal(net.blobs[1]!.data[0], 8);

  const boom = new Error("boom");
  inner.forward = () => {
    throw boom;
  };
  assert.throws(() => net.forward(), (error) => {
    assert.ok(error instanceof CremaError && error.cause instanceof CremaError);
    assert.match(
      error.message,
      /^test.prototxt:5:1: layer 'double': forward threw: .*layer 'inner': forward threw: boom$/,
    );
    assert.equal(error.cause.layer, "inner");
    assert.equal(error.cause.cause, boom);
    return true;
  });

  // An error that the outer layer catches goes no further.
  const careful = outer.forward;
  outer.forward = (bottoms, tops) => {
    try {
      careful(bottoms, tops);
    } catch {
      tops[0]!.data.fill(-1);
    }
  };
  net.forward();
  assert.equal(net.blobs[1]!.data[0], -1);
});

Deno.test("endless recursion inside a layer is an error like any other", async () => {
  const layer = new Double();
  const dive = (depth: number): number => dive(depth + 1) + 1;
  using net = await testNet(NET, { double: () => layer });
  layer.forward = () => void dive(0);
  assert.throws(() => net.forward(), /forward threw: Maximum call stack size exceeded/);
  layer.forward = () => {};
  net.forward();
});

Deno.test("an unknown type names the layer, its line and the nearest type", async () => {
  const error = await rejection(testNet(`${input([2, 4], "x")}
layer { name: "act" type: "RelU" bottom: "x" top: "y" }`));
  assert.ok(error instanceof CremaError);
  assert.match(
    error.message,
    /^test.prototxt:4:1: layer 'act': Expected a layer type .* but found 'RelU'. Did you mean 'ReLU'\?$/,
  );
});

Deno.test("errors of the engine name the layer and its line", async () => {
  const error = await rejection(testNet(`${input([2, 4], "x")}
layer { name: "ip" type: "InnerProduct" bottom: "nowhere" top: "y" inner_product_param { num_output: 1 } }`));
  assert.ok(error instanceof CremaError);
  assert.equal(error.layer, "ip");
  assert.equal(error.line, 4);
  assert.match(error.message, /nowhere/);
});

Deno.test("whatever a layer throws, the error names layer, method and line", async () => {
  for (const [what, value, message] of hostileValues()) {
    for (const method of ["constructor", "setup", "forward"] as const) {
      const fail = (): never => {
        throw value;
      };
      const make = () => method === "constructor" ? fail() : Object.assign(new Double(), { [method]: fail });
      await assert.rejects(async () => {
        using net = await testNet(NET, { double: make });
        net.forward();
      }, (error) => {
        assert.ok(error instanceof CremaError, what);
        assert.equal(error.reason, `${method} threw: ${message}`);
        assert.deepEqual([error.layer, error.line], ["double", LINE]);
        assert.equal(error.cause, value);
        return true;
      });
    }
  }
});
