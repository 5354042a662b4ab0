import type { GraphNode } from "../../graph/graph_node.ts";
import { NodeError } from "../../graph/node_error.ts";

/** How a convolution or a pooling goes over its spatial axes: one number for each. */
export interface Window {
  /** Its size. */
  readonly kernel: readonly number[];
  /** How far it is from one position to the next. */
  readonly strides: readonly number[];
  /** How far its taps are apart. */
  readonly dilations: readonly number[];
  /** The padding before each axis. */
  readonly before: readonly number[];
  /** The padding behind each axis. */
  readonly behind: readonly number[];
}

/** The most that a size, a stride or a padding may be. */
const MOST = 2 ** 24;

/** The window of a node over axes of these lengths, with the padding that auto_pad means. */
export function windowOf(node: GraphNode, lengths: readonly number[], kernel: readonly number[]): Window {
  const axes = lengths.length;
  const strides = perAxis(node, "strides", axes, 1), dilations = perAxis(node, "dilations", axes, 1);
  if (kernel.length !== axes || !kernel.every((size) => size >= 1 && size <= MOST)) {
    throw new NodeError(`Expected a kernel of ${axes} axes but found (${kernel.join(", ")})`);
  }
  const auto = node.string("auto_pad", "NOTSET");
  if (auto === "NOTSET" || auto === "VALID") {
    const pads = node.ints("pads") ?? new Array<number>(2 * axes).fill(0);
    if (pads.length !== 2 * axes || !pads.every((pad) => pad >= 0 && pad <= MOST)) {
      throw new NodeError(`Expected ${2 * axes} pads of 0 or more but found ${pads.join(", ")}`);
    }
    const own = auto === "VALID" ? pads.map(() => 0) : pads;
    return { kernel, strides, dilations, before: own.slice(0, axes), behind: own.slice(axes) };
  }
  if (auto !== "SAME_UPPER" && auto !== "SAME_LOWER") {
    throw new NodeError(`Expected NOTSET, VALID, SAME_UPPER or SAME_LOWER as auto_pad but found '${auto}'`);
  }
  const total = lengths.map((length, i) => {
    const reach = (kernel[i]! - 1) * dilations[i]! + 1;
    return Math.max(0, (Math.ceil(length / strides[i]!) - 1) * strides[i]! + reach - length);
  });
  const less = total.map((each) => Math.floor(each / 2)), more = total.map((each, i) => each - less[i]!);
  const isUpper = auto === "SAME_UPPER";
  return { kernel, strides, dilations, before: isUpper ? less : more, behind: isUpper ? more : less };
}

/** A list of numbers from 1 up, one for each axis. */
export function perAxis(node: GraphNode, name: string, axes: number, otherwise: number): number[] {
  const given = node.ints(name) ?? new Array<number>(axes).fill(otherwise);
  if (given.length === axes && given.every((each) => each >= 1 && each <= MOST)) return given;
  throw new NodeError(`Expected ${axes} ${name} of 1 or more but found ${given.join(", ")}`);
}

/** Fields for two spatial axes that may differ: `kernel_h` and `kernel_w`, or `kernel_size` where they are equal. */
export function planar<Both extends string, H extends string, W extends string>(
  [h, w]: readonly number[],
  both: Both,
  nameH: H,
  nameW: W,
): Record<string, number> {
  return h === w ? { [both]: h! } : { [nameH]: h!, [nameW]: w! };
}

/** The fields of a padding of two axes: one number if all are equal, two, or one for each edge. */
export function planarPads({ before, behind }: Pick<Window, "before" | "behind">): Record<string, number> {
  const [top = 0, left = 0] = before, [bottom = 0, right = 0] = behind;
  if (top !== bottom || left !== right) {
    const edges = { pad_t: top, pad_b: bottom, pad_l: left, pad_r: right };
    return Object.fromEntries(Object.entries(edges).filter(([, pad]) => pad !== 0));
  }
  if (top === left) return top === 0 ? {} : { pad: top };
  return { pad_h: top, pad_w: left };
}
