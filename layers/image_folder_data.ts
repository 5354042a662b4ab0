import { z } from "zod";
import { DataLayer } from "../data/data_layer.ts";
import { FolderSource } from "../data/sources/folder_source.ts";
import { chanceSeed } from "../base/chance_seed.ts";
import { resolveSource } from "../data/sources/source_path.ts";
import { readTransformSettings, transformedShape } from "../data/transform_settings.ts";
import type { Blob } from "../ffi/blob.ts";
import { locationOf } from "../proto/text/location.ts";
import type { SourceState } from "../proto/messages.ts";
import { Layer } from "./layer.ts";
import type { LayerExample } from "./layer_example.ts";

const part = z.number().positive().max(1);

/** `param_str` of an {@link ImageFolderDataLayer}. */
export const ImageFolderDataParams = z.strictObject({
  source: z.string()
    .describe("the folder; a relative path is looked up in the current folder, then in the prototxt's"),
  batch_size: z.int().positive().describe("images per batch"),
  size: z.tuple([z.int().positive(), z.int().positive()]).describe(
    "[height, width] to which every image is resized",
  ),
  classes: z.array(z.string()).min(1).optional().describe(
    "the classes' names, the first is class 0; default: the names of the folders, in order",
  ),
  colours: z.enum(["BGR", "RGB", "GRAY"]).default("BGR").describe("channels and their order; Caffe's is BGR"),
  shuffle: z.boolean().optional().describe(
    "whether each epoch has its own order; by default only in phase TRAIN",
  ),
  crop_size: z.int().min(0).default(0)
    .describe(
      "side of a window cut from the resized image: at random, in phase TEST from the centre",
    ),
  mirror: z.boolean().default(false).describe("while training, flip each image with probability ½"),
  area: z.tuple([part, part]).optional()
    .describe(
      "while training, take a random part of the image; [least, most] of its area, such as [0.08, 1]",
    ),
  aspect: z.number().min(1).default(4 / 3).describe("change the part's aspect ratio by up to this factor"),
  brightness: z.number().min(0).default(0).describe("while training, change it by up to this fraction"),
  contrast: z.number().min(0).default(0).describe("while training, change it by up to this fraction"),
  saturation: z.number().min(0).default(0).describe("while training, change it by up to this fraction"),
  mean_value: z.array(z.number()).default([]).describe(
    "subtracted from every value: one number, or one per channel",
  ),
  scale: z.number().default(1).describe("factor of every value, after that"),
  prefetch: z.int().positive().default(4).describe("batches to keep ready"),
}).refine(({ area }) => area === undefined || area[0] <= area[1], {
  message: "Expected area as [least, most]",
  path: ["area"],
});

/** A use to check: images of two colours, of 3 × 2, 2 × 4 and 4 × 4 pixels, in two classes. */
const TILES = {
  bottoms: [],
  files: {
    "crema_check/dark/1.gif": Uint8Array.fromBase64(
      "R0lGODlhAwACAIAAAMgKPBTcWiH5BAQAAAAALAAAAAADAAIAAAIDBBJWADs=",
    ),
    "crema_check/dark/2.gif": Uint8Array.fromBase64(
      "R0lGODlhAgAEAIAAAPrwHgoU+iH5BAQAAAAALAAAAAACAAQAAAIETACGBQA7",
    ),
    "crema_check/light/1.gif": Uint8Array.fromBase64(
      "R0lGODlhBAAEAIAAAP///1oAeCH5BAQAAAAALAAAAAAEAAQAAAIGBBKGmhcFADs=",
    ),
  },
  param: { source: "crema_check", batch_size: 2, size: [3, 4] },
};

