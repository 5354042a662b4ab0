import { dirname } from "node:path";
import { z } from "zod";
import { CremaError } from "../base/error.ts";
import { readBytesSync } from "../base/read_bytes.ts";
import { Prefetcher } from "../data/prefetch/prefetcher.ts";
import { chanceSeed } from "../base/chance_seed.ts";
import { DataRandom } from "../data/random.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import type { Position } from "../data/sources/record_source.ts";
import type { Blob } from "../ffi/blob.ts";
import type { SourceState } from "../proto/messages.ts";
import { locationOf } from "../proto/text/location.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";
import { encodePixelBox, pixelOverlap } from "./shared/pixel_boxes.ts";

const box = z.array(z.number()).length(4);
const entry = z.strictObject({
  image: z.string(),
  boxes: z.array(box),
  gt_classes: z.array(z.int().min(0)),
  flipped: z.boolean().default(false),
});

/** An image of a roidb, as Fast R-CNN calls its list of images with boxes. */
export interface RoidbEntry {
  /** The path of the image; a relative one is looked up in the current folder, then in the prototxt's. */
  readonly image: string;
  /** Its boxes, [x1, y1, x2, y2] in pixels, both corners included: objects, and regions that were proposed. */
  readonly boxes: readonly (readonly number[])[];
  /** The class of each box; 0 for a region that was proposed. */
  readonly gt_classes: readonly number[];
  /** Whether to mirror the image, left to right. The boxes are those of the mirrored image. */
  readonly flipped?: boolean | undefined;
}

/**
 * `param_str` of a {@link RoIDataLayer}: `'num_classes': 21`, as in py-faster-rcnn, and the settings that Python
 * has in its `cfg`, with their defaults.
 */
export const RoIDataParams = z.strictObject({
  num_classes: z.int().positive().describe("number of classes, background included"),
  source: z.string().optional().describe("a JSON file with the roidb; else a script calls setRoidb"),
  has_rpn: z.boolean().optional().describe(
    "whether the net proposes regions itself; by default, whether a top is called im_info",
  ),
  ims_per_batch: z.int().positive().optional().describe(
    "images per batch: by default 1 with has_rpn, else 2",
  ),
  scales: z.array(z.int().positive()).min(1).default([600]).describe(
    "lengths of an image's shorter side; one is chosen at random",
  ),
  max_size: z.int().positive().default(1000).describe("the greatest length of the longer side"),
  pixel_means: z.array(z.number()).length(3).default([102.9801, 115.9465, 122.7717])
    .describe("what is subtracted from blue, green and red"),
  batch_size: z.int().positive().default(128).describe(
    "how many regions to choose, of all images of a batch",
  ),
  fg_fraction: z.number().min(0).max(1).default(0.25).describe("the largest part of them that has an object"),
  fg_thresh: z.number().default(0.5).describe(
    "regions that overlap an object at least so much have its class",
  ),
  bg_thresh_hi: z.number().default(0.5).describe("background overlaps objects by less than this"),
  bg_thresh_lo: z.number().default(0.1).describe("background overlaps an object by at least this"),
  inside_weights: z.array(z.number()).length(4).default([1, 1, 1, 1]).describe(
    "weights of x, y, width, height",
  ),
  means: z.array(z.number()).length(4).default([0, 0, 0, 0]).describe("what is subtracted from targets"),
  stds: z.array(z.number()).length(4).default([1, 1, 1, 1]).describe("what targets are divided by then"),
  prefetch: z.int().positive().default(2).describe("batches to keep ready"),
});

/** A use to check: images of 3 × 2 and 4 × 4 pixels, each with an object and two regions. */
const SMALL = {
  files: {
    "crema_check/wide.gif": Uint8Array.fromBase64(
      "R0lGODlhAwACAIAAAMgKPBTcWiH5BAQAAAAALAAAAAADAAIAAAIDBBJWADs=",
    ),
    "crema_check/square.gif": Uint8Array.fromBase64(
      "R0lGODlhBAAEAIAAAP///1oAeCH5BAQAAAAALAAAAAAEAAQAAAIGBBKGmhcFADs=",
    ),
    "crema_check/roidb.json": JSON.stringify([
      {
        image: "crema_check/wide.gif",
        boxes: [[0, 0, 1, 1], [0, 0, 2, 1], [1, 0, 2, 1]],
        gt_classes: [1, 0, 0],
      },
      {
        image: "crema_check/square.gif",
        boxes: [[0, 0, 3, 2], [0, 0, 3, 3], [3, 0, 3, 3]],
        gt_classes: [2, 0, 0],
      },
    ]),
  },
  param: { num_classes: 3, source: "crema_check/roidb.json", scales: [6], max_size: 8 },
};
const EXAMPLES: readonly LayerExample[] = [
  {
    ...SMALL,
    bottoms: [],
    tops: 6,
    param: { ...SMALL.param, batch_size: 4, fg_fraction: 0.5 },
    random: true,
  },
];

