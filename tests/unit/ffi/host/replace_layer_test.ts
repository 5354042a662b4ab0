import assert from "node:assert/strict";
import type { Blob } from "../../../../ffi/blob.ts";
import type { HostLayer } from "../../../../ffi/host/host_layer.ts";
import type { LayerBlobs } from "../../../../ffi/host/layer_blobs.ts";
import { LayerRandom } from "../../../../ffi/host/layer_random.ts";
import type { NetHandle } from "../../../../ffi/net_handle.ts";
import { CremaError } from "../../../../base/error.ts";
import { input, testNet } from "../test_net.ts";

/** Multiplies by a learnable number, and records its calls. */
class Times implements HostLayer {
  blobs!: LayerBlobs;
  calls: string[] = [];
  state: unknown;
  readonly shape: number[];
  readonly factor: number;
  readonly broken: string;

  constructor({ shape = [1], factor = 1, broken = "" } = {}) {
    Object.assign(this, { blobs: undefined });
    this.shape = shape;
    this.factor = factor;
    this.broken = broken;
  }

  setup(): void {
    this.#note("setup");
    this.blobs.add(this.shape, { type: "constant", value: 3 });
  }

  reshape([x]: Blob[], [y]: Blob[]): void {
    this.#note("reshape");
    y!.reshape(x!.shape);
  }

  forward([x]: Blob[], [y]: Blob[]): void {
    this.#note("forward");
    for (let i = 0; i < y!.data.length; i++) y!.data[i] = this.factor * this.blobs[0]!.data[0]! * x!.data[i]!;
  }

  save(): unknown {
    this.#note("save");
    return { from: this.factor };
  }

  restore(state: unknown): void {
    this.#note("restore");
    this.state = state;
  }

  [Symbol.dispose](): void {
    this.calls.push("dispose");
  }

  #note(method: string): void {
    this.calls.push(method);
    if (this.broken === method) throw new RangeError(`broken ${method}`);
  }
}

/** Runs a test with a net that has one such layer, and x = 2. */
async function withNet(test: (net: NetHandle, first: Times) => void): Promise<void> {
  const first = new Times();
  using net = await testNet(
    `${input([2], "x")} layer { name: "times" type: "Python" bottom: "x" top: "y" }`,
    { times: () => first },
  );
  net.blobs[0]!.data.fill(2);
  test(net, first);
}

const replace = (net: NetHandle, layer: HostLayer) => net.replaceLayer("times", { make: () => layer });
const result = (net: NetHandle) => {
  net.forward();
  return net.blobs[1]!.data[0];
};

Deno.test("a layer is replaced: parameters and blobs are kept, what save returns is handed over", () =>
  withNet((net, first) => {
    assert.equal(result(net), 6);
    const [param] = net.layers[1]!.params;
    param!.data[0] = 5;
    const next = new Times({ factor: 10 });
    replace(net, next);
    assert.deepEqual(next.calls, ["setup", "restore", "reshape"]);
    assert.deepEqual(next.state, { from: 1 });
    assert.equal(next.blobs[0], param);
    assert.equal(result(net), 100);
    assert.deepEqual(net.hostLayers, [{ name: "times", layer: next }]);
    assert.ok(!first.calls.includes("dispose"), "it may be needed again");
    replace(net, new Times({ factor: 20 }));
    assert.equal(first.calls.at(-1), "dispose");
    assert.equal(result(net), 200);
  }));

Deno.test("a replacement gets a copy of the state, and draws on where the layer before it was", () =>
  withNet((net, first) => {
    const { ops } = net.engine, stream = "times TRAIN";
    const before = new LayerRandom({ stream, ops }), after = new LayerRandom({ seed: 3, stream, ops });
    const state = { values: new Float32Array([1, 2]) };
    Object.assign(first, { random: before, save: () => state });
    before.uniform();
    const next = new Times();
    Object.assign(next, { random: after });
    replace(net, next);
    assert.deepEqual(next.state, state);
    state.values[0] = 9;
    assert.notDeepEqual(next.state, state);
    assert.equal(after.uniform(), before.uniform());
  }));

Deno.test("a layer that can't replace the running one is refused, and the running one goes on", () =>
  withNet((net, first) => {
    assert.equal(result(net), 6);
    for (
      const [options, message] of [
        [{ shape: [2] }, /'times': setup threw: Expected parameter 0 to be 1, .* but found 2$/],
        [{ broken: "setup" }, /setup threw: broken setup/],
        [{ broken: "restore" }, /restore threw: broken restore/],
        [{ broken: "reshape" }, /reshape threw: broken reshape/],
      ] as const
    ) {
      const next = new Times({ ...options, shape: [...("shape" in options ? options.shape : [1])] });
      assert.throws(
        () => replace(net, next),
        (error) => error instanceof CremaError && message.test(error.message),
      );
      assert.equal(next.calls.at(-1), "dispose");
      assert.equal(result(net), 6);
      assert.equal(net.hostLayers[0]!.layer, first);
    }
    const none = { reshape: first.reshape.bind(first), forward: () => {} };
    assert.throws(() => replace(net, none), /Expected 1 parameter, .* but found 0/);
    assert.throws(() => net.replaceLayer("x", { make: () => first }), /Expected a layer in TypeScript/);
    assert.throws(() =>
      net.replaceLayer("times", {
        make: () => {
          throw new RangeError("no");
        },
      }), /no/);
    assert.equal(result(net), 6);
  }));

Deno.test("a replacement is undone, once; versions that never ran do not come back", () =>
  withNet((net, first) => {
    assert.equal(result(net), 6);
    assert.equal(net.revertLayer("times"), false);
    const failing = new Times({ broken: "forward" }), more = new Times({ broken: "forward" });
    replace(net, failing);
    replace(net, more);
    assert.equal(failing.calls.at(-1), "dispose");
    assert.throws(() => net.forward(), /broken forward/);
    assert.equal(net.revertLayer("times"), true);
    assert.equal(more.calls.at(-1), "dispose");
    assert.equal(result(net), 6);
    assert.equal(net.hostLayers[0]!.layer, first);
    assert.equal(net.revertLayer("times"), false);
  }));

Deno.test("a layer is not replaced while its net runs", () =>
  withNet((net, first) => {
    let error: unknown;
    const inside = new Times();
    inside.forward = () => {
      try {
        replace(net, first);
      } catch (cause) {
        error = cause;
      }
    };
    replace(net, inside);
    net.forward();
    assert.match(String(error), /Expected a net that is not running/);
    assert.equal(net.hostLayers[0]!.layer, inside);
  }));
