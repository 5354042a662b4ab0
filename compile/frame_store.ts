import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync } from "node:zlib";
import type { ProgramFile } from "./program_file.ts";

/** The compression level, of 22: higher ones take much more memory to unpack. */
const LEVEL = 19;

/** Keeps compressed frames, so that they need not be compressed again: Deno alone takes a minute. */
export class FrameStore {
  readonly #folder: string | undefined;
  readonly #program: ProgramFile | undefined;

  /** Takes frames from the running compiled `program` where it has them, and keeps others in `folder`. */
  constructor({ folder, program }: { folder?: string | undefined; program?: ProgramFile | undefined }) {
    this.#folder = folder;
    this.#program = program;
  }

  /** Compresses contents, unless they are there compressed. Returns their SHA-256 too. */
  compress(contents: Uint8Array<ArrayBuffer>): { sha256: string; bytes: Uint8Array<ArrayBuffer> } {
    const sha256 = createHash("sha256").update(contents).digest("hex");
    const own = this.#program?.manifest.frames.find((frame) => frame.sha256 === sha256);
    if (own !== undefined) return { sha256, bytes: this.#program!.frame(own) };
    const path = this.#folder === undefined ? undefined : join(this.#folder, `${sha256}-${LEVEL}.zst`);
    if (path !== undefined && existsSync(path)) return { sha256, bytes: Deno.readFileSync(path) };
    const params = {
      [constants.ZSTD_c_compressionLevel]: LEVEL,
      [constants.ZSTD_c_checksumFlag]: 1,
      [constants.ZSTD_c_windowLog]: 26,
    };
    const bytes = new Uint8Array(zstdCompressSync(contents, { params }));
    if (path !== undefined) {
      Deno.mkdirSync(this.#folder!, { recursive: true });
      Deno.writeFileSync(`${path}.tmp`, bytes);
      Deno.renameSync(`${path}.tmp`, path);
    }
    return { sha256, bytes };
  }
}
