import { createHash } from "node:crypto";
import { CremaError } from "../base/error.ts";
import { type Manifest, type PackedFrame, readManifest } from "./manifest.ts";
import { readTrailer, type Trailer, TRAILER_BYTES } from "./trailer.ts";

/** A compiled file, open for reading. */
export class ProgramFile implements Disposable {
  /** Its path. */
  readonly path: string;
  /** Its last bytes: where its parts are. */
  readonly trailer: Trailer;
  /** The list of its files, and how it is run. */
  readonly manifest: Manifest;
  readonly #file: Deno.FsFile;

  /** Opens a compiled file. Throws a CremaError when it is no compiled file, was cut off, or was changed at its end. */
  constructor(path: string) {
    this.path = path;
    try {
      this.#file = Deno.openSync(path);
    } catch (cause) {
      throw new CremaError(`Expected a compiled file but found: ${(cause as Error).message}`, {
        file: path,
        cause,
      });
    }
    try {
      const { size } = this.#file.statSync();
      const trailer = size < TRAILER_BYTES
        ? undefined
        : readTrailer(this.read(size - TRAILER_BYTES, TRAILER_BYTES));
      if (trailer === undefined || trailer.size !== size) {
        throw new CremaError(
          "Expected a complete file made by crema compile but found another, or a part of one",
          {
            file: path,
          },
        );
      }
      this.trailer = trailer;
      this.manifest = readManifest(
        new TextDecoder().decode(this.read(trailer.manifestOffset, trailer.manifestSize)),
      );
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  /** Reads bytes of the file. */
  read(offset: number, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let at = 0;
    while (at < size) {
      const count = this.#file.readSync(bytes.subarray(at));
      if (count === null) throw new CremaError("Expected more but found the end", { file: this.path });
      at += count;
    }
    return bytes;
  }

  /** The compressed bytes of a frame. */
  frame({ offset, size }: PackedFrame): Uint8Array<ArrayBuffer> {
    return this.read(offset, size);
  }

  /**
   * Reads the whole file and returns its SHA-256, as `sha256sum` prints it. Throws a CremaError when the file is not as
   * it was made, by its own account, or not the one with the SHA-256 `expected`. Only the latter, from where the file
   * was made, shows that nobody has put another in its place.
   */
  verify(expected?: string): string {
    const before = createHash("sha256");
    const end = this.trailer.size - TRAILER_BYTES, part = 1 << 22;
    for (let at = 0; at < end; at += part) before.update(this.read(at, Math.min(part, end - at)));
    const whole = before.copy().update(this.read(end, TRAILER_BYTES)).digest("hex");
    if (expected !== undefined && whole !== expected.toLowerCase()) {
      throw new CremaError(`Expected the SHA-256 ${expected} but found ${whole}`, {
        file: this.path,
        hint: "It is another file than the one with that hash. Get it anew, and do not run it.",
      });
    }
    const found = before.digest("hex");
    if (found === this.trailer.sha256) return whole;
    throw new CremaError(
      `Expected the SHA-256 ${this.trailer.sha256} before the trailer but found ${found}`,
      {
        file: this.path,
        hint: "It was changed after it was made. Get the file anew.",
      },
    );
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }
}
