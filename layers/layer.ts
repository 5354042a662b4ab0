import type { Blob } from "../ffi/blob.ts";
import type { Engine } from "../ffi/engine.ts";
import type { HostLayer } from "../ffi/host/host_layer.ts";
import { LayerBlobs } from "../ffi/host/layer_blobs.ts";
import type { LayerRandom } from "../ffi/host/layer_random.ts";
import type { Ops } from "../ffi/ops/mod.ts";
import type { LayerParameter, Phase, SolverParameter } from "../proto/messages.ts";

/** What a script layer knows about itself: the only argument of its constructor. */
export interface LayerContext<Params = unknown, TypeParam = unknown> {
  /** The layer's name in the prototxt. */
  readonly name: string;
  /** The layer's type in the prototxt: "Script", "Python", or one that its class claims. */
  readonly type: string;
  /** The phase of the net: training or test. */
  readonly phase: Phase;
  /** The text of `param_str`; "" if there is none. */
  readonly paramStr: string;
  /**
   * `param_str`, parsed if it is JSON, else its text; `{}` if there is none. If the class has a schema, also
   * the fields of {@link typeParam} that the prototxt sets.
   */
  readonly param: Params;
  /**
   * The parameters of the layer's type, with the defaults of their message: `contrastive_loss_param { … }` of a
   * ContrastiveLoss. Undefined when the schema has no message for the type.
   */
  readonly typeParam: TypeParam;
  /** The whole `layer { … }` from the prototxt. */
  readonly layerParam: LayerParameter;
  /** The seed of the run; absent when none is set. */
  readonly seed?: number | undefined;
  /**
   * The layer's random numbers, which follow from the seed of the run, or from one that is drawn. A snapshot keeps where they
   * stand, so that a resumed run draws on as if it had not stopped.
   */
  readonly random: LayerRandom;
  /** The solver's parameters, such as `max_iter`; absent for a net without a solver. */
  readonly solverParam?: Readonly<SolverParameter> | undefined;
  /** Whether replicas of the net share the layer: `python_param { share_in_parallel }`. */
  readonly shareInParallel: boolean;
  /** The engine that runs the net, for a layer with a net of its own. */
  readonly engine: Engine;
  /** The engine's vector math: `this.ops.axpy(2, x.data, y.data)`. */
  readonly ops: Ops;
}

/**
 * The base class of layers written in TypeScript. It is a convenience: any class with `reshape` and `forward`
 * runs as a layer (see {@link ScriptLayer}), so a published module need not import this one.
 *
 * Type the bottoms and tops that a method takes as a tuple: then each is defined, even under
 * `noUncheckedIndexedAccess`. `static bottoms` and `static tops` make that true, because they are checked
 * when the net is made. A layer that takes any number of bottoms writes `bottoms: Blob[]`. A class can also
 * declare (see {@link ScriptLayerClass}): `static params`, a schema of its `param_str`; `static isLoss`;
 * `static param`, defaults of the prototxt's `param { … }`; `static type`; `static typeParam` and `static
 * reads`, the other fields of its `layer { … }` that it reads.
 *
 * ```ts
 * import type { Blob } from "../ffi/blob.ts";
 * import { Layer } from "./layer.ts";
 *
 * // Multiplies by a number: y = factor · x. Bottom x and top y: any shape, the same for both.
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
export abstract class Layer<Params = unknown, TypeParam = unknown> implements HostLayer {
  /**
   * The learnable parameters. {@link setup} adds them: `this.blobs.add([64, 10], { type: "xavier" })`. Their
   * `data` holds the values; {@link backward} adds to their `diff`.
   */
  blobs: LayerBlobs = new LayerBlobs();

  /** Sets the context's properties, so that derived classes' fields can be computed from them. */
  constructor(context: LayerContext<Params, TypeParam>) {
    // Defines them, as fields are, because assigning would fail if a derived class has a getter of that name.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(context));
  }

  /** Called once, before the first {@link reshape}: checks what needs no shapes, and adds parameters. */
  setup?(bottoms: Blob[], tops: Blob[]): void;

  /** Called before every forward: gives the tops their shapes (`top.reshape(...)`) and allocates memory. */
  abstract reshape(bottoms: Blob[], tops: Blob[]): void;

  /** Computes the tops' `data` from the bottoms' `data`. */
  abstract forward(bottoms: Blob[], tops: Blob[]): void;

  /**
   * Computes from the tops' `diff` the `diff` of each bottom whose entry in `propagateDown` is true,
   * overwriting it. Adds to the `diff` of each parameter in {@link blobs}. A layer without this method can't
   * be between parameters and a loss.
   */
  backward?(tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void;

  /**
   * Returns what the object remembers from one iteration to the next, beside its parameters and {@link random}: a
   * running mean, a count, a queue. A snapshot keeps it, and `--watch` hands it to the new class of an edited
   * module. It can be anything that `structuredClone` copies: numbers, strings, arrays, typed arrays, plain objects,
   * Map and Set. It is copied at once, so arrays in use may be returned. Training may call it in every iteration.
   */
  save?(): unknown;

  /**
   * Takes over a copy of what {@link save} returned, in the layer of a resumed run or in the new version of an
   * edited one: after {@link setup}, and before a {@link reshape} and the next {@link forward}. A layer needs both
   * methods to have state. What it throws ends the resume, with the layer's name.
   */
  restore?(state: unknown): void;

  /** Called when the net is disposed. */
  [Symbol.dispose]?(): void;
}

/** A layer has the properties of its {@link LayerContext}. */
export interface Layer<Params = unknown, TypeParam = unknown> extends LayerContext<Params, TypeParam> {}
