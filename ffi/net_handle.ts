import { encode } from "../proto/codec/binary.ts";
import { CremaError } from "../base/error.ts";
import type { NetParameter, Phase } from "../proto/messages.ts";
import type { Blob } from "./blob.ts";
import { checkFields } from "./check_fields.ts";
import type { ComputeOptions, Engine } from "./engine.ts";
import type { HostLayer } from "./host/host_layer.ts";
import type { PlannedLayer, PreparedLayer } from "./host/plan_layers.ts";
import { LayerBridge } from "./host/layer_bridge.ts";
import type { Lifetime } from "./lifetime.ts";
import { nativeBytes } from "./native_bytes.ts";
import { NetHooks } from "./net_hooks.ts";

/** A layer of a net, as the engine describes it. */
export interface NetLayer {
  /** Its name in the net. The engine names the layers that it inserts (Split). */
  readonly name: string;
  /** Its type, "Convolution" for example. */
  readonly type: string;
  /** Whether backward computes anything in it. */
  readonly needsBackward: boolean;
  /** Indices of its bottoms among the net's blobs. */
  readonly bottoms: readonly number[];
  /** Indices of its tops among the net's blobs. */
  readonly tops: readonly number[];
  /** Its learnable parameters: weights, then bias. */
  readonly params: readonly Blob[];
}

/** A parameter that a solver updates. */
export interface LearnableParam {
  /** Its values and their gradient. */
  readonly blob: Blob;
  /** Multiplies the learning rate. */
  readonly lrMult: number;
  /** Multiplies the weight decay. */
  readonly decayMult: number;
}

/** How to make a net. */
export interface NetHandleOptions {
  /** Seeds fillers, dropout and shuffles; random by default. */
  seed?: number | undefined;
  /** The net's layers, from `planLayers`. */
  layers?: PlannedLayer[] | undefined;
  /** How it is computed. What is left out is as `Engine.compute` said. */
  compute?: ComputeOptions | undefined;
}

/** A NetParameter, or its binary form. */
export type NetBytes = Uint8Array | NetParameter;

/** A native net. Disposing it frees its memory, except for a solver's net, which is freed with its solver. */
export class NetHandle implements Disposable {
  /** The engine that it runs on. */
  readonly engine: Engine;
  /** Functions that are called around each layer. While there are any, layers run one at a time. */
  readonly hooks: NetHooks = new NetHooks();
  readonly #bridge: LayerBridge;
  readonly #pointer: Deno.PointerObject;
  readonly #owned: boolean;
  readonly #index: number;
  readonly #loss = new Float32Array(1);
  #layers: readonly NetLayer[] | undefined;
  #blobs: readonly Blob[] | undefined;
  #blobNames: readonly string[] | undefined;

  /**
   * Wraps a `crema_net*`; {@link create} and solvers do this. `index` is -1 for the train net, else the test
   * net's.
   */
  constructor(
    engine: Engine,
    bridge: LayerBridge,
    pointer: Deno.PointerObject,
    owned: boolean,
    index: number,
  ) {
    this.engine = engine;
    this.#bridge = bridge;
    this.#pointer = pointer;
    this.#owned = owned;
    this.#index = index;
  }

  /** Makes a net from an upgraded, filtered NetParameter. Throws a CremaError that names the wrong layer. */
  static create(engine: Engine, param: NetParameter, options: NetHandleOptions = {}): NetHandle {
    checkFields(engine, "NetParameter", param, options.layers ?? []);
    const bridge = new LayerBridge(engine, "net", options.layers ?? []);
    const bytes = nativeBytes(encode("NetParameter", param, { forFork: engine.readsForks }));
    const { symbols } = engine;
    const seed = BigInt(options.seed ?? -1);
    engine.computeNext(options.compute);
    const pointer = bridge.make(
      (struct, net) => symbols.crema_net_create(bytes, BigInt(bytes.length), seed, struct, net),
      (net) => symbols.crema_net_free(net),
    );
    return new NetHandle(engine, bridge, pointer, true, options.layers?.[0]?.net ?? -1);
  }

