import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/error.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * Image files in a folder for each class: `<path>/<class>/<image>`. Classes are numbered from 0 by the order of their names,
 * images come by the order of theirs, class after class.
 */
export class FolderSource implements RecordSource {
  readonly name: string;
  /** The classes' names, by number. */
  readonly classes: readonly string[];
  readonly #files: { path: string; label: number }[] = [];
  #next = 0;

  /** Lists the files. Throws a CremaError when there is no folder, no class or no image. */
  constructor(path: string) {
    this.name = path;
    const hint = "Expected is a folder for each class with its images in it: flowers/rose/1.jpg";
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

  /** Nothing is kept open. */
  [Symbol.dispose](): void {}
}
