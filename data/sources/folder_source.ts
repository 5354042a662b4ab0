import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/error.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * Image files, with one folder per class: `<path>/<class>/<image>`. Classes are numbered from 0 in the order
 * of their names. Records come class by class, in the order of the file names.
 */
export class FolderSource implements RecordSource {
  readonly name: string;
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
  readonly #files: { path: string; label: number }[] = [];
  #next = 0;

  /** Lists the files. Throws a CremaError when the folder is missing or has no images in class folders. */
  constructor(path: string) {
    this.name = path;
    const hint = "Put the images of each class in a folder of their own: flowers/rose/1.jpg";
    let entries;
    try {
      entries = readdirSync(path, { withFileTypes: true });
    } catch (cause) {
      throw new CremaError(`Expected a folder of images '${path}' but found: ${(cause as Error).message}`, {
        hint,
        cause,
      });
    }
    this.classes = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name).sort();
    for (const [label, name] of this.classes.entries()) {
      for (const file of readdirSync(join(path, name)).sort()) {
        if (IMAGE.test(file) && !file.startsWith(".")) {
          this.#files.push({ path: join(path, name, file), label });
        }
      }
    }
    if (this.#files.length > 0) return;
    throw new CremaError(`Expected images in folders of '${path}' but found none`, { hint });
  }

  get count(): number {
    return this.#files.length;
  }

  seek(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index > this.count) {
      throw new CremaError(`Expected a record from 0 to ${this.count} in '${this.name}' but found ${index}`);
    }
    this.#next = index;
  }

  read(): SourceRecord | undefined {
    const file = this.#files[this.#next];
    if (file === undefined) return undefined;
    this.#next++;
    let data;
    try {
      data = new Uint8Array(readFileSync(file.path));
    } catch (cause) {
      throw new CremaError(`Expected an image but found: ${(cause as Error).message}`, { cause });
    }
    return { channels: 0, height: 0, width: 0, label: file.label, data, encoded: true };
  }

  describe(index: number): string {
    return this.#files[index]?.path ?? "";
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}
}