  /** The net's name. */
  get name(): string {
    return this.engine.text(this.engine.symbols.crema_net_name(this.#live()));
  }

  /** What the net is for. */
  get phase(): Phase {
    return this.engine.symbols.crema_net_phase(this.#live()) === 0 ? "TRAIN" : "TEST";
  }

  /** The layers, in the order in which forward runs them. */
  get layers(): readonly NetLayer[] {
    const net = this.#live();
    const { symbols } = this.engine;
    return this.#layers ??= Array.from({ length: symbols.crema_net_num_layers(net) }, (_, i) => ({
      name: this.engine.text(symbols.crema_net_layer_name(net, i)),
      type: this.engine.text(symbols.crema_net_layer_type(net, i)),
      needsBackward: symbols.crema_net_layer_needs_backward(net, i) !== 0,
      bottoms: indices((out, capacity) => symbols.crema_net_layer_bottoms(net, i, out, capacity)),
      tops: indices((out, capacity) => symbols.crema_net_layer_tops(net, i, out, capacity)),
      params: Array.from(
        { length: symbols.crema_net_layer_num_params(net, i) },
        (_, j) => this.#bridge.blobAt(symbols.crema_net_layer_param(net, i, j)),
      ),
    }));
  }

  /** The blobs. */
  get blobs(): readonly Blob[] {
    const net = this.#live();
    const { symbols } = this.engine;
    return this.#blobs ??= Array.from(
      { length: symbols.crema_net_num_blobs(net) },
      (_, i) => this.#bridge.blobAt(symbols.crema_net_blob(net, i)),
    );
  }

  /** The names of the blobs. */
  get blobNames(): readonly string[] {
    const net = this.#live();
    const { symbols } = this.engine;
    return this.#blobNames ??= Array.from(
      { length: symbols.crema_net_num_blobs(net) },
      (_, i) => this.engine.text(symbols.crema_net_blob_name(net, i)),
    );
  }

  /** The weight of a blob in the net's loss; 0 for a blob that is no loss. */
  lossWeight(blob: number): number {
    return this.engine.symbols.crema_net_blob_loss_weight(this.#live(), blob);
  }

  /** Indices of the blobs that are the tops of Input layers. */
  get inputs(): number[] {
    const net = this.#live();
    return indices((out, capacity) => this.engine.symbols.crema_net_inputs(net, out, capacity));
  }

  /** Indices of the blobs that no layer takes. */
  get outputs(): number[] {
    const net = this.#live();
    return indices((out, capacity) => this.engine.symbols.crema_net_outputs(net, out, capacity));
  }

  /** The parameters that a solver updates, each once. */
  get learnable(): LearnableParam[] {
    const net = this.#live();
    const { symbols } = this.engine;
    return Array.from({ length: symbols.crema_net_num_learnable(net) }, (_, i) => ({
      blob: this.#bridge.blobAt(symbols.crema_net_learnable(net, i)),
      lrMult: symbols.crema_net_learnable_lr_mult(net, i),
      decayMult: symbols.crema_net_learnable_decay_mult(net, i),
    }));
  }

  /**
   * The seconds that each layer has taken in all passes so far, by its index. Those of layers that are computed together
   * are the first one's.
   */
  get seconds(): { forward: Float64Array; backward: Float64Array } {
    const net = this.#live(), { length } = this.layers;
    const read = (backward: 0 | 1) => {
      const seconds = new Float64Array(length);
      this.engine.symbols.crema_net_seconds(net, backward, seconds, length);
      return seconds;
    };
    return { forward: read(0), backward: read(1) };
  }

  /** The layers of this net that are written in TypeScript, with their names. */
  get hostLayers(): { name: string; layer: HostLayer }[] {
    this.#live();
    return this.#bridge.layersOf(this.#index)
      .map(({ planned, layer }) => ({ name: planned.param.name ?? "", layer }));
  }

  /** How the layers of {@link hostLayers} were planned, in the same order. */
  get hostPlans(): PlannedLayer[] {
    this.#live();
    return this.#bridge.layersOf(this.#index).map(({ planned }) => planned);
  }

  /**
   * Replaces a layer in TypeScript with a newer version, between two runs of the net. The new layer takes
   * over the blobs, the parameters, and what `save` of the old one returns. Throws a CremaError when that
   * fails; the old layer then stays.
   */
  replaceLayer(name: string, prepared: PreparedLayer): void {
    this.#bridge.replace(name, this.#index, prepared);
  }

  /** Undoes the last {@link replaceLayer} of a layer. Returns whether there was one. */
  revertLayer(name: string): boolean {
    return this.#bridge.revert(name, this.#index);
  }

  /**
   * Runs layers `start` to `end`, both included; -1 for the first or last. Returns the weighted sum of their
   * losses.
   */
  forward(start = -1, end = -1): number {
    if (!this.hooks.watchForward) return this.#forward(start, end);
    const { layers } = this;
    const last = end < 0 ? layers.length - 1 : end;
    let loss = 0;
    for (let i = Math.max(start, 0); i <= last; i++) {
      const { name } = layers[i]!;
      this.hooks.call("beforeForward", name, i);
      loss = Math.fround(loss + this.#forward(i, i));
      this.hooks.call("afterForward", name, i);
    }
    return loss;
  }

  /**
   * Runs layers `start` down to `end`, both included; -1 for the last or first. Adds to the diffs of
   * parameters.
   */
  backward(start = -1, end = -1): void {
    if (!this.hooks.watchBackward) return this.#backward(start, end);
    const { layers } = this;
    for (let i = start < 0 ? layers.length - 1 : start; i >= Math.max(end, 0); i--) {
      const { name, needsBackward } = layers[i]!;
      this.hooks.call("beforeBackward", name, i);
      if (needsBackward) this.#backward(i, i);
      this.hooks.call("afterBackward", name, i);
    }
  }

  /** Reshapes all layers, starting from the inputs' shapes. */
  reshape(): void {
    const net = this.#live();
    this.#bridge.run(() => this.engine.symbols.crema_net_reshape(net), this.#index);
  }

  /** Sets the diffs of all parameters to 0. */
  clearDiffs(): void {
    const net = this.#live();
    this.#bridge.run(() => this.engine.symbols.crema_net_clear_diffs(net), this.#index);
  }

  /** Shares the parameters of another net's layers of the same names, and keeps that net's memory alive. */
  shareWith(other: NetHandle): void {
    if (other.engine !== this.engine) {
      throw new CremaError(
        `Expected a net of the engine '${this.engine.name}' but found one of '${other.engine.name}'`,
      );
    }
    const net = this.#live();
    const from = other.#live();
    this.#bridge.lifetime.need(other.#bridge.lifetime); // some layers share even when a later one does not fit
    this.#bridge.run(() => this.engine.symbols.crema_net_share_with(net, from), this.#index);
  }

  /** Copies parameters by layer name from a NetParameter, such as a .caffemodel holds. */
  copyFrom(param: NetBytes): void {
    const net = this.#live();
    const bytes = nativeBytes(param instanceof Uint8Array ? param : encode("NetParameter", param));
    this.#bridge.run(
      () => this.engine.symbols.crema_net_copy_from(net, bytes, BigInt(bytes.length)),
      this.#index,
    );
  }

  /** The net with its parameters, and their diffs if asked, as the bytes of a .caffemodel. */
  save(diffs = false): Uint8Array {
    const out = new BigUint64Array(1);
    this.engine.check(this.engine.symbols.crema_net_save(this.#live(), diffs ? 1 : 0, out));
    // Protobuf reads the fields of a message in any order, so this one may come first, where no cut removes it.
    const count = encode("NetParameter", { layer_count: this.layers.length });
    return this.engine.takeBuffer(Deno.UnsafePointer.create(out[0]!), count);
  }

  /** How the net is computed: what `crema_net_plan` says, parsed. */
  plan(): unknown {
    const out = new BigUint64Array(1);
    this.engine.check(this.engine.symbols.crema_net_plan(this.#live(), out));
    return JSON.parse(
      new TextDecoder().decode(this.engine.takeBuffer(Deno.UnsafePointer.create(out[0]!))),
    );
  }

  /** The life that the net's blobs depend on. */
  get lifetime(): Lifetime {
    return this.#bridge.lifetime;
  }

  /** Frees the net. Throws a CremaError inside one of its own layers. */
  [Symbol.dispose](): void {
    if (this.#owned) this.#bridge.lifetime.end();
  }

  #forward(start: number, end: number): number {
    const net = this.#live();
    this.#bridge.run(() => this.engine.symbols.crema_net_forward(net, start, end, this.#loss), this.#index);
    return this.#loss[0]!;
  }

  #backward(start: number, end: number): void {
    const net = this.#live();
    this.#bridge.run(() => this.engine.symbols.crema_net_backward(net, start, end), this.#index);
  }

  #live(): Deno.PointerObject {
    this.#bridge.lifetime.check();
    return this.#pointer;
  }
}

/** Reads a list of indices of any length. */
function indices(fill: (out: Int32Array<ArrayBuffer>, capacity: number) => number): number[] {
  let out = new Int32Array(64);
  let count = fill(out, out.length);
  if (count > out.length) {
    out = new Int32Array(count);
    count = fill(out, count);
  }
  return Array.from(out.subarray(0, count));
}
