/** A bottom of a {@link LayerExample}. */
export interface ExampleBottom {
  /** Its shape, such as (N, C, H, W). */
  readonly shape: readonly number[];
  /** Fills it with labels: integers from 0 to `labels` − 1, without a gradient. */
  readonly labels?: number | undefined;
  /** The smallest and largest values that the layer takes there, such as [0, 1]; by default −1 and 1. */
  readonly range?: readonly [least: number, most: number] | undefined;
  /** The values, repeated to fill the shape. They have no gradient unless `gradient` is true. */
  readonly values?: readonly number[] | undefined;
  /** Whether it has a gradient; by default, unless it has `labels` or `values`. */
  readonly gradient?: boolean | undefined;
  /** The axis whose size is the number of items, by default 0; null for the same shape at any batch size. */
  readonly batchAxis?: number | null | undefined;
}

/**
 * A use to check a layer in. A class declares some in `static examples` if guessed shapes don't fit:
 *
 * ```ts ignore
 * static examples = [{ bottoms: [[4, 3], { shape: [4], labels: 3 }], param: { margin: 1 } }];
 * ```
 */
export interface LayerExample {
  /** The bottoms: shapes, or shapes with more properties. */
  readonly bottoms: readonly (readonly number[] | ExampleBottom)[];
  /** How many tops; by default the fewest that the class may have. */
  readonly tops?: number | undefined;
  /** `param_str`, as a value. */
  readonly param?: unknown;
  /**
   * Files that the layer reads: their contents by path, written beside the prototxt. Layers look for a
   * relative path in the working directory first, so choose names that do not exist there.
   */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Whether the layer draws random numbers, which must come from `this.random`. */
  readonly random?: boolean | undefined;
  /** Indices of the tops that have a gradient: by default all; for a loss, the first. */
  readonly gradientTops?: readonly number[] | undefined;
  /** False if backward deliberately adds something other than the loss's gradient to the parameters' diff. */
  readonly parameterGradients?: boolean | undefined;
}
