import { createHash } from "node:crypto";
import { CremaError } from "../base/error.ts";
import { destinationOf } from "../base/write_whole.ts";
import type { FrameStore } from "./frame_store.ts";
import { type Manifest, manifestText } from "./manifest.ts";
import { TRAILER_BYTES, TrailerHash } from "./trailer.ts";
import { joinBytes } from "../base/join_bytes.ts";

/** A file that goes into a program. */
export interface ProgramEntry {
  /** Its path from the folder that the program is unpacked in. */
  path: string;
  /** Its bytes, or the path of a file that has them. */
  from: string | Uint8Array<ArrayBuffer>;
  /** Whether it is an executable. */
  executable?: boolean | undefined;
}

/** What a program is made of. */
export interface ProgramPlan {
  /** Path of the launcher. */
  launcher: string;
  /** Files that are compressed together, group by group. */
  groups: ProgramEntry[][];
  /** As in {@link Manifest}. */
  arguments: string[];
  /** As in {@link Manifest}. */
  environment: string[];
}

/**
 * Writes a program: launcher, compressed groups of files, manifest, trailer. The same plan gives the same bytes. The file is
 * written under another name, then renamed. Returns its size, its manifest, and its SHA-256. Throws a CremaError when that fails.
 */
export async function writeProgram(
  path: string,
  plan: ProgramPlan,
  store: FrameStore,
  onGroup: (group: number) => void = () => {},
): Promise<{ size: number; manifest: Manifest; sha256: string }> {
  const { file: target } = await destinationOf(path);
  if (target === undefined) {
    throw new CremaError("Expected the path of a file for the program but found something else there", {
      file: path,
    });
  }
  const partial = `${target}.${crypto.randomUUID()}.tmp`;
  try {
    using file = await Deno.open(partial, { write: true, createNew: true, mode: 0o755 });
    const hash = new TrailerHash(), whole = createHash("sha256");
    let at = 0;
    const write = (bytes: Uint8Array) => {
      hash.update(bytes);
      whole.update(bytes);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      at += bytes.length;
    };
    write(Deno.readFileSync(plan.launcher));
    const manifest: Manifest = {
      frames: [],
      files: [],
      arguments: plan.arguments,
      environment: plan.environment,
    };
    for (const [i, group] of plan.groups.entries()) {
      onGroup(i);
      const parts = group.toSorted((a, b) => a.path < b.path ? -1 : 1).map((entry) => ({
        ...entry,
        bytes: typeof entry.from === "string" ? Deno.readFileSync(entry.from) : entry.from,
      }));
      for (const { path, bytes, executable = false } of parts) {
        if (/[\n\0]/.test(path)) {
          throw new CremaError(`Expected a path without line breaks but found '${path}'`);
        }
        manifest.files.push({ frame: i, mode: executable ? 0o755 : 0o644, size: bytes.length, path });
      }
      const { sha256, bytes } = store.compress(joinBytes(parts.map(({ bytes }) => bytes)));
      manifest.frames.push({ offset: at, size: bytes.length, sha256 });
      write(bytes);
    }
    const text = new TextEncoder().encode(manifestText(manifest));
    const manifestOffset = at;
    write(text);
    const size = at + TRAILER_BYTES;
    const trailer = hash.trailer({ manifestOffset, manifestSize: text.length, size });
    for (let done = 0; done < trailer.length;) done += file.writeSync(trailer.subarray(done));
    const sha256 = whole.update(trailer).digest("hex");
    await Deno.chmod(partial, 0o755);
    await Deno.rename(partial, target);
    return { size, manifest, sha256 };
  } catch (cause) {
    await Deno.remove(partial).catch(() => {}); // it may not be there
    if (cause instanceof CremaError) throw cause;
    throw new CremaError(`Expected to write the program but found: ${(cause as Error).message}`, {
      file: path,
      cause,
    });
  }
}
