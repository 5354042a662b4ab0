import { Status } from "../engine.ts";
import { hostCallbackDefinition } from "../symbols.ts";
import { releaseViews } from "../view_registry.ts";
import type { HostFailures } from "./host_failures.ts";
import { checkFinished, type LiveLayer, runBackward } from "./live_layer.ts";

/** A function that the engine can call until it is closed. */
export interface HostCallback {
  /** What the engine gets. */
  readonly pointer: Deno.PointerObject;
  /** Frees it. */
  close(): void;
}

/** What the callbacks work with. */
export interface CallbackContext {
  /** The layers that the engine has asked for, by id. */
  readonly layers: Map<number, LiveLayer>;
  /** Keeps what layers throw. */
  readonly failures: HostFailures;
  /** Makes the layer for a serialized LayerParameter. */
  make(layerParam: Uint8Array): LiveLayer;
  /** Connects a layer with its blobs and runs its setup; `handle` is its `crema_layer*`. */
  setUp(live: LiveLayer, handle: Deno.PointerValue): void;
}

/** The callback for memory that is freed, shared by all hosts of this thread. */
let release: HostCallback | undefined;

/**
 * The bridge: the functions of `struct crema_host`, in its order, that the engine calls. Nothing may be
 * thrown through native frames, so what a layer throws is kept in `failures` and the engine gets a status.
 */
export function hostCallbacks({ layers, failures, make, setUp }: CallbackContext): HostCallback[] {
  let lastId = 0;
  function method<Rest extends unknown[]>(name: string, run: (live: LiveLayer, ...rest: Rest) => void) {
    return (id: number, ...rest: Rest): number => {
      const live = layers.get(id)!;
      try {
        run(live, ...rest);
        return Status.OK;
      } catch (error) {
        return failures.keep(error, live.planned, name);
      }
    };
  }
  return [
    new Deno.UnsafeCallback(hostCallbackDefinition("create"), (param, size) => {
      try {
        const live = make(copyBytes(param, Number(size)));
        layers.set(++lastId, live);
        return lastId;
      } catch (error) {
        failures.keep(error);
        return -1;
      }
    }),
    new Deno.UnsafeCallback(hostCallbackDefinition("setup"), method("setup", setUp)),
    new Deno.UnsafeCallback(
      hostCallbackDefinition("reshape"),
      method("reshape", ({ layer, bottoms, tops }) => checkFinished(layer.reshape(bottoms, tops))),
    ),
    new Deno.UnsafeCallback(
      hostCallbackDefinition("forward"),
      method("forward", (live) => {
        checkFinished(live.layer.forward(live.bottoms, live.tops));
        live.proven = true;
      }),
    ),
    new Deno.UnsafeCallback(
      hostCallbackDefinition("backward"),
      method("backward", (live, flags: Deno.PointerValue) => {
        const { length } = live.bottoms;
        live.propagateDown ??= Object.freeze(Array.from(copyBytes(flags, length), Boolean)) as boolean[];
        runBackward(live, live.propagateDown);
      }),
    ),
    new Deno.UnsafeCallback(hostCallbackDefinition("destroy"), (id) => {
      const live = layers.get(id);
      layers.delete(id);
      try {
        live?.previous?.layer[Symbol.dispose]?.();
        live?.layer[Symbol.dispose]?.();
      } catch (error) {
        failures.keepFirst(error, live?.planned, "dispose");
      }
    }),
    // Memory can outlive the host that it was made for, in nets that share it: so this one is never closed.
    {
      pointer: (release ??= new Deno.UnsafeCallback(hostCallbackDefinition("release"), releaseViews)).pointer,
      close() {},
    },
  ];
}

/** A copy of native bytes; zeros for a null pointer. */
function copyBytes(pointer: Deno.PointerValue, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  if (pointer !== null) Deno.UnsafePointerView.copyInto(pointer, bytes);
  return bytes;
}