/**
 * Images from one folder per class, `<source>/<class>/<image>`: JPEG, PNG, WebP, GIF, TIFF or AVIF files. No
 * bottoms; tops: the images (batch_size, C, H, W), and, if there is a second, the class numbers (batch_size),
 * which count from 0 in the order of `classes`, or of the folders' names. A solver whose nets would number different
 * classes is an error: `classes` makes them the same where a folder is missing. A Worker reads ahead, decodes and transforms, in
 * this order: part of the image, size, colours, window, mirror, and the values y = (u − mean_value) · scale.
 * There is no gradient.
 *
 * The part of an image of W × H pixels has w × h pixels, with w h = a W H and w / h = s W / H, where a is
 * uniform in `area`, ln s is uniform in ±ln `aspect`, and the position is uniform too. Its colours u, from 0
 * to 255, become ḡ + k (l (g + s (u − g)) − ḡ), where g is the pixel's grey, ḡ is the mean of l g, and l, k
 * and s are uniform in 1 ± `brightness`, 1 ± `contrast` and 1 ± `saturation`.
 *
 * Szegedy et al.: Going Deeper with Convolutions, CVPR 2015 (parts); Howard: Some Improvements on Deep
 * Convolutional Neural Network Based Image Classification, 2013, arXiv:1312.5402 (colours). Folders as for
 * `torchvision.datasets.ImageFolder`.
 */
export class ImageFolderDataLayer extends Layer<z.output<typeof ImageFolderDataParams>> {
  static type = "ImageFolderData";
  static bottoms = 0;
  static tops = [1, 2] as const;
  static examples: readonly LayerExample[] = [
    {
      ...TILES,
      tops: 1,
      param: { ...TILES.param, colours: "GRAY", crop_size: 2, mirror: true, area: [0.3, 1], brightness: 0.2 },
      random: true,
    },
    {
      ...TILES,
      tops: 2,
      param: { ...TILES.param, colours: "RGB", shuffle: false, mean_value: [10, 20, 30], scale: 0.01 },
    },
  ];
  static params = ImageFolderDataParams;
  #data: DataLayer | undefined;
  #classes: readonly string[] = [];

  /** The names of the classes, by number. */
  get classes(): readonly string[] {
    return this.#classes;
  }

  /** Lists the files and starts to read ahead. Throws a CremaError when there are none. */
  override setup(bottoms: [], tops: Blob[]): void {
    const { param, phase } = this;
    const path = resolveSource(param.source, locationOf(this.layerParam)?.file);
    this.#classes = new FolderSource(path, param.classes).classes;
    const transform = readTransformSettings(
      {
        crop_size: param.crop_size,
        mirror: param.mirror && phase === "TRAIN",
        mean_value: param.mean_value,
        scale: param.scale,
        force_gray: param.colours === "GRAY",
        force_color: param.colours !== "GRAY",
      },
      phase,
    );
    transform.images = {
      size: param.size,
      order: param.colours === "RGB" ? "RGB" : "BGR",
      area: param.area,
      aspect: param.aspect,
      brightness: param.brightness,
      contrast: param.contrast,
      saturation: param.saturation,
    };
    const { batch_size: batchSize, shuffle = phase === "TRAIN" } = param;
    const image = { channels: param.colours === "GRAY" ? 1 : 3, height: param.size[0], width: param.size[1] };
    const { channels, height, width } = transformedShape(transform, image);
    this.#data = new DataLayer({
      name: this.name,
      library: this.engine.path,
      batches: {
        type: "records",
        source: { type: "folder", path, classes: this.#classes },
        batchSize,
        transform,
        shuffle,
      },
      numTops: [1, 2],
      shapes: [[batchSize, channels, height, width], [batchSize]],
      slots: param.prefetch,
      seed: this.seed === undefined || this.seed < 0 ? chanceSeed() : this.seed,
      stream: `${this.name} ${phase}`,
      start: { epoch: 0, index: 0 },
    });
    this.#data.setup(bottoms, tops);
  }

  /** The tops keep their shapes. */
  override reshape(): void {}

  override forward(bottoms: [], tops: Blob[]): void {
    this.#data!.forward(bottoms, tops);
  }

  /** Data has no gradient. */
  override backward(): void {}

  /** The position of the next batch, and the seed of the random choices. */
  saveState(): SourceState {
    return this.#data!.saveState();
  }

  /** Continues from where {@link saveState} was called. */
  restoreState(state: SourceState): void {
    this.#data!.restoreState(state);
  }

  /** Stops the Worker. */
  override [Symbol.dispose](): void {
    this.#data?.[Symbol.dispose]();
  }
}
