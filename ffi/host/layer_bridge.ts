import { decode } from "../../proto/codec/binary.ts";
import { nearest } from "../../base/distance.ts";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { Blob } from "../blob.ts";
import { type Engine, Status } from "../engine.ts";
import type { HostLayer } from "./host_layer.ts";
import type { PlannedLayer, PreparedLayer } from "./plan_layers.ts";
import { type AddParam, LayerBlobs } from "./layer_blobs.ts";
import { Lifetime } from "../lifetime.ts";
import { finished, type LiveLayer, ownBlobs } from "./live_layer.ts";
import { nativeBytes } from "../native_bytes.ts";
import { replaceLayer, revertLayer } from "./replace_layer.ts";
import { hostCallbackDefinition } from "../symbols.ts";
import { threwError } from "./threw_error.ts";
import { releaseViews } from "../view_registry.ts";

/** The one callback for memory that goes, of all hosts of this thread. */
let release: { pointer: Deno.PointerObject } | undefined;

/** Why a callback failed, until the engine has unwound to the call that TypeScript made. */
interface Failure {
  planned: PlannedLayer | undefined;
  /** The method that threw; undefined for an error that says all itself. */
  method: string | undefined;
  error: unknown;
}

/**
 * The TypeScript side of `struct crema_host`, one for each net or solver: makes the layers that were planned, hands the
 * engine's calls to them, and keeps what they throw until it can be thrown to the caller.
 */
export class LayerBridge {
  /** The life of the net or solver. */
  readonly lifetime: Lifetime;
  readonly #engine: Engine;
  readonly #what: string;
  readonly #planned: PlannedLayer[];
  readonly #waiting: PlannedLayer[];
  readonly #layers = new Map<number, LiveLayer>();
  readonly #blobs = new Map<bigint, Blob>();
  readonly #callbacks: { pointer: Deno.PointerObject; close(): void }[];
  #lastId = 0;
  #failure: Failure | undefined;
  #free: () => void = () => {};

