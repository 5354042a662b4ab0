import { axisOffsets, strides, sumOffsets } from "./sum_offsets.ts";

/** Two arrays of shapes that fit, as numpy broadcasts: axes count from the last, and an axis of 1 is repeated. */
export class Broadcast {
  /** The shape of both together. */
  shape: number[] = [];
  /** For each of its elements, which of the first it has. */
  first = new Int32Array();
  /** For each of its elements, which of the second it has. */
  second = new Int32Array();
  #key = "";

  /** Computes the above. Throws a RangeError when the shapes do not fit. */
  prepare(a: readonly number[], b: readonly number[]): void {
    const key = `${a.join()} ${b.join()}`;
    if (this.#key === key) return;
    const axes = Math.max(a.length, b.length);
    const whole = (shape: readonly number[]) => [...new Array<number>(axes - shape.length).fill(1), ...shape];
    const left = whole(a), right = whole(b);
    this.shape = left.map((size, axis) => {
      const other = right[axis]!;
      if (size !== other && size !== 1 && other !== 1) {
        throw new RangeError(
          `Expected bottoms with axes that are equal or 1 but found (${a.join(", ")}) and (${b.join(", ")})`,
        );
      }
      return size === 1 ? other : size;
    });
    const index = (own: number[]) => {
      const apart = strides(own);
      return sumOffsets(
        this.shape.map((size, axis) => axisOffsets(size, own[axis] === 1 ? 0 : apart[axis]!, (i) => i)),
      );
    };
    this.first = index(left);
    this.second = index(right);
    this.#key = key;
  }
}
