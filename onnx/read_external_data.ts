import { isAbsolute, join, normalize, sep } from "node:path";
import { CremaError } from "../base/error.ts";
import type { ExternalData } from "./read_tensor.ts";

/**
 * Reads the external data of a model in `folder`, from files in that folder and below it. A path that leads out of it, also
 * by a link, is refused with a CremaError, as is a file that is missing or too short.
 */
export function externalDataIn(folder: string): ExternalData {
  return (location, offset, length) => {
    const path = externalFile(folder, location);
    try {
      return readPart(path, offset, length);
    } catch (cause) {
      throw cause instanceof CremaError ? cause : missing(path, cause);
    }
  };
}

/**
 * The path of a file with external data of a model in `folder`. Throws a CremaError when it is missing, or not in that folder
 * or below it: the model says where to read, so it gets no farther, also not by a link.
 */
export function externalFile(folder: string, location: string): string {
  const path = join(folder, location);
  // What is said in words is refused whether it is there or not.
  let isBelow = !isAbsolute(location) && normalize(location).split(sep)[0] !== "..";
  try {
    isBelow &&= Deno.realPathSync(path).startsWith(
      `${Deno.realPathSync(folder || ".").replace(/\/$/, "")}${sep}`,
    );
  } catch (cause) {
    throw missing(path, cause);
  }
  if (isBelow) return path;
  throw new CremaError(`Expected external data below the model's folder but found '${location}'`);
}

function missing(path: string, cause: unknown): CremaError {
  const found = cause instanceof Deno.errors.NotFound ? "no such file" : (cause as Error).message;
  return new CremaError(`Expected the model's external data but found: ${found}`, { file: path, cause });
}

function readPart(path: string, offset: number, length: number | undefined): Uint8Array {
  using file = Deno.openSync(path);
  const { size, isFile } = file.statSync();
  const wanted = length ?? size - offset;
  if (!isFile || wanted < 0 || offset + wanted > size) {
    throw new CremaError(
      `Expected ${wanted} bytes of external data from byte ${offset} on but found ${
        isFile ? `a file of ${size}` : "no file"
      }`,
      { file: path },
    );
  }
  file.seekSync(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(wanted);
  for (let at = 0; at < wanted;) {
    const read = file.readSync(bytes.subarray(at));
    if (read === null) throw new CremaError("Expected more external data but found the end", { file: path });
    at += read;
  }
  return bytes;
}