  /** Prepares the callbacks; `what` is "net" or "solver", for messages. */
  constructor(engine: Engine, what: string, planned: PlannedLayer[]) {
    this.#engine = engine;
    this.#what = what;
    this.#planned = planned;
    this.#waiting = [...planned];
    this.#callbacks = this.#open();
    this.lifetime = new Lifetime(what, () => {
      this.#failure = undefined;
      this.#free();
      this.#close();
      if (this.#failure !== undefined) throw this.#explainHost(this.#failure, {});
    });
  }

  /**
   * Makes the native net or solver with `create`, which gets the `crema_host` and the place for the handle. `free`
   * releases it when its life ends.
   */
  make(
    create: (host: BigUint64Array<ArrayBuffer>, handle: BigUint64Array<ArrayBuffer>) => number,
    free: (handle: Deno.PointerObject) => void,
  ): Deno.PointerObject {
    const host = BigUint64Array.from(this.#callbacks, ({ pointer }) => Deno.UnsafePointer.value(pointer));
    const handle = new BigUint64Array(1);
    try {
      this.run(() => create(host, handle));
      const pointer = Deno.UnsafePointer.create(handle[0]!);
      if (pointer === null) throw new CremaError(`Expected a ${this.#what} but found null`);
      this.#free = () => free(pointer);
      return pointer;
    } catch (error) {
      this.lifetime.end(); // its layers may have kept blobs that are gone now
      throw error;
    }
  }

  /**
   * Makes a native call that may run layers, of the net with an index if it is one net's. Throws a CremaError when it
   * fails; the net stays usable.
   */
  run(call: () => number, net?: number): void {
    const status = this.lifetime.run(call);
    if (status !== Status.OK) throw this.#explain(status, net);
  }

  /** The error that a status stands for, with the place of the layer that it arose in. */
  #explain(status: number, net: number | undefined): CremaError {
    const failure = this.#failure;
    this.#failure = undefined;
    const name = this.#engine.failedLayer();
    const named = this.#planned.filter(({ param }) => name !== undefined && param.name === name);
    const planned = named.find((layer) => layer.net === net) ?? named[0];
    const place = { ...planned?.location, layer: name };
    if (status === Status.HOST_FAILED && failure !== undefined) return this.#explainHost(failure, place);
    return this.#engine.failure(status, place);
  }

  /** The blob at a `crema_blob*`: always the same object for the same blob. */
  blobAt(pointer: Deno.PointerValue): Blob {
    if (pointer === null) throw new CremaError("Expected a blob but found none");
    const address = Deno.UnsafePointer.value(pointer);
    let blob = this.#blobs.get(address);
    if (blob === undefined) this.#blobs.set(address, blob = new Blob(this.#engine, this.lifetime, pointer));
    return blob;
  }

  /** The live layers, in the order in which the engine made them. */
  *layers(): Generator<{ planned: PlannedLayer; layer: HostLayer }> {
    yield* this.#layers.values();
  }

  /**
   * Puts a newer version in the place of a layer: it takes over the blobs, the parameters, and what `save` returns. Throws
   * a CremaError when it can't, or when the net is running; then the layer before stays.
   */
  replace(name: string, net: number, prepared: PreparedLayer): void {
    const live = this.#liveLayer(name, net);
    if (live === undefined) {
      throw new CremaError(`Expected a layer in TypeScript but found none`, { layer: name });
    }
    this.lifetime.run(() => {
      replaceLayer(live, prepared.make(this.#engine));
      return Status.OK;
    });
  }

  /** Puts the layer that was there before the last {@link replace} back. Returns whether there was one. */
  revert(name: string, net: number): boolean {
    const live = this.#liveLayer(name, net);
    return live?.before !== undefined && this.lifetime.run(() => revertLayer(live)) === Status.OK;
  }

  #liveLayer(name: string, net: number): LiveLayer | undefined {
    return this.#layers.values().find(({ planned }) => planned.param.name === name && planned.net === net);
  }

  // The bridge: what the engine calls, and what becomes of it. Nothing may be thrown through native frames.
  #open() {
    const { OK, HOST_FAILED } = Status;
    const layers = this.#layers;
    const failed = (live: LiveLayer | undefined, method: string, error: unknown): number => {
      this.#failure = { planned: live?.planned, method, error };
      return HOST_FAILED;
    };
    return [
      new Deno.UnsafeCallback(hostCallbackDefinition("create"), (param, size) => {
        try {
          const bytes = new Uint8Array(Number(size));
          if (param !== null) Deno.UnsafePointerView.copyInto(param, bytes);
          return this.#create(bytes);
        } catch (error) {
          this.#failure ??= { planned: undefined, method: undefined, error };
          return -1;
        }
      }),
      new Deno.UnsafeCallback(hostCallbackDefinition("setup"), (id, handle) => {
        const live = layers.get(id)!;
        try {
          this.#connect(live, handle);
          return this.#setUp(live, handle);
        } catch (error) {
          return failed(live, "setup", error);
        }
      }),
      new Deno.UnsafeCallback(hostCallbackDefinition("reshape"), (id) => {
        const live = layers.get(id)!;
        try {
          return finished(live.layer.reshape(live.bottoms, live.tops));
        } catch (error) {
          return failed(live, "reshape", error);
        }
      }),
      new Deno.UnsafeCallback(hostCallbackDefinition("forward"), (id) => {
        const live = layers.get(id)!;
        try {
          finished(live.layer.forward(live.bottoms, live.tops));
          live.proven = true;
          return OK;
        } catch (error) {
          return failed(live, "forward", error);
        }
      }),
      new Deno.UnsafeCallback(hostCallbackDefinition("backward"), (id, flags) => {
        const live = layers.get(id)!;
        try {
          const propagateDown = live.propagateDown ??= readFlags(flags, live.bottoms.length);
          if (live.layer.backward === undefined) return missingBackward(live, propagateDown);
          return finished(live.layer.backward(live.tops, propagateDown, live.bottoms));
        } catch (error) {
          return failed(live, "backward", error);
        }
      }),
      new Deno.UnsafeCallback(hostCallbackDefinition("destroy"), (id) => {
        const live = layers.get(id);
        layers.delete(id);
        try {
          live?.before?.layer[Symbol.dispose]?.();
          live?.layer[Symbol.dispose]?.();
        } catch (error) {
          this.#failure ??= { planned: live?.planned, method: "dispose", error };
        }
      }),
      // Memory can outlive the host that it was made for, by the nets that share it: so this one is never closed.
      {
        pointer:
          (release ??= new Deno.UnsafeCallback(hostCallbackDefinition("release"), releaseViews)).pointer,
        close() {},
      },
    ];
  }

  #create(bytes: Uint8Array): number {
    const { name = "", type = "" } = decode("LayerParameter", bytes);
    const named = this.#waiting.filter(({ param }) => (param.name ?? "") === name);
    const planned = named.find(({ param }) => param.type === type) ??
      named.find(({ make }) => make !== undefined);
    if (planned?.make === undefined) throw this.#unknownType(type, { ...planned?.location, layer: name });
    this.#waiting.splice(this.#waiting.indexOf(planned), 1);
    try {
      const layer = planned.make(this.#engine);
      const id = ++this.#lastId;
      this.#layers.set(id, {
        planned,
        layer,
        bottoms: [],
        tops: [],
        blobs: new LayerBlobs(),
        propagateDown: undefined,
        proven: false,
        before: undefined,
      });
      return id;
    } catch (error) {
      const method = error instanceof CremaError && error.layer !== undefined ? undefined : "constructor";
      this.#failure = { planned, method, error };
      return -1;
    }
  }

  #connect(live: LiveLayer, handle: Deno.PointerValue): void {
    const { symbols } = this.#engine;
    const bottoms = symbols.crema_layer_num_bottoms(handle);
    const tops = symbols.crema_layer_num_tops(handle);
    for (let i = 0; i < bottoms; i++) live.bottoms.push(this.blobAt(symbols.crema_layer_bottom(handle, i)));
    for (let i = 0; i < tops; i++) live.tops.push(this.blobAt(symbols.crema_layer_top(handle, i)));
    Object.freeze(live.bottoms);
    Object.freeze(live.tops);
  }

  #setUp({ layer, bottoms, tops, blobs }: LiveLayer, handle: Deno.PointerValue): number {
    if (ownBlobs(layer)) layer.blobs = blobs;
    if (layer.setup === undefined) return Status.OK;
    const { symbols } = this.#engine;
    const add: AddParam = (index, shape, filler) => {
      const bytes = nativeBytes(filler);
      const status = symbols.crema_layer_add_param(
        handle,
        Int32Array.from(shape),
        shape.length,
        bytes,
        BigInt(filler.length),
      );
      if (status !== Status.OK) throw this.#engine.failure(status);
      return this.blobAt(symbols.crema_layer_param(handle, index));
    };
    return blobs.during(add, () => finished(layer.setup!(bottoms, tops)));
  }

  #unknownType(type: string, place: CremaErrorOptions): CremaError {
    const near = nearest(type, [...this.#engine.layerTypes, "Data", "Python", "Script"]);
    return new CremaError(
      `Expected a layer type that the engine '${this.#engine.name}' has but found '${type}'`,
      {
        ...place,
        hint: near === undefined
          ? "`crema layers` lists them; `--layers` adds those of a module."
          : `Did you mean '${near}'?`,
      },
    );
  }

  #explainHost({ planned, method, error }: Failure, place: CremaErrorOptions): CremaError {
    if (method === undefined && error instanceof CremaError) return error;
    return threwError(method ?? "create", error, {
      ...place,
      ...planned?.location,
      layer: planned?.param.name ?? place.layer,
    });
  }

  #close(): void {
    for (const callback of this.#callbacks) callback.close();
  }
}

function missingBackward({ blobs }: LiveLayer, propagateDown: boolean[]): number {
  if (propagateDown.includes(true)) {
    throw new TypeError(
      "Expected a layer with a method 'backward' but found none, and a bottom's gradient is wanted. " +
        "Add the method, or say `propagate_down: false` for each bottom",
    );
  }
  if (blobs.length === 0) return Status.OK;
  throw new TypeError(
    "Expected a layer with a method 'backward' but found none, and its parameters are to be learnt. " +
      "Add the method, or say `param { lr_mult: 0 }` for each parameter",
  );
}

function readFlags(flags: Deno.PointerValue, count: number): boolean[] {
  if (flags === null) return new Array(count).fill(false);
  const bytes = new Uint8Array(count);
  Deno.UnsafePointerView.copyInto(flags, bytes);
  return Object.freeze(Array.from(bytes, (byte) => byte !== 0)) as boolean[];
}
