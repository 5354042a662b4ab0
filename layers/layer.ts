import type { Blob } from "../ffi/blob.ts";
import type { Engine } from "../ffi/engine.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { LayerBlobs } from "../ffi/host/layer_blobs.ts";
import type { Ops } from "../ffi/ops/mod.ts";
import type { LayerParameter, Phase } from "../proto/messages.ts";

/** What a script layer knows of itself. Its class is made with this as the only argument. */
export interface LayerContext<Params = unknown> {
  /** The layer's name in the prototxt. */
  readonly name: string;
  /** "Script" or "Python". */
  readonly type: string;
  /** What the net is for. */
  readonly phase: Phase;
  /** `param_str` as the prototxt has it; "" without one. */
  readonly paramStr: string;
  /** `param_str` parsed where it is JSON, else the text; `{}` without one. */
  readonly param: Params;
  /** The whole `layer { … }` of the prototxt. */
  readonly layerParam: LayerParameter;
  /** The seed of the run; absent when it goes by chance. */
  readonly seed?: number | undefined;
  /** Whether replicas of the net shall share the layer, as `python_param { share_in_parallel }` says. */
  readonly shareInParallel: boolean;
  /** The engine that the net is on, for a layer that has a net of its own. */
  readonly engine: Engine;
  /** The engine's vector math: `this.ops.axpy(2, x.data, y.data)`. */
  readonly ops: Ops;
}

/**
 * The base class of layers written in TypeScript. It is a convenience: any class with `reshape` and `forward` runs as a
 * layer (see {@link ScriptLayer}), so a module that is published by itself need not import this one.
 *
 * Write the bottoms and tops that a method takes as a tuple: then each is there, under `noUncheckedIndexedAccess` as
 * well, and `static bottoms` and `static tops` make it true, for they are checked when the net is made. A layer that
 * takes any number writes `bottoms: Blob[]`. More that a class can declare (see {@link ScriptLayerClass}): `static params`,
 * a schema of its `param_str`; `static isLoss`; `static param`, defaults of the prototxt's `param { … }`; `static type`.
 *
 * ```ts
 * import type { Blob } from "../ffi/blob.ts";
 * import { Layer } from "./layer.ts";
 *
 * // Multiplies by a number: y = factor · x. Bottom x and top y: any one shape.
 * export class TimesLayer extends Layer<{ factor?: number }> {
 *   static bottoms = 1;
 *   static tops = 1;
 *   #factor = this.param.factor ?? 2;
 *
 *   override reshape([x]: [Blob], [y]: [Blob]): void {
 *     y.reshape(x.shape);
 *   }
 *
 *   override forward([x]: [Blob], [y]: [Blob]): void {
 *     const from = x.data, to = y.data;
 *     for (let i = 0; i < to.length; i++) to[i] = this.#factor * from[i]!;
 *   }
 *
 *   override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
 *     if (!wanted) return;
 *     const from = y.diff, to = x.diff;
 *     for (let i = 0; i < to.length; i++) to[i] = this.#factor * from[i]!;
 *   }
 * }
 * ```
 */
export abstract class Layer<Params = unknown> implements HostLayer {
  /**
   * The learnable parameters. {@link setup} adds them: `this.blobs.add([64, 10], { type: "xavier" })`. Their `data` is the
   * value; {@link backward} adds to their `diff`.
   */
  blobs: LayerBlobs = new LayerBlobs();

  /** Takes what the layer knows of itself, so that it is there for the fields of derived classes. */
  constructor(context: LayerContext<Params>) {
    // Defined as fields are, not assigned: a derived class may have an accessor of that name.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(context));
  }

  /** Once, before the first {@link reshape}: checks what does not depend on shapes, and adds parameters. */
  setup?(bottoms: Blob[], tops: Blob[]): void;

  /** Gives the tops their shapes (`top.reshape(...)`) and makes room for what forward needs. Before every forward. */
  abstract reshape(bottoms: Blob[], tops: Blob[]): void;

  /** Computes the tops' `data` from the bottoms' `data`. */
  abstract forward(bottoms: Blob[], tops: Blob[]): void;

  /**
   * Computes the `diff` of each bottom whose entry of `propagateDown` is true from the tops' `diff`: overwrites it, does
   * not add to it. Adds to the `diff` of each parameter in {@link blobs}. A layer without this method can't stand between
   * parameters and a loss.
   */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;

  /** Called when the net is disposed. */
  [Symbol.dispose]?(): void;
}

/** What every layer knows of itself: its {@link LayerContext}'s properties. */
export interface Layer<Params = unknown> extends LayerContext<Params> {}
