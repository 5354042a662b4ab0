import { z } from "zod";
import type { Blob } from "../ffi/blob.ts";
import type { GraphBuilder, OnnxLayer, OnnxValue } from "../onnx/mod.ts";
import { numbers } from "../onnx/export/exported_layer.ts";
import { Layer, type LayerContext } from "./layer.ts";

const size = z.number().positive();

/** `prior_box_param` of a {@link PriorBoxLayer}. */
export const PriorBoxParams = z.strictObject({
  min_size: z.array(size).default([]).describe("sides of the squares, in pixels; fractions are cut off"),
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
  box_width: z.array(size).default([]).describe("widths of the boxes, instead of min_size and the rest"),
  box_height: z.array(size).default([]).describe("heights of those"),
  yx_order: z.boolean().default(false).describe("whether corners are [y1, x1, y2, x2], as in TensorFlow"),
  tf: z.boolean().default(false).describe(
    "TensorFlow's order: the squares of max_size last; those of a min_size of 60 are 0.1 smaller",
  ),
  keras: z.boolean().default(false).describe(
    "the order of Keras: the square of max_size first, then r, then 1/r",
  ),
  faceboxes: z.boolean().default(false).describe(
    "FaceBoxes' squares: 4 × 4 in a cell for a min_size of 32, 2 × 2 for 64; a pixel smaller",
  ),
});

/** A box of a cell, in pixels. */
interface CellBox {
  readonly width: number;
  readonly height: number;
  /** Its centre, from the cell's. */
  readonly x?: number;
  readonly y?: number;
  /** How far its sides move inwards, in parts of the image. */
  readonly inset?: number;
}

