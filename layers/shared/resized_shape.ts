/** Fields of the parameters of layers that resize images. */
export interface ResizedSize {
  /** The axes' order: the channels last, or second. */
  readonly data_format: string;
  /** The top's height; by default the bottom's times `scale_height`. */
  readonly output_height?: number | undefined;
  /** The top's width. */
  readonly output_width?: number | undefined;
  /** The top's depth, with NCHWD. */
  readonly output_depth?: number | undefined;
  /** Factor of the height. */
  readonly scale_height: number;
  /** Factor of the width. */
  readonly scale_width: number;
  /** Factor of the depth. */
  readonly scale_depth?: number | undefined;
}

/** The shape of resized images. Throws a RangeError when the bottom's has other axes than the format. */
export function resizedShape(from: readonly number[], param: ResizedSize): number[] {
  const { data_format: format } = param;
  if (from.length !== format.length) {
    throw new RangeError(`Expected a bottom of the axes ${format} but found (${from.join(", ")})`);
  }
  const f = Math.fround;
  return [...format].map((axis, i) => {
    if (axis === "N" || axis === "C") return from[i]!;
    const [size, scale] = {
      H: [param.output_height, param.scale_height],
      W: [param.output_width, param.scale_width],
      D: [param.output_depth, param.scale_depth],
    }[axis] ?? [];
    // In 32 bits, as the fork does, so that sizes do not differ by one.
    const resized = size ?? Math.floor(f(from[i]! * f(scale ?? 1)));
    if (resized < 1) {
      throw new RangeError(`Expected a size of at least 1 along axis ${i} but found ${resized}`);
    }
    return resized;
  });
}

/** Pixels of the bottom between neighbours of the top, along one axis. */
export function resizeStep(from: number, to: number, alignCorners: boolean): number {
  return Math.fround(alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to);
}

/** Throws a RangeError when a resizing layer is told more than one way to place pixels. */
export function checkOneWay<Way extends string>(
  param: Readonly<Record<Way, boolean>>,
  ways: readonly Way[],
): void {
  const set = ways.filter((way) => param[way]);
  if (set.length > 1) {
    throw new RangeError(`Expected one of ${ways.join(", ")} but found ${set.join(" and ")}`);
  }
}