/** What was made ready of a roidb: the boxes of an image one after the other, and their classes. */
interface Regions {
  readonly path: string;
  readonly boxes: Float32Array;
  readonly classes: readonly number[];
}

/**
 * The data of Fast R-CNN and Faster R-CNN: whole images, with the objects in them or with regions to learn. No
 * bottoms. Tops with `has_rpn`: the image (1, 3, H, W); its [height, width, scale] (1, 3); and its objects (G, 5),
 * each [x1, y1, x2, y2, class]. Without: images (N, 3, H, W); regions (R, 5), each [item, x1, y1, x2, y2]; labels
 * (R), 0 for background; and, if there are six tops, targets, inside weights and outside weights (R, 4
 * num_classes), which are 0 but for the four columns of the label's class. There is no gradient.
 *
 * An image, less `pixel_means`, is resized so that its shorter side has one of the lengths `scales`, or its longer
 * side `max_size` if that would be exceeded; boxes as well: x1 = scale · x1. Smaller images of a batch have zeros below and on the
 * right. A region is chosen and labelled, and its target computed, as by `rpn.proposal_target_layer`. Each epoch
 * has its own order, which follows from the run's seed, as all choices do; images of unlike aspect may be in one
 * batch, and targets are normalized by `means` and `stds` alone, not by statistics of the roidb.
 *
 * The images and boxes are those of {@link setRoidb}, or of the file `source`. A Worker reads ahead.
 *
 * Girshick: Fast R-CNN, ICCV 2015, arXiv:1504.08083; `roi_data_layer.layer` of py-faster-rcnn.
 */
export class RoIDataLayer extends Layer<z.output<typeof RoIDataParams>> {
  static type = "RoIData";
  static params = RoIDataParams;
  static bottoms = 0;
  static tops = [3, 6] as const;
  static examples = EXAMPLES;
  readonly #hasRpn = this.param.has_rpn ?? this.layerParam.top?.includes("im_info") ?? false;
  readonly #images = this.param.ims_per_batch ?? (this.#hasRpn ? 1 : 2);
  #roidb: readonly Regions[] = [];
  #files: readonly { path: string; flipped: boolean }[] = [];
  #prefetcher: Prefetcher | undefined;
  #position: Position = { epoch: 0, index: 0 };
  #seed = this.seed === undefined || this.seed < 0 ? chanceSeed() : this.seed;

  /** Checks the tops, shapes them until the first batch, and reads `source`. */
  override setup(_bottoms: [], tops: Blob[]): void {
    const { param } = this, images = this.#images;
    if (this.#hasRpn ? tops.length !== 3 : tops.length !== 3 && tops.length !== 6) {
      throw new RangeError(`Expected ${this.#hasRpn ? "3" : "3 or 6"} tops but found ${tops.length}`);
    }
    if (this.#hasRpn && images !== 1) {
      throw new RangeError(`Expected ims_per_batch to be 1 with has_rpn but found ${images}`);
    }
    if (!this.#hasRpn && param.batch_size % images !== 0) {
      throw new RangeError(
        `Expected a batch_size that ${images} images can share but found ${param.batch_size}`,
      );
    }
    const columns = [1, 4 * param.num_classes];
    const shapes = this.#hasRpn ? [[1, 3], [1, 4]] : [[1, 5], [1], columns, columns, columns];
    tops[0]!.reshape(images, 3, Math.max(...param.scales), param.max_size);
    for (const [i, top] of tops.slice(1).entries()) top.reshape(shapes[i]!);
    if (param.source === undefined) return;
    const path = resolveSource(param.source, locationOf(this.layerParam)?.file);
    const text = new TextDecoder().decode(readBytesSync(path, "a roidb as JSON"));
    try {
      this.setRoidb(JSON.parse(text));
    } catch (cause) {
      const { name, message } = cause as Error;
      if (name !== "RangeError" && name !== "SyntaxError") throw cause;
      const isJson = name !== "SyntaxError";
      throw new CremaError(isJson ? message : `Expected JSON but found: ${message}`, { file: path, cause });
    }
  }

