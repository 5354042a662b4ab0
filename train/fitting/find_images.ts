import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { CremaError } from "../../base/error.ts";
import { FolderSource } from "../../data/sources/folder_source.ts";
import type { FindImagesOptions, ImageSet, LabelledImage } from "./image_set.ts";
import { readImageTable } from "./read_image_table.ts";
import { unpackLmdb } from "./unpack_lmdb.ts";
import { counted } from "../../base/counted.ts";

/** Names that a folder of images to learn from, and one of images to test on, may have. */
const TRAIN = ["train", "training"], VAL = ["val", "valid", "validation", "test"];

const LAYOUT =
  "Put the images of each class in a folder of their own, photos/cat/1.jpg; or name a CSV file of path,label.";

/**
 * The images at a path: a folder of class folders, one with `train/` and `val/` of that kind, a CSV file of path and
 * label, Caffe's list of images (.txt), or an LMDB. Throws a CremaError when there are none, when they are of one class
 * only, and when the folders of train/ and val/ differ.
 */
export async function findImages(path: string, options: FindImagesOptions): Promise<ImageSet> {
  const found = await imagesAt(path, options);
  checkClasses(found);
  return found;
}

async function imagesAt(path: string, options: FindImagesOptions): Promise<ImageSet> {
  if (!existsSync(path)) {
    throw new CremaError("Expected images but found no such file or folder", { file: path, hint: LAYOUT });
  }
  if (!statSync(path).isDirectory()) return readImageTable(path);
  if (existsSync(join(path, "data.mdb"))) return await unpackLmdb(path, options);
  const part = (names: readonly string[]) =>
    names.map((name) => join(path, name)).find((each) => existsSync(each) && statSync(each).isDirectory());
  const train = part(TRAIN), val = part(VAL);
  if (train !== undefined && val !== undefined) return apart(path, train, val);
  if (train !== undefined || val !== undefined) checkNotHalf(path, train, val);
  return { source: path, ...folderImages(path) };
}

/**
 * Throws a CremaError for a folder with images to learn from and none to test on, or the other way: where `train/` or
 * `val/` has class folders itself, it is no class.
 */
function checkNotHalf(path: string, train: string | undefined, val: string | undefined): void {
  const half = (train ?? val)!;
  if (!readdirSync(half, { withFileTypes: true }).some((entry) => entry.isDirectory())) return;
  const name = basename(half);
  const [missing, hint] = train === undefined
    ? ["train", `Put the images to learn from into '${join(path, "train")}', in a folder for each class`]
    : ["val", `Put the images to test on into '${join(path, "val")}', in a folder for each class`];
  throw new CremaError(
    `Expected '${missing}' beside '${name}' in the folder of images but found none`,
    { file: path, hint: `${hint}; or name ${half}, of which a part is held out to test on.` },
  );
}

/** The images of a folder of class folders. */
function folderImages(path: string, classes?: readonly string[]): Pick<ImageSet, "classes" | "train"> {
  using source = foldersOf(path, classes);
  const images: LabelledImage[] = [...source.files];
  return { classes: source.classes, train: images };
}

function foldersOf(path: string, classes?: readonly string[]): FolderSource {
  try {
    return new FolderSource(path, classes);
  } catch (cause) {
    if (!(cause instanceof CremaError)) throw cause;
    const loose = readdirSync(path).filter((name) => /\.(jpe?g|png|webp|gif|tiff?|avif)$/i.test(name)).length;
    const hint = loose === 0
      ? cause.hint
      : `There are ${counted(loose, "image")} in the folder itself. ${LAYOUT}`;
    throw new CremaError(cause.reason, { hint: hint ?? LAYOUT, cause });
  }
}

/** The images of two folders, one to learn from and one to test on. */
function apart(source: string, trainFolder: string, valFolder: string): ImageSet {
  const { classes, train } = folderImages(trainFolder);
  const { classes: valClasses, train: val } = folderImages(valFolder);
  const unknown = valClasses.filter((name) => !classes.includes(name));
  const missing = classes.filter((name) => !valClasses.includes(name));
  if (unknown.length > 0 || missing.length > 0) {
    const named = (names: readonly string[]) => names.map((name) => `'${name}'`).join(", ");
    throw new CremaError(
      `Expected the same classes in '${basename(trainFolder)}' and '${
        basename(valFolder)
      }' of '${source}' but found ${
        [
          ...unknown.length > 0 ? [`${named(unknown)} only in '${basename(valFolder)}'`] : [],
          ...missing.length > 0 ? [`${named(missing)} only in '${basename(trainFolder)}'`] : [],
        ].join(" and ")
      }`,
      { hint: "The folders' names are the classes. Rename or remove what is too much, or add images." },
    );
  }
  return { source, classes, train, val };
}

/** Throws a CremaError unless there are two classes or more, each with images to learn from and to test on. */
function checkClasses({ source, classes, train, val }: ImageSet): void {
  if (classes.length < 2) {
    throw new CremaError(
      `Expected two classes or more in '${source}' but found ${
        classes.length === 0 ? "none" : `only '${classes[0]}'`
      }`,
      { hint: LAYOUT },
    );
  }
  const least = val === undefined ? 2 : 1;
  for (const [label, name] of classes.entries()) {
    const count = train.filter((image) => image.label === label).length;
    if (count >= least) continue;
    throw new CremaError(
      `Expected ${
        least === 1 ? "images" : "two images or more"
      } of the class '${name}' in '${source}' but found ${count === 0 ? "none" : count}`,
      {
        hint: least === 1
          ? "Add images, or remove its folder."
          : "Some are to learn from and some to test on. Add images, or remove the class.",
      },
    );
  }
}
