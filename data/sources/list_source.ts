import { readBytesSync } from "../../base/read_bytes.ts";
import { CremaError } from "../../base/error.ts";
import { type ListedImage, readImageList } from "./image_list.ts";
import { type FileList, readListed } from "./listed_file.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

/** Image files that a text file lists with their labels, as Caffe's ImageData reads them. */
export class ListSource implements RecordSource {
  /** The text file. */
  readonly name: string;
  readonly #list: FileList;
  readonly #images: readonly ListedImage[];
  #next = 0;

  /** Reads the text file. Throws a CremaError that names its line when one is wrong. */
  constructor(list: FileList) {
    this.name = list.path;
    this.#list = list;
    this.#images = readImageList(list.path);
  }

  get count(): number {
    return this.#images.length;
  }

  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(`Expected a record from 0 to ${this.count} in '${this.name}' but found ${index}`);
    }
    this.#next = index;
  }

  read(): SourceRecord | undefined {
    const image = this.#images[this.#next];
    if (image === undefined) return undefined;
    this.#next++;
    const data = readListed(image.path, this.#list, (path, hint) => readBytesSync(path, "an image", hint));
    if (data.length === 0) throw new CremaError(`Expected an image but found an empty file`);
    return { channels: 0, height: 0, width: 0, label: image.label, data, encoded: true };
  }

  describe(index: number): string | undefined {
    const image = this.#images[index];
    return image && `line ${image.line}: '${this.#list.root}${image.path}'`;
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}
}
