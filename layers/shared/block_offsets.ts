import { axisOffsets, strides, sumOffsets } from "./sum_offsets.ts";

/** Blocks of positions that SpaceToBatchND moves into the batch, and BatchToSpaceND back. */
export interface Blocks {
  /** The block's size along each axis after the first. */
  readonly block: readonly number[];
  /** For each of these axes, what is added before and after it, or cut off. */
  readonly borders: readonly number[];
}

/** The shape of the blocks' batch for a shape in space. Throws a RangeError when the blocks do not fit. */
export function batchShape(space: readonly number[], { block, borders }: Blocks): number[] {
  const shape = [...space];
  for (const [i, size] of block.entries()) {
    const whole = shape[i + 1]! + borders[2 * i]! + borders[2 * i + 1]!;
    if (whole % size !== 0) {
      throw new RangeError(
        `Expected a multiple of ${size} along axis ${i + 1} but found ${whole}, with borders`,
      );
    }
    shape[i + 1] = whole / size;
    shape[0]! *= size;
  }
  return shape;
}

/** For each element of a shape in space, in order, where it is in the batch of blocks. */
export function blockOffsets(space: readonly number[], blocks: Blocks): Int32Array<ArrayBuffer> {
  const { block, borders } = blocks;
  const apart = strides(batchShape(space, blocks));
  // The batch's axis is that of the blocks' positions, then the items.
  const between = strides([...block, space[0]!]).map((items) => items * apart[0]!);
  return sumOffsets(space.map((size, axis) => {
    const i = axis - 1, side = block[i];
    if (axis === 0 || side === undefined) return axisOffsets(size, apart[axis]!, (at) => at);
    return axisOffsets(size, 1, (at) => {
      const whole = at + borders[2 * i]!;
      return Math.floor(whole / side) * apart[axis]! + whole % side * between[i]!;
    });
  }));
}

/** Throws a RangeError unless a shape has the blocks' axes, and each of these two borders. */
export function checkBlocks(shape: readonly number[], { block, borders }: Blocks, name: string): void {
  if (shape.length <= block.length) {
    throw new RangeError(
      `Expected a bottom of more axes than the ${block.length} of block_shape but found (${
        shape.join(", ")
      })`,
    );
  }
  if (borders.length !== 2 * block.length) {
    throw new RangeError(
      `Expected two ${name} for each of ${block.length} axes but found ${borders.length} in all`,
    );
  }
}
