/** A file of a payload. */
export interface PackedFile {
  /** The frame that its bytes are in. */
  frame: number;
  /** Its permissions: 0o644, or 0o755 for an executable. */
  mode: number;
  /** Its size in bytes. */
  size: number;
  /** Its path from the folder that the payload is unpacked in. */
  path: string;
}

/** Compressed bytes of a payload: the contents of its files, in order. */
export interface PackedFrame {
  /** Where it begins in the compiled file. */
  offset: number;
  /** Its compressed size in bytes. */
  size: number;
  /** SHA-256 of its contents, in hexadecimal. */
  sha256: string;
}

/** What is in a compiled file, and how it is run. */
export interface Manifest {
  frames: PackedFrame[];
  files: PackedFile[];
  /** Deno's command line, its own name first. `{root}` stands for the folder that the payload is unpacked in. */
  arguments: string[];
  /** Environment variables, as NAME=VALUE; `{root}` has the same meaning. */
  environment: string[];
}

/**
 * The text of a manifest, which launcher/manifest.h describes.
 *
 * ```ts
 * import { manifestText, readManifest } from "./manifest.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const manifest = {
 *   frames: [{ offset: 100, size: 20, sha256: "ab" }],
 *   files: [{ frame: 0, mode: 0o755, size: 30, path: "a file" }],
 *   arguments: ["deno", "run"],
 *   environment: ["DENO_DIR={root}/deno_dir"],
 * };
 * deepEqual(readManifest(manifestText(manifest)), manifest);
 * ```
 */
export function manifestText({ frames, files, arguments: args, environment }: Manifest): string {
  return [
    ...frames.map(({ offset, size, sha256 }) => `Z ${offset} ${size} ${sha256}`),
    ...files.map(({ frame, mode, size, path }) => `F ${frame} ${mode.toString(8)} ${size} ${path}`),
    ...args.map((argument) => `A ${argument}`),
    ...environment.map((variable) => `E ${variable}`),
  ].map((line) => `${line}\n`).join("");
}

/** Reads the text of a manifest. Throws an Error when the text is no manifest. */
export function readManifest(text: string): Manifest {
  const manifest: Manifest = { frames: [], files: [], arguments: [], environment: [] };
  for (const line of text.split("\n").slice(0, -1)) {
    const kind = line[0], rest = line.slice(2);
    const [first = "", second = "", third = "", ...path] = rest.split(" ");
    if (kind === "Z") manifest.frames.push({ offset: Number(first), size: Number(second), sha256: third });
    else if (kind === "F") {
      const [frame, mode, size] = [Number(first), parseInt(second, 8), Number(third)];
      manifest.files.push({ frame, mode, size, path: path.join(" ") });
    } else if (kind === "A") manifest.arguments.push(rest);
    else if (kind === "E") manifest.environment.push(rest);
    else throw new Error(`Expected a line of a manifest but found '${line}'`);
  }
  return manifest;
}
