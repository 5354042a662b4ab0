import { CremaError } from "../../base/error.ts";
import { Blob } from "../blob.ts";
import { type Engine, Status } from "../engine.ts";
import { Lifetime } from "../lifetime.ts";
import { type HostCallback, hostCallbacks } from "./host_callbacks.ts";
import { HostFailures } from "./host_failures.ts";
import type { LiveLayer } from "./live_layer.ts";
import { makeLayer } from "./make_layer.ts";
import type { PlannedLayer, PreparedLayer } from "./plan_layers.ts";
import { replaceLayer, revertLayer } from "./replace_layer.ts";
import { setUpLayer } from "./set_up_layer.ts";

/**
 * The TypeScript side of `struct crema_host`, one for each net or solver: owns its life, its blobs and its
 * layers in TypeScript. What the engine calls is in host_callbacks.ts; how a failure is explained, in
 * host_failures.ts.
 */
export class LayerBridge {
  /** The life of the net or solver. */
  readonly lifetime: Lifetime;
  readonly #engine: Engine;
  readonly #what: string;
  readonly #layers = new Map<number, LiveLayer>();
  readonly #blobs = new Map<bigint, Blob>();
  readonly #failures: HostFailures;
  readonly #callbacks: readonly HostCallback[];
  #free: () => void = () => {};

  /** Prepares the callbacks; `what` is "net" or "solver", for messages. */
  constructor(engine: Engine, what: string, planned: readonly PlannedLayer[]) {
    this.#engine = engine;
    this.#what = what;
    this.#failures = new HostFailures(engine, planned);
    const waiting = [...planned];
    this.#callbacks = hostCallbacks({
      layers: this.#layers,
      failures: this.#failures,
      make: (layerParam) => makeLayer(engine, waiting, layerParam),
      setUp: (layer, handle) => setUpLayer(layer, handle, engine, (pointer) => this.blobAt(pointer)),
    });
    this.lifetime = new Lifetime(what, () => {
      this.#failures.take(); // from here on only what dispose throws counts
      this.#free();
      for (const callback of this.#callbacks) callback.close();
      const thrown = this.#failures.take();
      if (thrown !== undefined) throw thrown;
    });
  }

  /**
   * Makes the native net or solver with `create`, which gets the `crema_host` and room for the handle. `free`
   * frees it when its life ends.
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
      this.lifetime.end(); // its layers may hold blobs that are gone now
      throw error;
    }
  }

  /**
   * Makes a native call that may run layers; `net` is the index of the net that runs, if it is one. Throws a
   * CremaError when the call fails; the net stays usable.
   */
  run(call: () => number, net?: number): void {
    const status = this.lifetime.run(call);
    if (status !== Status.OK) throw this.#failures.explain(status, net);
  }

  /** The blob at a `crema_blob*`: always the same object for the same blob. */
  blobAt(pointer: Deno.PointerValue): Blob {
    if (pointer === null) throw new CremaError("Expected a blob but found none");
    const address = Deno.UnsafePointer.value(pointer);
    let blob = this.#blobs.get(address);
    if (blob === undefined) this.#blobs.set(address, blob = new Blob(this.#engine, this.lifetime, pointer));
    return blob;
  }

  /** The live layers of the net with an index, in the order in which the engine made them. */
  layersOf(net: number): LiveLayer[] {
    return this.#layers.values().filter(({ planned }) => planned.net === net).toArray();
  }

  /**
   * Replaces a layer of the net with an index: see {@link replaceLayer}. Throws a CremaError when the layer
   * is not in TypeScript, when the net is running, and when the new layer fails.
   */
  replace(name: string, net: number, prepared: PreparedLayer): void {
    const live = this.#find(name, net);
    if (live === undefined) {
      throw new CremaError(`Expected a layer in TypeScript but found none`, { layer: name });
    }
    this.lifetime.run(() => replaceLayer(live, prepared.make(this.#engine)));
  }

  /** Undoes the last {@link replace} of a layer. Returns whether there was one. */
  revert(name: string, net: number): boolean {
    const live = this.#find(name, net);
    if (live?.previous === undefined) return false;
    this.lifetime.run(() => revertLayer(live));
    return true;
  }

  #find(name: string, net: number): LiveLayer | undefined {
    return this.layersOf(net).find(({ planned }) => planned.param.name === name);
  }
}
