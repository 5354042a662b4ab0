/** How values are laid out as vectors: `outer` blocks of `size` rows of `inner` values; a vector is a column of a block. */
export interface VectorLayout {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** A column of a block: its number, where it begins and ends, and the step between its values. */
type Column = (vector: number, first: number, end: number, step: number) => void;

function eachVector({ outer, size, inner }: VectorLayout, run: Column): void {
  for (let n = 0; n < outer; n++) {
    for (let j = 0; j < inner; j++) {
      const first = n * size * inner + j;
      run(n * inner + j, first, first + size * inner, inner);
    }
  }
}

/** How long a vector is: √(Σ x² + ε), or Σ |x| + ε. */
export type Length = "L2" | "L1";

/**
 * Divides each vector by its length, y = x / n, and keeps the lengths. `y` may be `x`.
 */
export function toUnitVectors(
  x: Float32Array,
  y: Float32Array,
  lengths: Float32Array,
  layout: VectorLayout,
  { length, eps }: { readonly length: Length; readonly eps: number },
): void {
  eachVector(layout, (vector, first, end, step) => {
    let sum = eps;
    for (let i = first; i < end; i += step) sum += length === "L2" ? x[i]! * x[i]! : Math.abs(x[i]!);
    const n = lengths[vector] = length === "L2" ? Math.sqrt(sum) : sum;
    for (let i = first; i < end; i += step) y[i] = x[i]! / n;
  });
}

/**
 * The gradient of {@link toUnitVectors}: dx = (dy − ∂n/∂x Σ y dy) / n, where ∂n/∂x is y, or with L1 the sign of y; plus
 * ∂n/∂x dn, if the lengths have a gradient dn. `dx` may be `dy`.
 */
export function unitVectorsGradient(
  { y, dy, lengths, dn }: {
    readonly y: Float32Array;
    readonly dy: Float32Array;
    readonly lengths: Float32Array;
    readonly dn?: Float32Array | undefined;
  },
  dx: Float32Array,
  layout: VectorLayout,
  length: Length,
): void {
  eachVector(layout, (vector, first, end, step) => {
    let along = 0;
    for (let i = first; i < end; i += step) along += y[i]! * dy[i]!;
    const n = lengths[vector]!, more = dn?.[vector] ?? 0;
    for (let i = first; i < end; i += step) {
      const slope = length === "L2" ? y[i]! : Math.sign(y[i]!);
      dx[i] = (dy[i]! - slope * along) / n + slope * more;
    }
  });
}
