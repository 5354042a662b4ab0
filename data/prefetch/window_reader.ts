import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import { decodeImage } from "../images/decode_image.ts";
import { type Pixels, resizePixels } from "../images/resize_pixels.ts";
import { type ImageWindow, planWarp } from "../images/warp_window.ts";
import { below, DataRandom } from "../random.ts";
import { readListed } from "../sources/listed_file.ts";
import { WINDOW_NUMBERS } from "../sources/window_file.ts";
import type { BatchContext, BatchMaker, SlotFor } from "./batch_maker.ts";
import type { WindowBatches } from "./batch_spec.ts";

/** A window that was drawn for a batch. */
interface Drawn extends ImageWindow {
  image: number;
  label: number;
  /** Its line in the window file. */
  line: number;
  mirror: boolean;
}

/**
 * Draws batches of windows, as Caffe's WindowData does: first background, then foreground. The position is the number of
 * windows drawn so far, and each draw depends on nothing else.
 */
export class WindowReader implements BatchMaker {
  readonly #spec: WindowBatches;
  readonly #random: DataRandom;
  readonly #cache = new Map<number, Uint8Array>();
  #drawn: number;

  onRecord: () => void = () => {};

  /** Starts after as many windows as `start.index` says. */
  constructor(spec: WindowBatches, { seed, stream, start }: BatchContext) {
    this.#spec = spec;
    this.#random = new DataRandom(seed, stream);
    this.#drawn = start.index;
  }

  async make(slotFor: SlotFor): Promise<void> {
    const { batchSize, foreground, cropSize } = this.#spec;
    const drawn = Array.from(
      { length: batchSize },
      (_, item) => this.#draw(this.#drawn + item, item >= batchSize - foreground),
    );
    // Several windows may be of one image.
    const images = new Map<number, Promise<Pixels>>();
    for (const { image, line } of drawn) {
      if (!images.has(image)) images.set(image, this.#decode(image, line));
    }
    const decoded = await Promise.all(drawn.map(({ image }) => images.get(image)!));
    const slot = slotFor([[batchSize, 3, cropSize, cropSize], [batchSize]]);
    const [values, labels] = slot.tops, size = 3 * cropSize ** 2;
    for (const [item, window] of drawn.entries()) {
      this.#warp(window, decoded[item]!, values!.data.subarray(item * size, (item + 1) * size));
      labels!.data[item] = window.label;
      this.onRecord();
    }
    this.#drawn += batchSize;
    slot.next = { epoch: 0, index: this.#drawn };
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}

  #draw(number: number, isForeground: boolean): Drawn {
    const { windows, mirror } = this.#spec;
    const table = isForeground ? windows.foreground : windows.background;
    const [choice, flip] = this.#random.augment({ epoch: 0, index: number });
    const at = below(choice!, table.length / WINDOW_NUMBERS) * WINDOW_NUMBERS;
    const [image = 0, label = 0, x1 = 0, y1 = 0, x2 = 0, y2 = 0, line = 0] = table.subarray(
      at,
      at + WINDOW_NUMBERS,
    );
    return { image, label, x1, y1, x2, y2, line, mirror: mirror && below(flip!, 2) === 1 };
  }

  async #decode(image: number, line: number): Promise<Pixels> {
    const { path: file, windows, cacheImages } = this.#spec, path = windows.images[image]!;
    try {
      const bytes = this.#cache.get(image) ??
        readListed(path, this.#spec, (each, hint) => readBytesSync(each, "an image", hint));
      if (cacheImages) this.#cache.set(image, bytes);
      const pixels = await decodeImage(bytes, "colour");
      this.onRecord();
      return pixels;
    } catch (cause) {
      if (!(cause instanceof CremaError)) throw cause;
      throw new CremaError(`line ${line} of '${file}': image '${path}': ${cause.reason}`, {
        hint: cause.hint,
        cause,
      });
    }
  }

  #warp(window: Drawn, image: Pixels, out: Float32Array): void {
    const { cropSize, transform: { mean, meanShape }, path } = this.#spec;
    const scale = Math.fround(this.#spec.transform.scale);
    if (window.x2 >= image.width || window.y2 >= image.height) {
      throw new CremaError(
        `line ${window.line} of '${path}': Expected a window inside the image '${
          this.#spec.windows.images[window.image]
        }', ${image.width} × ${image.height}, but found one to (${window.x2}, ${window.y2})`,
      );
    }
    out.fill(0);
    const { part, width, height, left, top } = planWarp(window, image, this.#spec, window.mirror);
    if (width < 1 || height < 1) return;
    const { data } = resizePixels(cropped(image, part), height, width);
    const side = meanShape?.width ?? 0, border = (side - cropSize) / 2 | 0;
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < height; y++) {
        const row = (c * cropSize + top + y) * cropSize + left;
        const meanRow = (c * (meanShape?.height ?? 0) + border + top + y) * side + border + left;
        const own = mean.length === 0 ? 0 : mean[mean.length === 1 ? 0 : c]!;
        for (let x = 0; x < width; x++) {
          const from = window.mirror ? width - 1 - x : x;
          const pixel = data[(y * width + from) * 3 + c]!;
          out[row + x] = Math.fround(pixel - (meanShape === undefined ? own : mean[meanRow + x]!)) * scale;
        }
      }
    }
  }
}

/** A copy of a part of an image. */
function cropped({ width: columns, channels, data }: Pixels, { x1, y1, x2, y2 }: ImageWindow): Pixels {
  const width = x2 - x1 + 1, height = y2 - y1 + 1;
  const copy = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((y1 + y) * columns + x1) * channels;
    copy.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: copy };
}
