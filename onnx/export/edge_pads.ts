/** The padding before, and behind, the rows and the columns. */
export type EdgePads = readonly [before: readonly number[], behind: readonly number[]];

/** The padding by `pad_t`, `pad_b`, `pad_l` and `pad_r`, of Synopsys' Caffe; undefined where none is given. */
export function edgePads(
  { pad_t = 0, pad_b = 0, pad_l = 0, pad_r = 0 }: {
    pad_t?: number | undefined;
    pad_b?: number | undefined;
    pad_l?: number | undefined;
    pad_r?: number | undefined;
  },
): EdgePads | undefined {
  return [pad_t, pad_b, pad_l, pad_r].every((pad) => pad === 0)
    ? undefined
    : [[pad_t, pad_l], [pad_b, pad_r]];
}

/**
 * The padding of `pad_type: 1`: as much as TensorFlow's "SAME", which is one place for each stride that begins, the odd one
 * behind. A dilation does not count in it.
 */
export function samePads(
  image: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
): EdgePads {
  const along = image.map((length, i) =>
    Math.max(kernel[i]! - (length % strides[i]! === 0 ? strides[i]! : length % strides[i]!), 0)
  );
  const before = along.map((pad) => Math.floor(pad / 2));
  return [before, along.map((pad, i) => pad - before[i]!)];
}
