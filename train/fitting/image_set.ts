/** An image file and the number of its class. */
export interface LabelledImage {
  /** The file. */
  readonly path: string;
  /** The class, from 0. */
  readonly label: number;
  /** Where it was named, for messages: "photos.csv:7". Undefined for a file that was found in a folder. */
  readonly place?: string | undefined;
}

/** Images of classes, to learn from and, if they came apart, to test on. */
export interface ImageSet {
  /** What they were read from. */
  readonly source: string;
  /** The names of the classes, by number. */
  readonly classes: readonly string[];
  /** The images to learn from; all of them if `val` is undefined. */
  readonly train: readonly LabelledImage[];
  /** The images to test on. */
  readonly val?: readonly LabelledImage[] | undefined;
}

/** How to find images. */
export interface FindImagesOptions {
  /** The folder for the images of an LMDB, which are written as files. */
  unpackTo: string;
  /** Called with a step of a long work. */
  onProgress?: ((done: number, total: number, what: string) => void) | undefined;
}
