/** A bottom of a {@link LayerExample}. */
export interface ExampleBottom {
  /** Its shape, such as (N, C, H, W). */
  readonly shape: readonly number[];
  /** Makes it labels: whole numbers from 0 to `labels` − 1, without a gradient. */
  readonly labels?: number | undefined;
  /** The least and the greatest value that the layer takes there, such as [0, 1]; values are from −1 to 1 without it. */
  readonly range?: readonly [least: number, most: number] | undefined;
  /** These very values, over and over where there are fewer than the shape has. They have no gradient unless it says so. */
  readonly values?: readonly number[] | undefined;
  /** Whether the loss changes smoothly with it; by default that of `labels` and `values` does not. */
  readonly gradient?: boolean | undefined;
  /** The axis whose size is the number of items: by default 0; null for a bottom that is the same for any batch. */
  readonly batchAxis?: number | null | undefined;
}

/**
 * A use of a layer to check it by. A class declares some in `static examples` where shapes that are made up will not do:
 *
 * ```ts ignore
 * static examples = [{ bottoms: [[4, 3], { shape: [4], labels: 3 }], param: { margin: 1 } }];
 * ```
 */
export interface LayerExample {
  /** The bottoms: shapes, or more than that. */
  readonly bottoms: readonly (readonly number[] | ExampleBottom)[];
  /** How many tops; by default the fewest that the class takes. */
  readonly tops?: number | undefined;
  /** `param_str`, before it is JSON. */
  readonly param?: unknown;
  /**
   * Files that the layer reads: their content by path, written beside the prototxt. A relative path is looked up from the
   * working directory first, so let theirs be none that is there.
   */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Whether the layer draws random numbers: it must do so from `this.seed`. */
  readonly random?: boolean | undefined;
  /** Indices of the tops that have a gradient: by default all, of a loss the first. */
  readonly gradientTops?: readonly number[] | undefined;
  /** False when what backward adds to the parameters' diff is not the gradient of the loss, and is not meant to be. */
  readonly parameterGradients?: boolean | undefined;
}
