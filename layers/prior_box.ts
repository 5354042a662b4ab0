import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import { Layer, type LayerContext } from "./layer.ts";

const size = z.number().positive();

/** `prior_box_param` of a {@link PriorBoxLayer}. */
export const PriorBoxParams = z.strictObject({
  min_size: z.array(size).min(1).describe("sides of the squares, in pixels; fractions are cut off"),
  max_size: z.array(size).default([])
    .describe("one for each min_size, and larger: adds a square whose side is the geometric mean of both"),
  aspect_ratio: z.array(size).default([]).describe("ratios of width to height of more boxes, beside 1"),
  flip: z.boolean().default(true).describe("whether each ratio r also means 1/r"),
  clip: z.boolean().default(false).describe("whether boxes end at the image's border"),
  variance: z.array(size).default([]).describe("one or four variances; by default 0.1"),
  img_size: z.int().positive().optional().describe("side of the image; by default that of the second bottom"),
  img_h: z.int().positive().optional().describe("height of the image"),
  img_w: z.int().positive().optional().describe("width of the image"),
  step: size.optional().describe(
    "pixels between cells; by default the image's size divided by the features'",
  ),
  step_h: size.optional().describe("pixels between cells, vertically"),
  step_w: size.optional().describe("pixels between cells, horizontally"),
  offset: z.number().default(0.5).describe("where the boxes' centres are in a cell"),
});

/**
 * Default boxes of SSD: P boxes around the centre of each cell, in parts of the image. Bottoms: features
 * (N, C, H, W) and the image (N, C, H, W), of which only the sizes count; top: (1, 2, 4 H W P): the corners
 * [x1, y1, x2, y2] of each box, then their variances. For each `min_size`: a square of that side, one of side
 * √(min_size · max_size), and for each ratio r a box with w = min_size √r and h = min_size / √r. There is no
 * gradient.
 *
 * Liu et al.: SSD: Single Shot MultiBox Detector, ECCV 2016, arXiv:1512.02325, and its fork of Caffe.
 */
export class PriorBoxLayer extends Layer<z.output<typeof PriorBoxParams>> {
  static type = "PriorBox";
  static params = PriorBoxParams;
  static bottoms = 2;
  static tops = 1;
  static examples = [
    { min_size: [4] },
    {
      min_size: [4, 6.5],
      max_size: [6, 9],
      aspect_ratio: [2, 3],
      variance: [0.1, 0.1, 0.2, 0.2],
      clip: true,
    },
  ].map((param) => ({
    bottoms: [
      { shape: [1, 2, 2, 3], gradient: false, batchAxis: null },
      { shape: [1, 3, 16, 20], gradient: false, batchAxis: null },
    ],
    param,
    gradientTops: [],
  }));
  readonly #sides: readonly (readonly [width: number, height: number])[];
  #made = "";
  #boxes = new Float32Array();

  /** Reads the parameters. Throws a RangeError when they contradict each other. */
  constructor(context: LayerContext<z.output<typeof PriorBoxParams>>) {
    super(context);
    const { param } = this;
    const check = (fits: boolean, message: string) => {
      if (!fits) throw new RangeError(message);
    };
    const { length } = param.max_size;
    check(
      length === 0 || length === param.min_size.length,
      `Expected one max_size for each of the ${param.min_size.length} min_size but found ${length}`,
    );
    for (const [i, most] of param.max_size.entries()) {
      check(
        most > param.min_size[i]!,
        `Expected a max_size above min_size ${param.min_size[i]} but found ${most}`,
      );
    }
    check(
      [0, 1, 4].includes(param.variance.length),
      `Expected one or four variances but found ${param.variance.length}`,
    );
    for (const [one, two] of [["img_size", "img"], ["step", "step"]] as const) {
      const both = [param[`${two}_h`], param[`${two}_w`]].filter((each) => each !== undefined).length;
      check(both !== 1, `Expected both ${two}_h and ${two}_w but found one`);
      check(both === 0 || param[one] === undefined, `Expected ${one} or ${two}_h and ${two}_w but found all`);
    }
    this.#sides = this.#boxSides();
  }

  override reshape([features]: [Blob, Blob], [y]: [Blob]): void {
    const [, , height, width] = features.shape;
    if (features.numAxes !== 4) {
      throw new RangeError(`Expected features (N, C, H, W) but found (${features.shape.join(", ")})`);
    }
    y.reshape(1, 2, height! * width! * this.#sides.length * 4);
  }

  override forward([features, image]: [Blob, Blob], [y]: [Blob]): void {
    const { img_size, img_h = img_size, img_w = img_size } = this.param;
    const [, , height = 0, width = 0] = features.shape;
    const [, , high = 0, wide = 0] = img_h === undefined ? image.shape : [1, 1, img_h, img_w];
    const made = [height, width, high, wide].join();
    if (this.#made !== made) {
      this.#boxes = this.#make(height, width, high, wide);
      this.#made = made;
    }
    y.data.set(this.#boxes);
  }

  override backward(_tops: Blob[], propagateDown: boolean[], bottoms: Blob[]): void {
    for (const [i, bottom] of bottoms.entries()) if (propagateDown[i]) bottom.diff.fill(0);
  }

  /** Width and height of each box of a cell, in pixels. */
  #boxSides(): [width: number, height: number][] {
    const { min_size, max_size, aspect_ratio, flip } = this.param;
    const ratios = [1];
    for (const ratio of aspect_ratio) {
      if (ratios.some((each) => Math.abs(each - ratio) < 1e-6)) continue;
      ratios.push(ratio, ...(flip ? [1 / ratio] : []));
    }
    return min_size.flatMap((least, i) => {
      const side = Math.trunc(least), most = max_size[i];
      const squares: [number, number][] = [[side, side]];
      if (most !== undefined) {
        const mean = Math.sqrt(side * Math.trunc(most));
        squares.push([mean, mean]);
      }
      const others = ratios.filter((ratio) => Math.abs(ratio - 1) >= 1e-6).map((ratio) => {
        const root = Math.sqrt(Math.fround(ratio));
        return [side * root, side / root] as [number, number];
      });
      return [...squares, ...others];
    });
  }

  #make(height: number, width: number, high: number, wide: number): Float32Array<ArrayBuffer> {
    const { step, step_h = step ?? high / height, step_w = step ?? wide / width, offset, variance } =
      this.param;
    const f = Math.fround, count = height * width * this.#sides.length * 4;
    const boxes = new Float32Array(2 * count);
    let at = 0;
    for (let h = 0; h < height; h++) {
      const y = f(f(h + offset) * f(step_h));
      for (let w = 0; w < width; w++) {
        const x = f(f(w + offset) * f(step_w));
        for (const [across, down] of this.#sides) {
          boxes[at++] = (x - f(across) / 2) / wide;
          boxes[at++] = (y - f(down) / 2) / high;
          boxes[at++] = (x + f(across) / 2) / wide;
          boxes[at++] = (y + f(down) / 2) / high;
        }
      }
    }
    if (this.param.clip) { for (let i = 0; i < count; i++) boxes[i] = Math.min(Math.max(boxes[i]!, 0), 1); }
    const all = variance.length === 0 ? [0.1] : variance;
    for (let i = 0; i < count; i++) boxes[count + i] = all[i % all.length]!;
    return boxes;
  }
}
