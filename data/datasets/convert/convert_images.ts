import { CremaError } from "../../../base/error.ts";
import { readBytes } from "../../../base/read_bytes.ts";
import { encode } from "../../../proto/codec/binary.ts";
import type { Datum } from "../../../proto/messages.ts";
import { decodeImage } from "../../images/decode_image.ts";
import { encodeImage } from "../../images/encode_image.ts";
import { toRecord } from "../../images/encoded_image.ts";
import { resizePixels } from "../../images/resize_pixels.ts";
import { DataRandom } from "../../random.ts";
import { type ListedImage, readImageList } from "../../sources/image_list.ts";
import { type Backend, openWriter } from "../../sources/open_writer.ts";
import { counted } from "../../../base/counted.ts";

/** How to make a database of listed images: convert_imageset's arguments and flags. */
export interface ConvertImagesOptions {
  /** What is put before each path, as it is: a folder ends with "/". */
  root: string;
  /** The text file with a path and a label per line. */
  list: string;
  /** The folder for the database. */
  out: string;
  /** Default: lmdb. */
  backend?: Backend | undefined;
  /** Whether images become grey. */
  gray?: boolean | undefined;
  /** Whether to write the images in random order. */
  shuffle?: boolean | undefined;
  /** Seed for `shuffle`. */
  seed?: number | undefined;
  /** The height to which images are resized; 0 or none keeps their size. */
  resizeHeight?: number | undefined;
  /** The width to which images are resized. */
  resizeWidth?: number | undefined;
  /** Whether all images must be of one size. */
  checkSize?: boolean | undefined;
  /** Whether records hold image files instead of pixels. */
  encoded?: boolean | undefined;
  /** The format of those files, as an extension ("png"). Default: that of each image. */
  encodeType?: string | undefined;
  /** Called after each image. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called for each image that can't be read. It is left out. */
  onBadImage?: ((path: string, reason: string) => void) | undefined;
  /** Stops the work. Nothing half-made remains. */
  signal?: AbortSignal | undefined;
}

/** Images that are decoded at the same time. */
const AT_ONCE = 16;

/**
 * Writes a database of Datum messages from a list of images, record for record as Caffe's convert_imageset does: keys
 * are the line's number in eight digits, "_" and the path. Returns the numbers of images written and left out. Throws a
 * CremaError when the list can't be read, no image can, or sizes differ with `checkSize`.
 */
export async function convertImages(
  options: ConvertImagesOptions,
): Promise<{ written: number; bad: number }> {
  const { root, list, out, backend = "lmdb", onProgress, onBadImage, signal } = options;
  const height = options.resizeHeight ?? 0, width = options.resizeWidth ?? 0;
  if ((height > 0) !== (width > 0)) {
    throw new CremaError(`Expected a height and a width to resize to but found ${height} and ${width}`);
  }
  const listed = readImageList(list);
  const order = options.shuffle
    ? new DataRandom(options.seed ?? 0, "convert_imageset").permutation(0, listed.length)
    : listed.keys();
  const images = Array.from(order, (i) => listed[i]!);
  using writer = openWriter(out, backend);
  let bad = 0, size: { bytes: number; path: string } | undefined;
  for (let start = 0; start < images.length; start += AT_ONCE) {
    signal?.throwIfAborted();
    const some = await Promise.all(
      images.slice(start, start + AT_ONCE).map((image) => datumOf(image, options)),
    );
    for (const [i, datum] of some.entries()) {
      const { path, line } = images[start + i]!;
      if (datum instanceof CremaError) {
        bad++;
        onBadImage?.(`${root}${path}`, datum.reason);
        continue;
      }
      const { length } = datum.data as Uint8Array;
      if (options.checkSize && size !== undefined && size.bytes !== length) {
        throw new CremaError(
          `Expected '${path}' to have ${counted(size.bytes, "byte")}, as '${size.path}', but found ${length}`,
          { file: list, line, hint: "--resize-height and --resize-width make all images one size." },
        );
      }
      size ??= { bytes: length, path };
      writer.writeBytes(`${String(start + i).padStart(8, "0")}_${path}`, encode("Datum", datum));
    }
    onProgress?.(Math.min(start + AT_ONCE, images.length), images.length);
  }
  if (writer.count === 0) {
    throw new CremaError(`Expected images but found none that can be read of ${bad}`, {
      file: list,
      hint: root.endsWith("/") ? undefined : `'${root}' is put before each path as it is: end it with '/'.`,
    });
  }
  writer.finish();
  return { written: writer.count, bad };
}

/** The record of an image; an error for one that can't be read. */
async function datumOf(
  { path, label }: ListedImage,
  { root, gray, resizeHeight: height, resizeWidth: width, encoded, encodeType = "" }: ConvertImagesOptions,
): Promise<Datum | CremaError> {
  try {
    const file = await readBytes(`${root}${path}`, "an image");
    const image = await decodeImage(file, gray ? "gray" : "colour");
    const resized = height && width ? resizePixels(image, height, width) : image;
    const { channels } = resized;
    const shape = { channels, height: resized.height, width: resized.width };
    const own = extensionOf(path), type = encodeType !== "" ? encodeType.toLowerCase() : encoded ? own : "";
    if (type === "") {
      return { ...shape, data: toRecord(resized, label).data as Uint8Array, label, encoded: false };
    }
    const isSame = own === type || (own === "jpeg" && type === "jpg");
    const data = isSame && resized === image ? file : await encodeImage(resized, type);
    return { data, label, encoded: true };
  } catch (error) {
    if (error instanceof CremaError) return error;
    throw error;
  }
}

function extensionOf(path: string): string {
  return /\.([^./]*)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}