  /**
   * Gives the layer its images and boxes, and starts to read ahead: as `set_roidb` in Python, after the net was made.
   * Throws a RangeError that names the entry when one is not as {@link RoidbEntry} says.
   *
   * ```ts ignore
   * (solver.net.layer("data").layer as RoIDataLayer).setRoidb([{ image, boxes: [[8, 4, 90, 60]], gt_classes: [3] }]);
   * ```
   */
  setRoidb(roidb: readonly RoidbEntry[]): void {
    const { num_classes } = this.param;
    const entries = z.array(entry).safeParse(roidb);
    if (!entries.success) {
      const [{ path, message }] = entries.error.issues as [z.core.$ZodIssue];
      throw new RangeError(
        `Expected a roidb, a list of images with boxes and gt_classes, but found, ${
          path.length === 0 ? "in the whole" : `at ${path.join(".")}`
        }: ${message}`,
      );
    }
    for (const [i, { image, boxes, gt_classes }] of entries.data.entries()) {
      const wrong = (wanted: string) =>
        new RangeError(`Expected ${wanted}, for image ${i} of the roidb, '${image}'`);
      if (boxes.length !== gt_classes.length) {
        throw wrong(`as many boxes as gt_classes but found ${boxes.length} and ${gt_classes.length}`);
      }
      const turned = boxes.find(([x1 = 0, y1 = 0, x2 = 0, y2 = 0]) =>
        !(0 <= x1 && x1 <= x2 && 0 <= y1 && y1 <= y2)
      );
      if (turned !== undefined) {
        throw wrong(
          `boxes [x1, y1, x2, y2] with 0 ≤ x1 ≤ x2 and 0 ≤ y1 ≤ y2 but found [${turned.join(", ")}]`,
        );
      }
      const most = Math.max(0, ...gt_classes);
      if (most >= num_classes) throw wrong(`gt_classes below num_classes, ${num_classes}, but found ${most}`);
      if (most === 0) throw wrong("a box with a class above 0 but found none");
    }
    if (entries.data.length < this.#images) {
      throw new RangeError(
        `Expected a roidb of ${this.#images} or more images but found ${entries.data.length}`,
      );
    }
    this.#roidb = entries.data.map(({ image, boxes, gt_classes }) => ({
      path: image,
      boxes: Float32Array.from(boxes.flat()),
      classes: gt_classes,
    }));
    this.#read(entries.data.map(({ image, flipped }) => ({ path: image, flipped })));
  }

  /** The tops have the shapes of the last batch. */
  override reshape(): void {}

  override forward(_bottoms: [], [data, ...tops]: [Blob, ...Blob[]]): void {
    if (this.#prefetcher === undefined) {
      throw new Error(
        "Expected a roidb but found none: call setRoidb of this layer, `net.layer(name).layer`, before the first pass, " +
          "or name a JSON file in param_str, 'source': 'roidb.json'",
      );
    }
    const draw = new DataRandom(this.#seed, `${this.name} ${this.phase} regions`).draws(
      this.#prefetcher.position,
    );
    this.#prefetcher.take(({ tops: [images, facts] }) => {
      data.reshape(images!.shape);
      data.data.set(images!.data);
      const [, , height = 0, width = 0] = images!.shape;
      const items = Array.from({ length: this.#images }, (_, n) => ({
        regions: this.#roidb[facts!.data[2 * n]!]!,
        scale: facts!.data[2 * n + 1]!,
      }));
      if (this.#hasRpn) this.#giveObjects(items[0]!, [height, width], tops as [Blob, Blob]);
      else this.#giveRegions(items, draw, tops);
    });
    this.#position = this.#prefetcher.position;
  }

  /** Data has no gradient. */
  override backward(): void {}

  /** The position of the next batch, and the seed of the random choices. */
  saveState(): SourceState {
    const { epoch, index } = this.#position;
    return { layer: this.name, position: index, epoch, seed: this.#seed };
  }

  /** Goes on from where {@link saveState} was called; a script may call setRoidb before or after. */
  restoreState({ position = 0, epoch = 0, seed = this.#seed }: SourceState): void {
    this.#seed = seed;
    this.#position = { epoch, index: position };
    if (this.#prefetcher !== undefined) this.#read(this.#files);
  }

  /** Stops the Worker. */
  override [Symbol.dispose](): void {
    this.#prefetcher?.[Symbol.dispose]();
  }

  #read(images: readonly { path: string; flipped: boolean }[]): void {
    const { param } = this, file = locationOf(this.layerParam)?.file;
    this.#files = images;
    this.#prefetcher?.[Symbol.dispose]();
    this.#prefetcher = new Prefetcher({
      library: this.engine.path,
      batches: {
        type: "scaled",
        path: param.source === undefined ? "the roidb" : `'${param.source}'`,
        root: "",
        beside: file === undefined ? undefined : dirname(file),
        images,
        batchSize: this.#images,
        scales: param.scales,
        maxSize: param.max_size,
        mean: param.pixel_means,
      },
      slots: param.prefetch,
      seed: this.#seed,
      stream: `${this.name} ${this.phase}`,
      start: this.#position,
    });
  }

  #giveObjects(
    { regions, scale }: Item,
    [height, width]: [number, number],
    [info, objects]: [Blob, Blob],
  ): void {
    info.reshape(1, 3);
    info.data.set([height, width, scale]);
    const rows = regions.classes.flatMap((label, b) =>
      label === 0 ? [] : [...regions.boxes.subarray(4 * b, 4 * b + 4).map((value) => value * scale), label]
    );
    objects.reshape(rows.length / 5, 5);
    objects.data.set(rows);
  }

  #giveRegions(items: readonly Item[], draw: () => number, [rois, labels, ...learned]: Blob[]): void {
    const { param } = this, columns = 4 * param.num_classes;
    const chosen = items.flatMap((item, n) =>
      this.#choose(item.regions, draw).map((choice) => ({ ...item, n, ...choice }))
    );
    rois!.reshape(chosen.length, 5);
    labels!.reshape(chosen.length);
    for (const top of learned) top.reshape(chosen.length, columns);
    const to = rois!.data, classes = labels!.data, target = new Float32Array(4);
    const [targets, inside, outside] = learned.map((top) => top.data.fill(0));
    for (const [r, { n, scale, regions, region, object }] of chosen.entries()) {
      to[5 * r] = n;
      for (let k = 0; k < 4; k++) to[5 * r + 1 + k] = regions.boxes[4 * region + k]! * scale;
      const label = classes[r] = object < 0 ? 0 : regions.classes[object]!;
      if (targets === undefined || label === 0) continue;
      encodePixelBox(regions.boxes, 4 * region, regions.boxes, 4 * object, target, 0);
      for (let k = 0, at = r * columns + 4 * label; k < 4; k++, at++) {
        targets[at] = (target[k]! - param.means[k]!) / param.stds[k]!;
        inside![at] = param.inside_weights[k]!;
        outside![at] = inside![at]! > 0 ? 1 : 0;
      }
    }
  }

  /** Chooses regions of an image: those with an object, whose number comes along, then background, with −1. */
  #choose({ path, boxes, classes }: Regions, draw: () => number): { region: number; object: number }[] {
    const { param } = this, wanted = param.batch_size / this.#images;
    const foreground: { region: number; object: number }[] = [], background: typeof foreground = [];
    for (let region = 0; region < classes.length; region++) {
      let most = 0, object = -1;
      for (let other = 0; other < classes.length; other++) {
        const overlap = classes[other] === 0 ? 0 : pixelOverlap(boxes, 4 * region, boxes, 4 * other);
        if (overlap > most) [most, object] = [overlap, other];
      }
      if (object >= 0 && most >= param.fg_thresh) foreground.push({ region, object });
      else if (most < param.bg_thresh_hi && most >= param.bg_thresh_lo) {
        background.push({ region, object: -1 });
      }
    }
    const objects = some(foreground, Math.round(param.fg_fraction * wanted), draw);
    const chosen = [...objects, ...some(background, wanted - objects.length, draw)];
    if (chosen.length === 0) throw new RangeError(`Expected regions to learn in '${path}' but found none`);
    return chosen;
  }
}

/** An image of a batch. */
interface Item {
  readonly regions: Regions;
  readonly scale: number;
}

/** At most `count` of the values, chosen at random. */
function some<T>(values: T[], count: number, draw: () => number): T[] {
  const kept = Math.min(count, values.length);
  for (let i = 0; i < kept; i++) {
    const j = i + Math.floor(draw() * (values.length - i));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values.slice(0, kept);
}
