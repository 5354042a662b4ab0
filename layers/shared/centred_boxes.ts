/** The overlap of two boxes given by centre and size: the area of their intersection divided by that of their union. */
export function centredOverlap(
  [x, y, width, height]: ArrayLike<number> & Iterable<number>,
  [u, v, across, down]: ArrayLike<number> & Iterable<number>,
): number {
  const wide = Math.min(x! + width! / 2, u! + across! / 2) - Math.max(x! - width! / 2, u! - across! / 2);
  const high = Math.min(y! + height! / 2, v! + down! / 2) - Math.max(y! - height! / 2, v! - down! / 2);
  if (!(wide > 0 && high > 0)) return 0;
  return wide * high / (width! * height! + across! * down! - wide * high);
}

/** An object of an image: its class, from 0, and its box by centre and size, in parts of the image. */
export interface TrueBox {
  /** The class. */
  readonly label: number;
  /** [x, y, width, height]. */
  readonly box: readonly [x: number, y: number, width: number, height: number];
}

/**
 * The objects of one item of a blob of rows [class, x, y, width, height], which end at the first without a width.
 * Throws a RangeError for a class that is not one of `classes`.
 */
export function trueBoxes(values: Float32Array, classes: number): TrueBox[] {
  const boxes: TrueBox[] = [];
  for (let at = 0; at + 5 <= values.length && values[at + 3] !== 0; at += 5) {
    const [label, x, y, width, height] = values.subarray(at, at + 5) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (!(label >= 0 && label < classes)) {
      throw new RangeError(`Expected classes from 0 to ${classes - 1} but found ${label}`);
    }
    boxes.push({ label: Math.trunc(label), box: [x, y, width, height] });
  }
  return boxes;
}
