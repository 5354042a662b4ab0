import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { CremaError } from "../../base/error.ts";
import { readBytesSync } from "../../base/read_bytes.ts";
import type { RecordSource, SourceRecord } from "./record_source.ts";

const IMAGE = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;

/**
 * Image files, with one folder per class: `<path>/<class>/<image>`. Classes are numbered from 0 in the order
 * of their names, or of the names that are given. Records come class by class, in the order of the file names.
 */
export class FolderSource implements RecordSource {
  readonly name: string;
  /** Names of the classes, by number. */
  readonly classes: readonly string[];
  readonly #files: { path: string; label: number }[] = [];
  #next = 0;

  /**
   * Lists the files. Throws a CremaError when the folder is missing, has no images in class folders, or has a folder of
   * none of the classes that are given.
   */
  constructor(path: string, classes?: readonly string[]) {
    this.name = path;
    const hint = "Put the images of each class in a folder of their own: flowers/rose/1.jpg";
    const folders = entriesOf(path, hint, (entry) => entry.isDirectory());
    this.classes = classes ?? folders;
    for (const name of folders) {
      const label = this.classes.indexOf(name);
      if (label < 0) {
        throw new CremaError(
          `Expected folders of the classes ${this.classes.join(", ")} in '${path}' but found '${name}'`,
        );
      }
      const folder = join(path, name);
      // A link may lead to a file; a folder or a pipe is no image, whatever its name.
      const files = entriesOf(folder, hint, (entry) => entry.isFile() || entry.isSymbolicLink());
      for (const file of files.filter((each) => IMAGE.test(each))) {
        this.#files.push({ path: join(folder, file), label });
      }
    }
    if (this.#files.length > 0) return;
    throw new CremaError(`Expected images in folders of '${path}' but found none`, { hint });
  }

  /** The files and the numbers of their classes, in the order of the records. */
  get files(): readonly { readonly path: string; readonly label: number }[] {
    return this.#files;
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
    const data = readBytesSync(file.path, "an image");
    return { channels: 0, height: 0, width: 0, label: file.label, data, encoded: true };
  }

  describe(index: number): string {
    return this.#files[index]?.path ?? "";
  }

  /** Does nothing: no file stays open. */
  [Symbol.dispose](): void {}
}

/** The names in a folder that are not hidden and for which `isWanted`, in order. */
function entriesOf(path: string, hint: string, isWanted: (entry: Dirent) => boolean): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.name.startsWith(".") && isWanted(entry)).map(({ name }) => name).sort();
  } catch (cause) {
    throw new CremaError(`Expected a folder of images '${path}' but found: ${(cause as Error).message}`, {
      hint,
      cause,
    });
  }
}
