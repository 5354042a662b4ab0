import type { Blob } from "../../../ffi/blob.ts";
import type { HostLayer } from "../../../ffi/host/host_layer.ts";
import { LayerBlobs } from "../../../ffi/host/layer_blobs.ts";
import type { ScriptLayer } from "../../layer/script_layer.ts";
import { withGuardedOps } from "./guarded_ops.ts";
import type { LayerMethod } from "../finding_key.ts";
import { type Part, type TellFinding, WatchedCall } from "./watched_call.ts";

/**
 * How closely a layer is watched: not at all ("plain": it gets the engine's own memory), what it writes
 * ("shadows": it gets copies between guard zones), or every index too ("strict": it gets proxies, which only
 * Crema's native code can take).
 */
export type WatchMode = "plain" | "shadows" | "strict";

/** Stands between the engine and a layer: overrides `propagateDown`, and watches what the layer does. */
export class WatchedLayer implements HostLayer {
  /** The parameters, set by the bridge. */
  blobs: LayerBlobs = new LayerBlobs();
  /** The bottoms, unwatched. */
  bottoms: readonly Blob[] = [];
  /** The tops, unwatched. */
  tops: readonly Blob[] = [];
  /** Replaces the engine's `propagateDown`, if set. */
  propagateDown: readonly boolean[] | undefined;
  /** Called before the layer's own forward. */
  beforeForward: () => void = () => {};
  /** Called before the layer's own backward. */
  beforeBackward: () => void = () => {};
  /** Called after the layer's own backward. */
  afterBackward: () => void = () => {};
  readonly #layer: ScriptLayer;
  readonly #mode: WatchMode;
  readonly #tell: TellFinding;
  readonly #watched = new Map<Blob, Blob>();
  #given: { bottoms: Blob[]; tops: Blob[] } = { bottoms: [], tops: [] };
  #call: WatchedCall | undefined;

  /** Wraps a layer; `tell` takes reports of its mistakes. */
  constructor(layer: ScriptLayer, mode: WatchMode, tell: TellFinding) {
    this.#layer = layer;
    this.#mode = mode;
    this.#tell = tell;
  }

  /** The layer's own object. */
  get object(): ScriptLayer {
    return this.#layer;
  }

  /** Whether the layer has a method `backward`. */
  get hasBackward(): boolean {
    return typeof this.#layer.backward === "function";
  }

  /** Sets the layer up, with watched blobs. */
  setup(bottoms: Blob[], tops: Blob[]): void {
    this.bottoms = bottoms;
    this.tops = tops;
    const watch = (blob: Blob) => this.#watch(blob);
    this.#given = { bottoms: bottoms.map(watch), tops: tops.map(watch) };
    Object.freeze(this.#given.bottoms);
    Object.freeze(this.#given.tops);
    const { blobs } = this.#layer;
    const free = blobs === undefined ? Object.isExtensible(this.#layer) : blobs instanceof LayerBlobs;
    if (free) this.#layer.blobs = this.#watchedBlobs();
    return this.#run("setup", () => this.#layer.setup?.(this.#given.bottoms, this.#given.tops));
  }

  /** Has the layer reshape its tops. */
  reshape(): void {
    return this.#run("reshape", () => this.#layer.reshape(this.#given.bottoms, this.#given.tops));
  }

  /** Has the layer compute its tops. */
  forward(): void {
    this.beforeForward();
    return this.#run("forward", () => this.#layer.forward(this.#given.bottoms, this.#given.tops));
  }

  /** Has the layer compute its gradients. */
  backward(_: Blob[], propagateDown: boolean[]): void {
    const wanted = Object.freeze([...this.propagateDown ?? propagateDown]) as boolean[];
    this.beforeBackward();
    try {
      return this.#run(
        "backward",
        () => this.#layer.backward?.(this.#given.tops, wanted, this.#given.bottoms),
        wanted,
      );
    } finally {
      this.afterBackward();
    }
  }

  /** Disposes the layer. */
  [Symbol.dispose](): void {
    this.#layer[Symbol.dispose]?.();
  }

  #run<Result>(method: LayerMethod, run: () => Result, propagateDown: readonly boolean[] = []): Result {
    const arrays = { bottoms: this.bottoms, tops: this.tops, params: this.blobs };
    const shapes = arrays.bottoms.map((blob) => blob.shape);
    const strict = this.#mode === "strict";
    const call = this.#call = this.#mode === "plain"
      ? undefined
      : new WatchedCall(method, arrays, propagateDown, strict, this.#tell);
    try {
      return strict ? withGuardedOps(this.#layer.ops, run) : run();
    } finally {
      this.#call = undefined;
      call?.end();
      for (const [i, blob] of arrays.bottoms.entries()) {
        if (arrays.tops.includes(blob) && method !== "backward") continue;
        if (blob.shape.join() !== shapes[i]!.join()) {
          this.#tell("blob-reshaped", {
            what: `${method} reshapes bottom ${i} from (${shapes[i]!.join(", ")}) to (${
              blob.shape.join(", ")
            })`,
            key: { method },
          });
        }
      }
    }
  }

  /** The blob as the layer sees it: its views are those of the running call. */
  #watch(blob: Blob): Blob {
    let watched = this.#watched.get(blob);
    if (watched !== undefined) return watched;
    watched = new Proxy(blob, {
      get: (_, key) => {
        const call = this.#call;
        const member = call === undefined ? undefined : watchedMember(blob, key, call);
        if (member !== undefined) return member;
        const value: unknown = Reflect.get(blob, key, blob);
        return typeof value === "function" ? value.bind(blob) : value;
      },
    });
    this.#watched.set(blob, watched);
    return watched;
  }

  /** The parameters as the layer sees them. */
  #watchedBlobs(): LayerBlobs {
    return new Proxy(this.blobs, {
      get: (blobs, key) => {
        if (key === "add") return (...args: Parameters<LayerBlobs["add"]>) => this.#watch(blobs.add(...args));
        const value: unknown = Reflect.get(blobs, key);
        return typeof key === "string" && /^\d+$/.test(key) && value !== undefined
          ? this.#watch(value as Blob)
          : value;
      },
    });
  }
}

/**
 * A member of a blob that differs during a call, because it reads or writes values; undefined for the others.
 */
function watchedMember(blob: Blob, key: string | symbol, call: WatchedCall): unknown {
  switch (key) {
    case "data":
    case "diff":
      return call.shadow(blob, key).view;
    case "read":
      return (part: Part = "data") => call.shadow(blob, part).values.slice();
    case "write":
      return (values: Float32Array, part: Part = "data", offset = 0) =>
        call.shadow(blob, part).values.set(values, offset);
    case "norms":
      return (part: Part = "data") => normsOf(call.shadow(blob, part).values);
    case "reshape":
    case "reshapeLike":
      return (...shape: [Blob]) => {
        const before = blob.count;
        call.handOn(blob);
        Reflect.apply(blob[key], blob, shape);
        if (blob.count !== before) call.release(blob);
      };
  }
  return undefined;
}

function normsOf(values: Float32Array): ReturnType<Blob["norms"]> {
  let asum = 0, sumsq = 0;
  for (const value of values) {
    asum += Math.abs(value);
    sumsq += value * value;
  }
  return { asum, sumsq };
}
