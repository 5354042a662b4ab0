import { fileURLToPath } from "node:url";
import { CremaError, type CremaErrorOptions } from "../../base/error.ts";
import { thrownMessage } from "../../base/thrown.ts";
import { boundedImport } from "./fetch_bounds.ts";
import { integrityOf } from "./integrity.ts";

/**
 * The hash of a module's source, in the form of `integrity` and lock files. A file is read from disk; a URL
 * is loaded as text, by the same loader and from the same cache as a later import of it. Throws a CremaError.
 */
export async function hashModule(url: string, place: CremaErrorOptions = {}): Promise<string> {
  try {
    return await integrityOf(await sourceBytes(url));
  } catch (cause) {
    const message = thrownMessage(cause);
    throw new CremaError(`Expected a module at ${url} but found: ${message}`, { ...place, cause });
  }
}

/** A module's source. Throws what reading it throws, and a TypeError for a URL that is not UTF-8. */
export async function sourceBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new URL(url);
  plain.search = plain.hash = "";
  if (url.startsWith("file:")) return await Deno.readFile(fileURLToPath(plain));
  const { default: text } = await boundedImport(url, {}, { with: { type: "text" } }) as { default: string };
  // U+FFFD stands for bytes that are not UTF-8: the original bytes, and so their hash, are lost.
  if (text.includes("\uFFFD")) throw new TypeError("bytes that are not UTF-8; keep such a module as a file");
  return new TextEncoder().encode(text);
}
