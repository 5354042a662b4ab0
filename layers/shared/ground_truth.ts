/** The objects of one image. */
export interface Truth {
  /** How many. */
  count: number;
  /** Their classes. */
  labels: number[];
  /** Their boxes, [x1, y1, x2, y2] in parts of the image. */
  boxes: Float32Array;
  /** Whether they are marked as difficult. */
  difficult: boolean[];
}

/**
 * Reads objects (1, 1, G, 8), each [item, class, instance, x1, y1, x2, y2, difficult], as SSD's fork has them:
 * those of each of the `items` images. An item of −1 is no object. Throws a RangeError for another item that
 * is none, and for the background's class.
 */
export function readTruth(
  rows: Float32Array,
  items: number,
  background: number,
  withDifficult: boolean,
): Truth[] {
  const found = Array.from(
    { length: items },
    () => ({ labels: [] as number[], boxes: [] as number[], difficult: [] as boolean[] }),
  );
  for (let at = 0; at + 8 <= rows.length; at += 8) {
    const item = Math.trunc(rows[at]!), label = Math.trunc(rows[at + 1]!), difficult = rows[at + 7] !== 0;
    if (item === -1) continue;
    if (label === background) {
      throw new RangeError(`Expected objects of other classes than ${background}, the background's`);
    }
    const own = found[item];
    if (own === undefined) {
      throw new RangeError(`Expected objects of items from 0 to ${items - 1} but found ${item}`);
    }
    if (difficult && !withDifficult) continue;
    own.labels.push(label);
    own.boxes.push(...rows.subarray(at + 3, at + 7));
    own.difficult.push(difficult);
  }
  return found.map(({ boxes, ...rest }) => ({
    ...rest,
    count: rest.labels.length,
    boxes: Float32Array.from(boxes),
  }));
}
