import type { LayerNames } from "./layer_names.ts";

/** The module of a new layer. */
export function layerSource(names: LayerNames, isLoss: boolean): string {
  return isLoss ? lossSource(names) : mapSource(names);
}

function lossSource({ type, className }: LayerNames): string {
  return `import { type Blob, Layer } from "crema";
import { z } from "zod";

/** \`param_str\` of a {@link ${className}}. */
export const ${type}Params = z.strictObject({
  epsilon: z.number().positive().default(0.1).describe("distances well below it count as about this"),
});

/**
 * The mean distance, smooth around 0: E = 1/N Σ √((x − t)² + ε²). Bottoms: predictions x (N, …), and targets t of the same
 * count; top: the loss, a scalar. The gradient of x: (x − t) / (N √((x − t)² + ε²)), that of t: the opposite.
 */
export class ${className} extends Layer<z.output<typeof ${type}Params>> {
  static type = "${type}";
  static params = ${type}Params;
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;

  override reshape([x, t]: [Blob, Blob], [loss]: [Blob]): void {
    if (x.count !== t.count) {
      throw new RangeError(\`Expected both bottoms to have \${x.count} values but found \${t.count}\`);
    }
    loss.reshape();
  }

  override forward([x, t]: [Blob, Blob], [loss]: [Blob]): void {
    const a = x.data, b = t.data, square = this.param.epsilon ** 2;
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += Math.sqrt((a[i]! - b[i]!) ** 2 + square);
    loss.data[0] = sum / x.num;
  }

  override backward([loss]: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob]): void {
    const [x, t] = bottoms;
    const a = x.data, b = t.data, square = this.param.epsilon ** 2;
    for (const [k, bottom] of bottoms.entries()) {
      if (!propagateDown[k]) continue;
      const diff = bottom.diff, factor = (k === 0 ? 1 : -1) * loss.diff[0]! / x.num;
      for (let i = 0; i < diff.length; i++) {
        const delta = a[i]! - b[i]!;
        diff[i] = factor * delta / Math.sqrt(delta ** 2 + square);
      }
    }
  }
}
`;
}

function mapSource({ type, className }: LayerNames): string {
  return `import { type Blob, Layer } from "crema";
import { z } from "zod";

/** \`param_str\` of a {@link ${className}}. */
export const ${type}Params = z.strictObject({
  slope: z.number().positive().default(0.25).describe("initial slope below 0, for every channel"),
});

/**
 * Values below 0 get a learnt slope, one per channel: y = x for x > 0, else w x. Bottom x and top y:
 * (N, C, …). The gradient of x: dy for x > 0, else w dy; of w: the sum of x dy where x ≤ 0.
 */
export class ${className} extends Layer<z.output<typeof ${type}Params>> {
  static type = "${type}";
  static params = ${type}Params;
  static bottoms = 1;
  static tops = 1;
  static param = [{ decay_mult: 0 }];
  #slopes!: Blob;

  override setup([x]: [Blob]): void {
    this.#slopes = this.blobs.add([x.shape[1] ?? 1], { type: "constant", value: this.param.slope });
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x === y) throw new RangeError("Expected a top of another name than the bottom but found it in place");
    y.reshapeLike(x);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, slopes = this.#slopes.data, inner = innerSize(x);
    for (let i = 0; i < to.length; i++) {
      const channel = Math.floor(i / inner) % slopes.length;
      to[i] = from[i]! > 0 ? from[i]! : slopes[channel]! * from[i]!;
    }
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    const from = x.data, above = y.diff, inner = innerSize(x);
    const slopes = this.#slopes.data, slopesDiff = this.#slopes.diff;
    const to = wanted ? x.diff : undefined;
    for (let i = 0; i < from.length; i++) {
      const channel = Math.floor(i / inner) % slopes.length;
      // A parameter's diff is added to; a bottom's is overwritten.
      if (from[i]! <= 0) slopesDiff[channel]! += from[i]! * above[i]!;
      if (to !== undefined) to[i] = from[i]! > 0 ? above[i]! : slopes[channel]! * above[i]!;
    }
  }
}

/** Values per channel of an item. */
function innerSize({ shape }: Blob): number {
  return shape.slice(2).reduce((product, size) => product * size, 1);
}
`;
}