/**
 * Default boxes of SSD: P boxes around the centre of each cell, in parts of the image. Bottoms: features
 * (N, C, H, W) and the image (N, C, H, W), of which only the sizes count; top: (1, 2, 4 H W P): the corners
 * [x1, y1, x2, y2] of each box, then their variances. For each `min_size`: a square of that side, one of side
 * √(min_size · max_size), and for each ratio r a box with w = min_size √r and h = min_size / √r. There is no
 * gradient.
 *
 * Liu et al.: SSD: Single Shot MultiBox Detector, ECCV 2016, arXiv:1512.02325, and its fork of Caffe; `box_width` and
 * what follows it as in Synopsys' Caffe.
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
    { min_size: [4], max_size: [6], aspect_ratio: [2], tf: true, yx_order: true },
  ].map((param) => ({
    bottoms: [
      { shape: [1, 2, 2, 3], gradient: false, batchAxis: null },
      { shape: [1, 3, 16, 20], gradient: false, batchAxis: null },
    ],
    param,
    gradientTops: [],
  }));
  readonly #cell: readonly CellBox[];
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
    const { box_width, box_height, min_size, faceboxes } = param;
    check(
      box_width.length === box_height.length,
      `Expected as many box_height as box_width, ${box_width.length}, but found ${box_height.length}`,
    );
    check(
      box_width.length > 0 || min_size.length > 0,
      "Expected min_size, or box_width and box_height, but found neither",
    );
    check(
      !faceboxes || length + param.aspect_ratio.length === 0,
      "Expected faceboxes without max_size and aspect_ratio but found one of them",
    );
    this.#cell = box_width.length > 0
      ? box_width.map((width, i) => ({ width, height: box_height[i]! }))
      : faceboxes
      ? min_size.flatMap(faceSquares)
      : this.#cellBoxes();
  }

  override reshape([features]: [Blob, Blob], [y]: [Blob]): void {
    const [, , height, width] = features.shape;
    if (features.numAxes !== 4) {
      throw new RangeError(`Expected features (N, C, H, W) but found (${features.shape.join(", ")})`);
    }
    y.reshape(1, 2, height! * width! * this.#cell.length * 4);
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

  /** The boxes of a cell from `min_size`, `max_size` and `aspect_ratio`. */
  #cellBoxes(): CellBox[] {
    const { min_size, max_size, tf, keras } = this.param;
    const ratios = this.#ratios();
    return min_size.flatMap((least, i) => {
      const side = Math.trunc(least), most = max_size[i];
      const square: CellBox = { width: side, height: side, ...(tf && side === 60 && { inset: 0.05 }) };
      const mean = most === undefined ? [] : [Math.sqrt(side * Math.trunc(most))];
      const larger = mean.map((width) => ({ width, height: width }));
      const others = ratios.map((ratio) => {
        const root = Math.sqrt(Math.fround(ratio));
        return { width: side * root, height: side / root };
      });
      if (keras) return [...larger, square, ...others];
      return tf ? [square, ...others, ...larger] : [square, ...larger, ...others];
    });
  }

  /** The ratios besides 1, in the order of their boxes. */
  #ratios(): number[] {
    const { aspect_ratio, flip, keras } = this.param;
    const ratios = [1];
    const add = (ratio: number, ...more: number[]) => {
      if (!ratios.some((each) => Math.abs(each - ratio) < 1e-6)) ratios.push(ratio, ...more);
    };
    for (const ratio of aspect_ratio) add(ratio, ...(flip && !keras ? [1 / ratio] : []));
    if (keras && flip) { for (const ratio of aspect_ratio) add(1 / ratio); }
    return ratios.filter((ratio) => Math.abs(ratio - 1) >= 1e-6);
  }

  #make(height: number, width: number, high: number, wide: number): Float32Array<ArrayBuffer> {
    const { step, step_h = step ?? high / height, step_w = step ?? wide / width, offset, variance } =
      this.param;
    const f = Math.fround, count = height * width * this.#cell.length * 4;
    const boxes = new Float32Array(2 * count), [left, top] = this.param.yx_order ? [1, 0] : [0, 1];
    let at = 0;
    for (let h = 0; h < height; h++) {
      const y = f(f(h + offset) * f(step_h));
      for (let w = 0; w < width; w++) {
        const x = f(f(w + offset) * f(step_w));
        for (const box of this.#cell) {
          const across = f(box.width) / 2, down = f(box.height) / 2, inset = box.inset ?? 0;
          const u = x + (box.x ?? 0), v = y + (box.y ?? 0);
          boxes[at + left] = (u - across) / wide + inset;
          boxes[at + top] = (v - down) / high + inset;
          boxes[at + left + 2] = (u + across) / wide - inset;
          boxes[at + top + 2] = (v + down) / high - inset;
          at += 4;
        }
      }
    }
    if (this.param.clip) { for (let i = 0; i < count; i++) boxes[i] = Math.min(Math.max(boxes[i]!, 0), 1); }
    const all = variance.length === 0 ? [0.1] : variance;
    for (let i = 0; i < count; i++) boxes[count + i] = all[i % all.length]!;
    return boxes;
  }

  /** What {@link forward} computes, in ONNX. */
  static onnx(graph: GraphBuilder, layer: OnnxLayer<z.output<typeof PriorBoxParams>>): readonly OnnxValue[] {
    const { bottoms: [features, image], object, param: { img_size, img_h = img_size, img_w = img_size } } =
      layer;
    const [height, width] = numbers(layer, features.shape.slice(2)) as [number, number];
    const size = img_h === undefined ? image!.shape.slice(2) : [img_h, img_w!];
    const [high, wide] = numbers(layer, size) as [number, number];
    const data = (object as PriorBoxLayer).#make(height, width, high, wide);
    return [graph.constant({ shape: [1, 2, data.length / 2], data, type: "float32" }, "priors")];
  }
}

/** The squares of FaceBoxes for a side: densely for small ones, and a pixel smaller than they are called. */
function faceSquares(least: number): CellBox[] {
  const size = Math.trunc(least), across = size === 32 ? 4 : size === 64 ? 2 : 1, step = size === 32 ? 8 : 16;
  const places = Array.from({ length: across }, (_, i) => (i - across / 2) * step);
  if (across === 1) return [{ width: size - 1, height: size - 1 }];
  return places.flatMap((y) => places.map((x) => ({ width: size - 1, height: size - 1, x, y })));
}
